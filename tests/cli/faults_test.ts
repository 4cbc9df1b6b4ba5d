import { assertEquals, assertStringIncludes } from "@std/assert";
import { faultOf } from "../../src/cli/faults.ts";
import { Interruption } from "../../src/cli/process/interruption.ts";
import { WriteError } from "../../src/cli/output/write_error.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
  RedisProtocolError,
  RedisReplyError,
  RedisRoleError,
} from "../../src/link/errors.ts";

Deno.test("every error has its exit code", () => {
  const codes: [unknown, number][] = [
    [new UsageError("no"), 64],
    [new TypeError("Cannot parse the Redis URL: no"), 64],
    [new TypeError("no: Cannot use the barrier at a node as it is one"), 70],
    [new TypeError("Cannot use the barrier at a node as no"), 64],
    [new RangeError("Cannot use party as it must have no more"), 64],
    [new TypeError("Cannot use 'in' operator to search for no"), 70],
    [new RedisConnectionError("no"), 69],
    [new RedisProtocolError("no"), 69],
    [new RedisReplyError("no", "LOADING"), 69],
    [new RedisReplyError("no", "ERR"), 77],
    [new RedisRoleError("no", "replica"), 69],
    [new RedisRoleError("no", "unfit"), 69],
    [new Deno.errors.AddrInUse("no"), 69],
    [new RedisAuthError("no", "NOAUTH"), 77],
    [new RedisPermissionError("no", "NOPERM"), 77],
    [new Deno.errors.PermissionDenied("no"), 77],
    [new Deno.errors.NotCapable("no"), 77],
    [new WriteError("no.html", new Error("full")), 70],
    [new Interruption("SIGHUP"), 129],
    [new Interruption("SIGINT"), 130],
    [new Interruption("SIGQUIT"), 131],
    [new Interruption("SIGTERM"), 143],
    [new TypeError("no"), 70],
    ["no", 70],
  ];
  for (const [error, code] of codes) {
    const fault = faultOf(error);
    assertEquals(fault.code, code);
    assertStringIncludes(fault.message, "no".slice(0, code > 128 ? 0 : 2));
  }
});

Deno.test("a missing permission is named by its flag", () => {
  const messages: [string, string][] = [
    [
      'Requires read access to "a b.ndjson", run again',
      "--allow-read=a b.ndjson",
    ],
    [
      'Requires net access to "127.0.0.1:0", run again',
      "--allow-net=127.0.0.1:0",
    ],
    ["Requires run access, run again with", "--allow-run"],
  ];
  for (const [message, flag] of messages) {
    assertEquals(
      faultOf(new Deno.errors.NotCapable(message)).message,
      `Cannot go on as a permission is missing: run again with ${flag}`,
    );
  }
});
