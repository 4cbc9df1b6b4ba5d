import { assertEquals, assertStrictEquals } from "@std/assert";
import { BrokerMessage, SharedBytes } from "../../src/broker/hub/message.ts";

const ALL_BYTES = Uint8Array.from(Array(256).keys());

/** A message on the wire, one code unit a byte. */
function wire(pieces: readonly SharedBytes[]): string {
  return pieces.map(({ bytes }) =>
    Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
  ).join("");
}

Deno.test("a message is an array in RESP2 and a push in RESP3", () => {
  const payload = new SharedBytes(new TextEncoder().encode("hi"));
  const message = new BrokerMessage(["message", "a"], payload);
  const body = "3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n";
  assertEquals(wire(message.encoded(2)), `*${body}`);
  assertEquals(wire(message.encoded(3)), `>${body}`);
});

Deno.test("a message is encoded once for each version", () => {
  const message = new BrokerMessage(
    ["message", "a"],
    new SharedBytes(ALL_BYTES),
  );
  assertStrictEquals(message.encoded(2), message.encoded(2));
  assertStrictEquals(message.encoded(3), message.encoded(3));
});

Deno.test("any byte can stand in names and payloads", () => {
  const name = String.fromCharCode(...ALL_BYTES);
  const message = new BrokerMessage(
    ["pmessage", name, name],
    new SharedBytes(ALL_BYTES),
  );
  assertEquals(
    wire(message.encoded(2)),
    `*4\r\n$8\r\npmessage\r\n${`$256\r\n${name}\r\n`.repeat(3)}`,
  );
});

Deno.test("a large payload is copied for neither version", () => {
  const payload = new SharedBytes(new Uint8Array(100_000).fill(120));
  const message = new BrokerMessage(["message", "a"], payload);
  for (const version of [2, 3] as const) {
    const pieces = message.encoded(version);
    assertStrictEquals(pieces[1], payload);
    assertEquals(
      wire(pieces).slice(1),
      `3\r\n$7\r\nmessage\r\n$1\r\na\r\n$100000\r\n${"x".repeat(100_000)}\r\n`,
    );
  }
});

Deno.test("shared bytes count once, however many clients they wait for", () => {
  const shared = new SharedBytes(new Uint8Array(1_000));
  const first = shared.retain();
  assertEquals(first >= 1_000, true);
  assertEquals(shared.retain(), 0);
  assertEquals(shared.release(), 0);
  assertEquals(shared.release(), first);
});
