import { assert, assertEquals } from "@std/assert";
import {
  SignalLog,
  type SignalLogOptions,
} from "../../../src/signals/exporter/signal_log.ts";
import { Random } from "../../support/random.ts";

const I = "initialization";

function logOf(
  events: string,
  options: Partial<SignalLogOptions> = {},
): SignalLog {
  const log = new SignalLog({
    isSubscriber: () => true,
    oldestInFlight: () => Infinity,
    ...options,
  });
  for (const event of events) log.add(event === "i" ? I : event);
  return log;
}

Deno.test("a response to the only signal of its event is certain", () => {
  const log = logOf("iE");
  assertEquals(log.take("p", I, undefined), { any: true, only: 1 });
  assertEquals(log.take("p", "E", 2), { any: true, only: 2 });
});

Deno.test("a response that may be for two signals is uncertain, and the next one is certain", () => {
  const log = logOf("iEE");
  log.take("p", I, undefined);
  assertEquals(log.take("p", "E", 3), { any: true, only: undefined });
  assertEquals(log.take("p", "E", 3), { any: true, only: 3 });
});

Deno.test("a response for which no signal is left has no candidate", () => {
  const log = logOf("iE");
  log.take("p", "E", undefined);
  assertEquals(log.take("p", "E", undefined), { any: false, only: undefined });
  assertEquals(log.take("p", "other", undefined).any, false);
});

Deno.test("a signal in flight stays a candidate below the floor", () => {
  const log = logOf("iEF");
  log.take("p", "F", undefined); // another thread was quicker
  assertEquals(log.take("p", "E", 2), { any: true, only: 2 });
  log.add("E");
  assertEquals(log.take("p", "E", 2), { any: true, only: undefined });
});

Deno.test("an unknown peer may be working on any signal that was ever published", () => {
  const log = logOf("iEsi");
  assertEquals(log.fenceSize("p", "F"), 0);
  assertEquals(log.fenceSize("p", "E"), 2);
  log.take("p", I, undefined);
  assertEquals(log.fenceSize("p", "E"), 1);
});

Deno.test("a fence is larger by one than the number of initializations before the newest signal of the event", () => {
  const log = logOf("iiiE");
  log.take("p", I, undefined);
  assertEquals(log.fenceSize("p", "E"), 3);
  log.take("p", I, undefined);
  assertEquals(log.fenceSize("p", "E"), 2);
  log.take("p", "E", undefined);
  assertEquals(log.fenceSize("p", "E"), 0);
});

Deno.test("a signal that was not sent is no candidate", () => {
  for (const number of [2, 3, 4]) {
    const log = logOf("iEEE");
    log.take("p", I, undefined);
    log.remove("E", number);
    const rest = [2, 3, 4].filter((each) => each !== number);
    assertEquals(log.take("p", "E", undefined).only, undefined);
    assertEquals(log.take("p", "E", undefined).only, rest[1]);
    assertEquals(log.take("p", "E", undefined).any, false);
  }
  const log = logOf("E");
  log.remove("E", 1);
  log.remove("E", 1);
  assertEquals(log.take("p", "E", undefined).any, false);
  log.add("E");
  assertEquals(log.take("p", "E", undefined).only, 2);
});

Deno.test("a signal that may be delivered twice is one candidate until another one follows", () => {
  const log = logOf("iE");
  log.take("p", I, undefined);
  log.addAgain("E", 2);
  assertEquals(log.take("p", "E", 2).only, 2);
  assertEquals(log.fenceSize("p", "E"), 1);
  log.add("E");
  assertEquals(log.take("p", "E", 4).only, undefined);
});

Deno.test("a row of equal events takes one place of the window", () => {
  const log = logOf("", { window: 4 });
  for (let n = 0; n < 10_000; n++) log.add(I);
  log.add("E");
  log.take("p", I, undefined);
  assertEquals(log.take("p", "E", undefined).only, 10_001);
});

Deno.test("a response to a signal below the window is never certain", () => {
  const log = logOf("iEFEFEFEFEF", { window: 4 });
  const taken = [1, 2, 3, 4, 5].map(() => log.take("p", "E", undefined).only);
  assertEquals(taken, [undefined, undefined, undefined, undefined, 10]);
  // A floor inside the window holds for all events.
  assertEquals(log.take("p", "F", undefined).only, 11);
});

Deno.test("a signal in flight keeps its place in the order", () => {
  let oldest = Infinity;
  const log = logOf("iE", { window: 4, oldestInFlight: () => oldest });
  log.take("p", I, undefined);
  oldest = 2;
  for (let n = 0; n < 20; n++) log.add(n % 2 === 0 ? "F" : "G");
  assertEquals(log.take("p", "E", 2).only, 2);
});

Deno.test("a peer off the roster is forgotten, and a subscriber is not", () => {
  const log = logOf("iE", { isSubscriber: (id) => id === "kept" });
  log.take("kept", "E", undefined);
  log.take("p", "E", undefined);
  for (let n = 0; n < 10_100; n++) log.take(`flood-${n}`, I, undefined);
  assertEquals(log.take("kept", "E", undefined).any, false);
  assertEquals(log.take("p", "E", undefined).any, true);
});

interface Peer {
  /** The index of the next signal that the peer has neither answered nor skipped. */
  at: number;
}

Deno.test("a certain response names the true signal, in random runs of peers that answer in order", () => {
  const random = new Random(20_261_129);
  let credits = 0;
  for (let run = 0; run < 300; run++) {
    const log = logOf("", {
      window: random.int(1, 12),
      isSubscriber: (id) => id !== "2",
    });
    /** Every delivered signal: event and number. */
    const truth: { event: string; number: number }[] = [];
    const peers: Peer[] = [{ at: 0 }, { at: 0 }, { at: 0 }];
    for (let step = 0; step < 150; step++) {
      if (random.int(0, 2) === 0) {
        const event = random.pick([I, "E", "F", "E"]);
        const number = log.add(event);
        // Some signals are never sent; for some of them that stays unknown.
        const fate = random.int(0, 9);
        if (fate === 0) log.remove(event, number);
        else if (fate > 1) truth.push({ event, number });
        continue;
      }
      const which = random.int(0, 2);
      const peer = peers[which]!;
      const at = peer.at + random.int(0, 2);
      const signal = truth[at];
      if (signal === undefined) continue;
      peer.at = at + 1;
      const { any, only } = log.take(String(which), signal.event, undefined);
      assert(any, "the true signal is a candidate");
      if (only === undefined) continue;
      credits++;
      assertEquals(only, signal.number);
    }
  }
  assert(credits > 1_000);
});
