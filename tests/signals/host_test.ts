import { assertEquals } from "@std/assert";
import { hostName } from "../../src/signals/host.ts";

Deno.test({
  name: "the host name is told where the permission is there",
  permissions: { sys: ["hostname"] },
  fn: () => assertEquals(hostName(), Deno.hostname()),
});

Deno.test({
  name: "the host name is not asked for where the permission is not there",
  permissions: "none",
  fn: () => assertEquals(hostName(), "unknown"),
});
