import { assertEquals, assertThrows } from "@std/assert";
import {
  checkEvent,
  checkLegalEvents,
  checkPublish,
  enoughOf,
} from "../../../src/signals/exporter/publish_request.ts";
import { BorrowedTransport } from "../../../src/transport/open_transport.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { senderOver } from "./parts.ts";

// deno-lint-ignore no-explicit-any
const untyped = (value: unknown): any => value;

const SUBSCRIBERS = [0, 1, 2, 3, 10];

Deno.test("legal events must be an array of at least one string", () => {
  assertEquals(checkLegalEvents(["a", "b", "a"]), new Set(["a", "b"]));
  for (const events of [[], "start", [1], undefined, new Set(["a"])]) {
    assertThrows(
      () => checkLegalEvents(untyped(events)),
      TypeError,
      "legalEvents",
    );
  }
});

Deno.test('"any" makes every event legal', () => {
  assertEquals(checkLegalEvents("any"), "any");
  checkEvent("anything", "any");
  assertThrows(() => checkEvent(untyped(7), "any"), TypeError, "event");
});

Deno.test('without legal events, every event but "initialization" and "shutdown" may be published', () => {
  checkEvent("anything", undefined);
  for (const event of ["initialization", "shutdown"]) {
    for (const legal of [undefined, "any", new Set([event])] as const) {
      assertThrows(
        () => checkEvent(event, legal),
        RangeError,
        event === "shutdown" ? "call shutdown()" : "call initialize()",
      );
    }
  }
});

Deno.test("an event that is not legal is refused with its name and the legal events", () => {
  const legal = new Set(["start", "stop"]);
  checkEvent("stop", legal);
  assertThrows(
    () => checkEvent("pause", legal),
    RangeError,
    'Cannot publish "pause" as it must be one of the legal events: start, stop',
  );
  assertThrows(() => checkEvent(untyped(7), legal), TypeError, "event");
});

Deno.test("a request for all subscribers has no number that is enough", () => {
  for (const until of [undefined, "all"] as const) {
    assertEquals(SUBSCRIBERS.map(enoughOf(until)), [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  }
});

Deno.test("a count is enough for any number of subscribers", () => {
  assertEquals(SUBSCRIBERS.map(enoughOf({ count: 2 })), [2, 2, 2, 2, 2]);
});

Deno.test("a quorum is a part of the subscribers, rounded up", () => {
  assertEquals(SUBSCRIBERS.map(enoughOf({ quorum: 0.5 })), [0, 1, 1, 2, 5]);
  assertEquals(SUBSCRIBERS.map(enoughOf({ quorum: 1 })), SUBSCRIBERS);
  assertEquals(enoughOf({ quorum: 0.01 })(10), 1);
});

Deno.test("a count or a quorum that is no number of subscribers is refused", () => {
  const wrong = [
    ...[0, -1, 1.5, NaN, Infinity].map((count) => ({ count })),
    ...[0, -0.5, 1.1, NaN].map((quorum) => ({ quorum })),
  ];
  for (const until of wrong) assertThrows(() => enoughOf(until), RangeError);
});

Deno.test("a request keeps its options though the caller changes the object later", () => {
  const sender = senderOver(new BorrowedTransport(new FakeTransport()));
  const metadata = { a: 1 };
  const options = { tag: "t", metadata, failFast: true, timeout: 5 };
  const request = checkPublish(sender, "start", options, undefined);
  metadata.a = 2;
  Object.assign(options, { tag: "u", failFast: false, timeout: 6 });
  const { tag, fields, failFast, timeout } = request;
  assertEquals([tag, fields, failFast, timeout], ["t", '"a":1', true, 5]);
});
