import { assertEquals, assertStrictEquals } from "@std/assert";
import { BrokerMessage } from "../../src/broker/message.ts";

const ALL_BYTES = Uint8Array.from(Array(256).keys());

Deno.test("a message is an array in RESP2 and a push in RESP3", () => {
  const message = new BrokerMessage(
    ["message", "a"],
    new TextEncoder().encode("hi"),
  );
  const body = "3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n";
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(message.encoded(2)), `*${body}`);
  assertEquals(decoder.decode(message.encoded(3)), `>${body}`);
});

Deno.test("a message is encoded once for each version", () => {
  const message = new BrokerMessage(["message", "a"], ALL_BYTES);
  assertStrictEquals(message.encoded(2), message.encoded(2));
  assertStrictEquals(message.encoded(3), message.encoded(3));
});

Deno.test("any byte can stand in names and payloads", () => {
  const name = String.fromCharCode(...ALL_BYTES);
  const bytes = new BrokerMessage(["pmessage", name, name], ALL_BYTES).encoded(
    2,
  );
  assertEquals(
    String.fromCharCode(...bytes),
    `*4\r\n$8\r\npmessage\r\n${`$256\r\n${name}\r\n`.repeat(3)}`,
  );
});
