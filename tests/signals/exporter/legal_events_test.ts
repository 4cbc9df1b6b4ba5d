import { assertEquals, assertThrows } from "@std/assert";
import {
  checkEvent,
  legalEventsOf,
} from "../../../src/signals/exporter/legal_events.ts";

// deno-lint-ignore no-explicit-any
const untyped = (value: unknown): any => value;

Deno.test("legal events are one string at least", () => {
  assertEquals(legalEventsOf(["a", "b", "a"]), new Set(["a", "b"]));
  for (const events of [[], "start", [1], undefined, new Set(["a"])]) {
    assertThrows(
      () => legalEventsOf(untyped(events)),
      TypeError,
      "legalEvents",
    );
  }
});

Deno.test("any event may be published before there are legal ones, save two", () => {
  checkEvent("anything", undefined);
  for (const event of ["initialization", "shutdown"]) {
    for (const legal of [undefined, new Set([event])]) {
      assertThrows(
        () => checkEvent(event, legal),
        RangeError,
        event === "shutdown" ? "call shutdown()" : "call initialize()",
      );
    }
  }
});

Deno.test("an event that is not legal is refused by name", () => {
  const legal = new Set(["start", "stop"]);
  checkEvent("stop", legal);
  assertThrows(
    () => checkEvent("pause", legal),
    RangeError,
    'Cannot publish "pause" as it must be one of the legal events: start, stop',
  );
  assertThrows(() => checkEvent(untyped(7), legal), TypeError, "event");
});
