import { assertEquals, assertThrows } from "@std/assert";
import { mustBeLoopback, resolveOptions } from "../../src/broker/options.ts";

Deno.test("by default only this machine can reach the broker", () => {
  const { hostname, port, password } = resolveOptions({});
  assertEquals({ hostname, port, password }, {
    hostname: "127.0.0.1",
    port: 0,
    password: undefined,
  });
});

Deno.test("loopback addresses need no password", () => {
  for (
    const hostname of [
      "localhost",
      "LOCALHOST",
      "127.0.0.1",
      "127.1.2.3",
      "127.1",
      "127.256",
      "0x7f000001",
      "0x7F.1",
      "2130706433",
      "017700000001",
      "0177.0.0.1",
      "::1",
      "[::1]",
      "0:0:0:0:0:0:0:1",
      "0000::0001",
      "::ffff:127.0.0.1",
      "::FFFF:7f00:1",
      "[::ffff:127.1.2.3]",
    ]
  ) {
    assertEquals(resolveOptions({ hostname }).hostname, hostname);
  }
});

Deno.test("other addresses need a password", () => {
  for (
    const hostname of [
      "0.0.0.0",
      "::",
      "192.168.1.1",
      "10.127.0.0.1",
      "128.0.0.1",
      "0x7e000001",
      "127.0.0.1.",
      "127.0.0.1:80",
      "127.0.0.1/8",
      "127.0.0.1 ",
      "user@127.0.0.1",
      "127.0.0.08",
      "127.0.0.0.1",
      "127..1",
      "%31%32%37.0.0.1",
      "\uff11\uff12\uff17.0.0.1",
      "0",
      "1",
      "::1%lo",
      "::2",
      "::127.0.0.1",
      "::ffff:128.0.0.1",
      "::ffff:0:127.0.0.1",
      "64:ff9b::127.0.0.1",
      "[::1]:80",
      "[::1",
      "::1]",
      "localhost.",
      "my.localhost",
      "127.0.0.1.example.com",
      "localhost.example.com",
      "::10",
    ]
  ) {
    assertThrows(
      () => resolveOptions({ hostname }),
      TypeError,
      `Cannot listen as 'hostname' must be a loopback address where there is no password: current value is "${hostname}"`,
    );
    assertEquals(
      resolveOptions({ hostname, password: "x" }).hostname,
      hostname,
    );
  }
});

Deno.test("an empty password is refused", () => {
  assertThrows(
    () => resolveOptions({ password: "" }),
    TypeError,
    "Cannot listen as 'password' must not be empty",
  );
});

Deno.test("a password that has no UTF-8 is refused", () => {
  assertThrows(
    () => resolveOptions({ password: "a\ud800" }),
    TypeError,
    "Cannot listen as 'password' must be well-formed text",
  );
});

Deno.test("a name that stands for an address beyond loopback needs a password", () => {
  mustBeLoopback("localhost", "127.0.0.1");
  mustBeLoopback("localhost", "::1");
  assertThrows(
    () => mustBeLoopback("localhost", "192.168.1.1"),
    TypeError,
    'current value is "localhost", which is 192.168.1.1',
  );
});

Deno.test("limits are positive integers or Infinity", () => {
  for (const value of [0, -1, 1.5, NaN, "5" as unknown as number]) {
    assertThrows(
      () => resolveOptions({ maxOutput: value }),
      RangeError,
      `Cannot listen as 'maxOutput' must be a positive integer or Infinity: current value is ${
        typeof value === "string" ? `"${value}"` : value
      }`,
    );
  }
  assertEquals(
    resolveOptions({ maxOutput: Infinity }).limits.maxOutput,
    Infinity,
  );
});

Deno.test("no deadline is too long for a timer", () => {
  const { limits } = resolveOptions({
    handshakeTimeout: Infinity,
    commandTimeout: Infinity,
  });
  assertEquals(limits.handshakeTimeout, 2 ** 31 - 1);
  assertEquals(limits.commandTimeout, 2 ** 31 - 1);
});

Deno.test("the password is not shown", () => {
  const shown = Deno.inspect(resolveOptions({ password: "s3cret" }), {
    depth: 10,
    showHidden: true,
  });
  assertEquals(/s3cret|115,\s*51/.test(shown), false);
});
