import { assertEquals, assertThrows } from "@std/assert";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { SeenSignals } from "../../../src/signals/responder/seen_signals.ts";

const DONE = { ras: 1, message: "done" };

function signalOf(
  event: string,
  ticket: string | null | undefined,
  publisherId = "fio-1",
): Signal {
  return {
    publisherId,
    processName: "fio",
    event,
    runnerHost: "here",
    sampleNo: -1,
    tag: "",
    ...(ticket === undefined ? {} : { ticket }),
  };
}

/** A signal as an exporter sends its nth, and its ticket. */
function nth(n: number, event = "start", publisherId = "fio-1") {
  const id = n.toString(36);
  const signal = signalOf(event, id, publisherId);
  return [signal, { id, seq: n, alive: true }] as const;
}

/** Notes the nth signal. */
function see(seen: SeenSignals, n: number, event?: string): Signal {
  const [signal, ticket] = nth(n, event);
  seen.note(signal, ticket);
  return signal;
}

Deno.test("a signal is new once, whichever object brings it", () => {
  const seen = new SeenSignals();
  const fresh = (...args: Parameters<typeof nth>) =>
    seen.note(...nth(...args)).isFresh;
  assertEquals([fresh(1), fresh(1), fresh(1, "start", "fio-2")], [
    true,
    false,
    true,
  ]);
});

Deno.test("a publisher that holds an inbox is told of when it is new, or is back", () => {
  const seen = new SeenSignals();
  const isNewcomer = (n: number) => seen.note(...nth(n)).isNewcomer ?? false;
  assertEquals([isNewcomer(1), isNewcomer(2)], [true, false]);
  seen.ended("fio-1");
  assertEquals([isNewcomer(3), isNewcomer(4)], [true, false]);
});

Deno.test("a signal that comes again brings its first answer back", () => {
  const seen = new SeenSignals();
  const signal = see(seen, 1);
  assertEquals(seen.note(...nth(1)).answer, undefined);
  seen.answered(signal, "1", DONE);
  seen.answered(signal, "1", { ras: 0 });
  assertEquals(seen.note(...nth(1)).answer, DONE);
  seen.ended("fio-1"); // lost, and back
  assertEquals(seen.note(...nth(1)).answer, DONE);
});

Deno.test("a response names the ticket that it is given, also by a copy", () => {
  const seen = new SeenSignals();
  const first = see(seen, 1);
  see(seen, 2);
  assertEquals(seen.ticketOf({ ...first }), "1");
  assertEquals(seen.ticketOf(structuredClone(first)), "1");
  assertEquals(seen.ticketOf(signalOf("start", null)), null);
  const wrong = { ...first, ticket: 1 } as unknown as Signal;
  assertThrows(() => seen.ticketOf(wrong), TypeError, "ticket");
});

Deno.test("publisher and event name a signal only where exactly one is unanswered", () => {
  const seen = new SeenSignals();
  const pair = { publisherId: "fio-1", event: "start" };
  assertEquals(seen.ticketOf(pair), undefined);
  const first = see(seen, 1);
  see(seen, 2, "stop");
  assertEquals(seen.ticketOf(pair), "1");
  const third = see(seen, 3);
  assertThrows(() => seen.ticketOf(pair), Error, "pass the signal itself");
  seen.answered(first, "1", DONE);
  assertEquals(seen.ticketOf(pair), "3");
  seen.answered(third, "3", DONE);
  assertEquals(seen.ticketOf(pair), undefined);
  assertEquals(seen.ticketOf({ ...pair, event: "stop" }), "2");
});

Deno.test("a signal that a lock has passed over is none to be answered, unless it is", () => {
  const seen = new SeenSignals();
  const pair = { publisherId: "fio-1", event: "start" };
  seen.passedOver(see(seen, 1));
  const second = see(seen, 2);
  assertEquals(seen.ticketOf(pair), "2");
  assertEquals(seen.note(...nth(1)).answer, undefined);
  seen.passedOver(second);
  seen.answered(second, "2", DONE);
  assertEquals(seen.note(...nth(2)).answer, DONE);
  const unticketed = signalOf("start", null);
  seen.noteUnticketed(unticketed);
  seen.passedOver(unticketed);
  assertEquals(seen.ticketOf(pair), undefined);
});

Deno.test("a signal without a ticket is remembered as such", () => {
  const seen = new SeenSignals();
  const pair = { publisherId: "fio-1", event: "start" };
  const signal = signalOf("start", null);
  seen.noteUnticketed(signal);
  assertEquals(seen.ticketOf(pair), null);
  see(seen, 1);
  assertThrows(() => seen.ticketOf(pair), Error, "ambiguous");
  seen.answered(signal, null, DONE);
  assertEquals(seen.ticketOf(pair), "1");
});

Deno.test("once an unanswered signal had to be forgotten, publisher and event name nothing", () => {
  const pair = { publisherId: "fio-1", event: "start" };
  const displaced = new SeenSignals();
  see(displaced, 1);
  see(displaced, 257);
  assertEquals(displaced.ticketOf(pair), undefined);

  const unreadable = new SeenSignals(); // of a version that can't be read
  unreadable.noteUnticketed(signalOf("start", undefined));
  see(unreadable, 1);
  assertEquals(unreadable.ticketOf(pair), undefined);

  const crowded = new SeenSignals();
  see(crowded, 1);
  for (let n = 0; n < 1_024; n++) {
    crowded.note(...nth(1, "start", `publisher-${n}`));
  }
  see(crowded, 2);
  assertEquals(crowded.ticketOf(pair), undefined);

  const named = new SeenSignals();
  for (let n = 0; n <= 256; n++) {
    named.noteUnticketed(signalOf(`event ${n}`, null));
  }
  assertEquals(named.ticketOf({ ...pair, event: "event 0" }), undefined);
});

Deno.test("control signals are not waited for to be answered", () => {
  const seen = new SeenSignals();
  for (const event of ["initialization", "shutdown"]) {
    seen.noteUnticketed(signalOf(event, null));
    assertEquals(seen.ticketOf({ publisherId: "fio-1", event }), undefined);
  }
});

Deno.test("a responder that has seen a late signal first knows earlier ones again, too", () => {
  const seen = new SeenSignals();
  const fresh = (n: number) => seen.note(...nth(n)).isFresh;
  assertEquals([300, 299, 45].map(fresh), [true, true, true]);
  assertEquals([300, 299, 45].map(fresh), [false, false, false]);
  // A signal in whose place a newer one stands may have been seen.
  assertEquals([44, 43].map(fresh), [false, false]);
  assertEquals([2 ** 40, 2 ** 40, 301].map(fresh), [true, false, true]);
});

Deno.test("numbers that were passed over are missed, unless they are redelivered", () => {
  const seen = new SeenSignals();
  const leavesHoles = (n: number) => seen.note(...nth(n)).leavesHoles;
  assertEquals([7, 8, 11, 9, 12].map(leavesHoles), [
    false,
    false,
    true,
    false,
    false,
  ]);
  assertEquals([seen.takeMissed("fio-1"), seen.takeMissed("fio-1")], [1, 0]);
  leavesHoles(1_012);
  assertEquals(seen.takeMissed("fio-1"), 999);
  assertEquals(seen.takeMissed("another"), 0);
});

Deno.test("a publisher that holds an inbox can be watched, until it is lost or shuts down", () => {
  const seen = new SeenSignals();
  for (const id of ["a", "b"]) seen.note(...nth(1, "start", id));
  const [signal, ticket] = nth(1, "start", "c");
  seen.note(signal, { ...ticket, alive: false });
  assertEquals(seen.watchable, ["a", "b"]);
  seen.ended("a");
  seen.ended("nobody");
  assertEquals(seen.watchable, ["b"]);
  assertEquals(["a", "x"].map((id) => seen.givesTickets(id)), [true, false]);
});

Deno.test("a publisher that was heard since the last question is told from one that was not", () => {
  const seen = new SeenSignals();
  for (const id of ["a", "b"]) seen.note(...nth(1, "start", id));
  assertEquals(["a", "a", "b", "x"].map((id) => seen.wasHeard(id)), [
    true,
    false,
    true,
    false,
  ]);
  // A signal that was seen before is a sign of life, too.
  seen.note(...nth(1, "start", "a"));
  assertEquals(seen.wasHeard("a"), true);
});

Deno.test("publishers are forgotten by disuse, not by age", () => {
  const seen = new SeenSignals();
  for (let n = 1; n <= 10_000; n++) {
    seen.note(...nth(n));
    seen.note(...nth(1, "start", `publisher-${n}`));
  }
  assertEquals(seen.note(...nth(10_000)).isFresh, false);
  assertEquals(seen.note(...nth(9_999)).isFresh, false);
  assertEquals(seen.watchable.length <= 1_024, true);
});

Deno.test("an answer is that of the signal in its place, not of the one that was there before", () => {
  const seen = new SeenSignals();
  const older = see(seen, 1);
  see(seen, 257);
  seen.answered(older, "1", DONE);
  seen.answered(signalOf("start", "1", "nobody"), "1", DONE);
  assertEquals(seen.note(...nth(257)).answer, undefined);
});

Deno.test("answers whose messages are too much together are kept without them", () => {
  const seen = new SeenSignals();
  const long = { ras: 1, message: "x".repeat(9 * 1024 * 1024) };
  const answerTo = (n: number) => seen.note(...nth(n)).answer;
  for (const n of [1, 2]) seen.answered(see(seen, n), n.toString(36), long);
  assertEquals(answerTo(1), long);
  assertEquals(answerTo(2)?.ras, 1);
  assertEquals(
    answerTo(2)?.message,
    "(the message was too long to be repeated)",
  );
  // The place of the first is taken, and its message forgotten.
  see(seen, 257);
  seen.answered(see(seen, 3), "3", long);
  assertEquals(answerTo(3), long);
});
