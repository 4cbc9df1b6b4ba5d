/**
 * The names of the channels, with and without a namespace.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { channelsOf } from "../../src/protocol/channels.ts";

Deno.test("channelsOf() names the channels of Python peers by default", () => {
  const channels = {
    signals: "event-signal-pubsub",
    responses: "event-signal-response",
  };
  assertEquals(channelsOf(), channels);
  assertEquals(channelsOf(""), channels);
});

Deno.test("channelsOf() puts a namespace before both names", () => {
  assertEquals(channelsOf("lab-7"), {
    signals: "lab-7:event-signal-pubsub",
    responses: "lab-7:event-signal-response",
  });
});

Deno.test("channelsOf() refuses a namespace that is not a string", () => {
  assertThrows(
    () => channelsOf(7 as unknown as string),
    TypeError,
    "Cannot use the namespace as it must be a string: current value is 7",
  );
});
