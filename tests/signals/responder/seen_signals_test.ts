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

/** The nth signal of an exporter, and its ticket. */
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

Deno.test("a signal is fresh once, whichever object carries it", () => {
  const seen = new SeenSignals();
  const fresh = (...args: Parameters<typeof nth>) =>
    seen.note(...nth(...args)).isFresh;
  assertEquals([fresh(1), fresh(1), fresh(1, "start", "fio-2")], [
    true,
    false,
    true,
  ]);
});

Deno.test("a publisher with an inbox is a newcomer at its first signal and after its end", () => {
  const seen = new SeenSignals();
  const isNewcomer = (n: number) => seen.note(...nth(n)).isNewcomer ?? false;
  assertEquals([isNewcomer(1), isNewcomer(2)], [true, false]);
  seen.ended("fio-1");
  assertEquals([isNewcomer(3), isNewcomer(4)], [true, false]);
});

Deno.test("a redelivered signal has its first acknowledgement", () => {
  const seen = new SeenSignals();
  const signal = see(seen, 1);
  assertEquals(seen.note(...nth(1)).answer, undefined);
  seen.answered(signal, "1", DONE);
  seen.answered(signal, "1", { ras: 0 });
  assertEquals(seen.note(...nth(1)).answer, DONE);
  seen.ended("fio-1"); // the publisher is lost and returns
  assertEquals(seen.note(...nth(1)).answer, DONE);
});

Deno.test("ticketOf() reads the ticket of a signal and of its copies", () => {
  const seen = new SeenSignals();
  const first = see(seen, 1);
  see(seen, 2);
  assertEquals(seen.ticketOf({ ...first }), "1");
  assertEquals(seen.ticketOf(structuredClone(first)), "1");
  assertEquals(seen.ticketOf(signalOf("start", null)), null);
  const wrong = { ...first, ticket: 1 } as unknown as Signal;
  assertThrows(() => seen.ticketOf(wrong), TypeError, "ticket");
});

Deno.test("publisher and event identify a signal only if exactly one is unanswered", () => {
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

Deno.test("a signal that a lock has passed over does not count as unanswered, but may be answered", () => {
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

Deno.test("an unanswered signal without a ticket has the ticket null", () => {
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

Deno.test("publisher and event identify no signal after an unanswered one was forgotten", () => {
  const pair = { publisherId: "fio-1", event: "start" };
  const displaced = new SeenSignals();
  see(displaced, 1);
  see(displaced, 257);
  assertEquals(displaced.ticketOf(pair), undefined);

  const unreadable = new SeenSignals(); // a signal of a version that can't be read
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

Deno.test("a control signal does not count as unanswered", () => {
  const seen = new SeenSignals();
  for (const event of ["initialization", "shutdown"]) {
    seen.noteUnticketed(signalOf(event, null));
    assertEquals(seen.ticketOf({ publisherId: "fio-1", event }), undefined);
  }
});

Deno.test("signals that arrive out of order are fresh once each", () => {
  const seen = new SeenSignals();
  const fresh = (n: number) => seen.note(...nth(n)).isFresh;
  assertEquals([300, 299, 45].map(fresh), [true, true, true]);
  assertEquals([300, 299, 45].map(fresh), [false, false, false]);
  // A signal whose place a newer one has taken may have been seen.
  assertEquals([44, 43].map(fresh), [false, false]);
  assertEquals([2 ** 40, 2 ** 40, 301].map(fresh), [true, false, true]);
});

Deno.test("skipped sequence numbers are missed unless they are redelivered", () => {
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

Deno.test("a publisher with an inbox is watchable until it ends", () => {
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

Deno.test("wasHeard() is true once for each publisher that has sent a signal since the last call", () => {
  const seen = new SeenSignals();
  for (const id of ["a", "b"]) seen.note(...nth(1, "start", id));
  assertEquals(["a", "a", "b", "x"].map((id) => seen.wasHeard(id)), [
    true,
    false,
    true,
    false,
  ]);
  // A redelivered signal is a sign of life, too.
  seen.note(...nth(1, "start", "a"));
  assertEquals(seen.wasHeard("a"), true);
});

Deno.test("a publisher that is known to hold an inbox is watchable before it gives a ticket, and is new once until it ends", () => {
  const seen = new SeenSignals();
  assertEquals([seen.holdsInbox("a"), seen.holdsInbox("a")], [true, false]);
  assertEquals([seen.watchable, seen.givesTickets("a")], [["a"], false]);
  assertEquals(seen.note(...nth(1, "start", "a")).isNewcomer, undefined);
  assertEquals(seen.holdsInbox("a"), false);
  seen.ended("a");
  assertEquals([seen.watchable, seen.holdsInbox("a")], [[], true]);
});

Deno.test("a signal without a ticket is a sign of life of a publisher that is known", () => {
  const seen = new SeenSignals();
  for (const id of ["a", "x"]) {
    const [{ ticket: _, ...signal }] = nth(1, "initialization", id);
    if (id === "a") seen.holdsInbox(id);
    seen.noteUnticketed({ ...signal, ticket: null });
  }
  assertEquals(["a", "a", "x"].map((id) => seen.wasHeard(id)), [
    true,
    false,
    false,
  ]);
  assertEquals(seen.watchable, ["a"]);
});

Deno.test("of more than 1024 publishers the least recently used ones are forgotten", () => {
  const seen = new SeenSignals();
  for (let n = 1; n <= 10_000; n++) {
    seen.note(...nth(n));
    seen.note(...nth(1, "start", `publisher-${n}`));
  }
  assertEquals(seen.note(...nth(10_000)).isFresh, false);
  assertEquals(seen.note(...nth(9_999)).isFresh, false);
  assertEquals(seen.watchable.length <= 1_024, true);
});

Deno.test("a response to an older signal is not stored for the newer signal in its place", () => {
  const seen = new SeenSignals();
  const older = see(seen, 1);
  see(seen, 257);
  seen.answered(older, "1", DONE);
  seen.answered(signalOf("start", "1", "nobody"), "1", DONE);
  assertEquals(seen.note(...nth(257)).answer, undefined);
});

Deno.test("acknowledgements with too much text together are kept without the later messages", () => {
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
  // Another signal takes the place of the first one, whose message is forgotten.
  see(seen, 257);
  seen.answered(see(seen, 3), "3", long);
  assertEquals(answerTo(3), long);
});
