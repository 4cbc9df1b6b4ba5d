import { assertEquals } from "@std/assert";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { Tickets } from "../../../src/signals/responder/seen_signals.ts";

function signalOf(event: string, publisherId = "fio-1"): Signal {
  return {
    publisherId,
    processName: "fio",
    event,
    runnerHost: "here",
    sampleNo: -1,
    tag: "",
  };
}

const DONE = { ras: 1, message: "done" };

/** A ticket as exporters make them. */
function ticket(seq: number, alive = true) {
  return { id: `id-${seq}`, seq, alive };
}

Deno.test("a signal is fresh once, whichever object brings it", () => {
  const tickets = new Tickets();
  const first = tickets.note(signalOf("start"), ticket(1));
  assertEquals(first, { fresh: true, missed: 0 });
  const again = tickets.note(signalOf("start"), ticket(1));
  assertEquals(again, { fresh: false, answer: undefined, missed: 0 });
  const elsewhere = tickets.note(signalOf("start", "fio-2"), ticket(1));
  assertEquals(elsewhere.fresh, true);
});

Deno.test("a signal that comes again brings the first answer back", () => {
  const tickets = new Tickets();
  const signal = signalOf("start");
  tickets.note(signal, ticket(1));
  tickets.answered("fio-1", tickets.of(signal)!, DONE);
  assertEquals(tickets.note(signalOf("start"), ticket(1)).answer, DONE);
});

Deno.test("an answer is for the signal that is given, or else the event's newest", () => {
  const tickets = new Tickets();
  const [older, newer] = [signalOf("start"), signalOf("start")];
  tickets.note(older, ticket(1));
  tickets.note(newer, ticket(2));
  tickets.note(signalOf("stop"), ticket(3));
  const idOf = (to: { publisherId: string; event: string }) =>
    tickets.of(to)?.id;
  assertEquals([older, newer].map(idOf), ["id-1", "id-2"]);
  assertEquals(idOf({ publisherId: "fio-1", event: "start" }), "id-2");
  assertEquals(idOf(signalOf("stop")), "id-3");
  assertEquals(idOf(signalOf("pause")), undefined);
  assertEquals(idOf(signalOf("start", "fio-2")), undefined);
  tickets.note(signalOf("start"), ticket(4));
  assertEquals(["start", "stop"].map((event) => idOf(signalOf(event))), [
    "id-4",
    "id-3",
  ]);
});

Deno.test("who has seen a late signal first knows earlier ones again, too", () => {
  const tickets = new Tickets();
  const fresh = (seq: number) =>
    tickets.note(signalOf("start"), ticket(seq)).fresh;
  assertEquals([300, 299, 45].map(fresh), [true, true, true]);
  assertEquals([300, 299, 45].map(fresh), [false, false, false]);
  // In whose place a newer one stands may have been seen.
  assertEquals([44, 43].map(fresh), [false, false]);
  assertEquals([2 ** 40, 2 ** 40, 301].map(fresh), [true, false, true]);
});

Deno.test("a number that was left out was missed", () => {
  const tickets = new Tickets();
  const missed = [7, 8, 11, 9, 12].map((seq) =>
    tickets.note(signalOf("start"), ticket(seq)).missed
  );
  // Who comes late has missed nothing; who comes out of turn was counted before.
  assertEquals(missed, [0, 0, 2, 0, 0]);
});

Deno.test("what is noted of a signal can't be seen, and is not another responder's", () => {
  const [tickets, others] = [new Tickets(), new Tickets()];
  const signal = signalOf("start");
  tickets.note(signal, ticket(1));
  Object.freeze(signal);
  assertEquals(tickets.of(signal)?.id, "id-1");
  assertEquals(signal, signalOf("start"));
  assertEquals(Reflect.ownKeys(signal), Reflect.ownKeys(signalOf("start")));
  assertEquals(others.of(signal), undefined);
  others.note(signal, ticket(2));
  assertEquals(others.of(signal)?.id, "id-2");
});

Deno.test("a number that was never seen does not hide those that come after it", () => {
  const { MAX_SAFE_INTEGER: max, MIN_SAFE_INTEGER: min } = Number;
  const mixed = [24, 22, 23, max - 9, -5, 0, -7, 25, 21, 2 ** 40];
  for (
    const seqs of [
      [1, 2, 3, max, -5, 0, 4, 5, 2 ** 40, 6],
      [max, ...mixed],
      [min + 7, ...mixed],
    ]
  ) {
    const tickets = new Tickets();
    const fresh = (seq: number) =>
      tickets.note(signalOf("start"), ticket(seq)).fresh;
    assertEquals(seqs.map(fresh), seqs.map(() => true));
    assertEquals(seqs.map(fresh), seqs.map(() => false));
  }
});

Deno.test("who holds a channel can be watched, until it is lost or shuts down", () => {
  const tickets = new Tickets();
  tickets.note(signalOf("start", "a"), ticket(1));
  tickets.note(signalOf("start", "b"), ticket(1));
  tickets.note(signalOf("start", "c"), ticket(1, false));
  assertEquals(tickets.watchable, ["a", "b"]);
  tickets.follow(signalOf("shutdown", "a"));
  tickets.follow(signalOf("start", "b"));
  assertEquals(tickets.watchable, ["b"]);
  tickets.lost("b");
  tickets.lost("nobody");
  assertEquals(tickets.watchable, []);
});

Deno.test("who was heard since the question before is told from who was not", () => {
  const tickets = new Tickets();
  tickets.note(signalOf("start", "a"), ticket(1));
  tickets.note(signalOf("start", "b"), ticket(1));
  assertEquals(["a", "a", "b", "x"].map((id) => tickets.heard(id)), [
    true,
    false,
    true,
    false,
  ]);
  // A signal that was seen before is a sign of life, too.
  tickets.note(signalOf("start", "a"), ticket(1));
  assertEquals(tickets.heard("a"), true);
});

Deno.test("a publisher that was lost and is back is not obeyed twice", () => {
  const tickets = new Tickets();
  tickets.note(signalOf("start"), ticket(1));
  tickets.lost("fio-1");
  tickets.answered("fio-1", tickets.of(signalOf("start"))!, DONE);
  assertEquals(tickets.note(signalOf("start"), ticket(1)), {
    fresh: false,
    answer: DONE,
    missed: 0,
  });
  assertEquals(tickets.watchable, ["fio-1"]);
});

Deno.test("what is remembered is bounded, and the newest is kept", () => {
  const tickets = new Tickets();
  for (let seq = 1; seq <= 10_000; seq++) {
    tickets.note(signalOf("start"), ticket(seq));
    tickets.note(signalOf("start", `publisher-${seq}`), ticket(1));
    tickets.note(signalOf("start"), ticket(seq));
  }
  assertEquals(tickets.note(signalOf("start"), ticket(10_000)).fresh, false);
  assertEquals(tickets.watchable.length <= 1_024, true);
});

Deno.test("an event that was seen just now is not the one to be forgotten", () => {
  const tickets = new Tickets();
  let seq = 0;
  const see = (event: string) => tickets.note(signalOf(event), ticket(++seq));
  see("tick");
  for (let n = 0; n < 255; n++) see(`other ${n}`);
  see("tick");
  see("one more");
  const newest = tickets.of({ publisherId: "fio-1", event: "tick" });
  assertEquals(newest?.id, "id-257");
});

Deno.test("a signal is known again by number and id, be the id the usual one of that number or not", () => {
  const tickets = new Tickets();
  const fresh = (id: string, seq: number) =>
    tickets.note(signalOf("start"), { id, seq }).fresh;
  assertEquals([fresh("a", 10), fresh("a", 10)], [true, false]);
  assertEquals([fresh("A", 10), fresh("A", 10)], [true, false]);
  assertEquals([fresh("a", 10), fresh("a", 10)], [true, false]);
});

Deno.test("an answer is that of the signal in its place, not of the one that was there before", () => {
  const tickets = new Tickets();
  const older = signalOf("start");
  tickets.note(older, ticket(1));
  tickets.note(signalOf("start"), ticket(257));
  tickets.answered("fio-1", tickets.of(older)!, DONE);
  tickets.answered("nobody", tickets.of(older)!, DONE);
  assertEquals(tickets.note(signalOf("start"), ticket(257)).answer, undefined);
  const newer = tickets.of({ publisherId: "fio-1", event: "start" })!;
  tickets.answered("fio-1", newer, DONE);
  tickets.answered("fio-1", newer, { ras: 0 });
  assertEquals(tickets.note(signalOf("start"), ticket(257)).answer, DONE);
  tickets.note(signalOf("start"), ticket(513));
  assertEquals(tickets.note(signalOf("start"), ticket(513)).answer, undefined);
});
