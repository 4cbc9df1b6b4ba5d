import { assertEquals } from "@std/assert";
import { hostName } from "../../src/signals/host.ts";

Deno.test({
  name: "with the permission, hostName() returns the name of the host",
  permissions: { sys: ["hostname"] },
  fn: () => assertEquals(hostName(), Deno.hostname()),
});

Deno.test({
  name:
    'without the permission, hostName() returns "unknown" and does not prompt',
  permissions: "none",
  fn: () => assertEquals(hostName(), "unknown"),
});
