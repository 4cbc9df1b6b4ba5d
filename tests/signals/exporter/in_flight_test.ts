import { assertEquals, assertRejects } from "@std/assert";
import type { PublishOptions } from "../../../src/signals/exporter/options.ts";
import type { MissingReason } from "../../../src/signals/exporter/publish_result.ts";
import { outcomeOf } from "../../../src/transport/outcome.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { microtasks } from "../../support/microtasks.ts";
import { stillPending } from "../../support/still_pending.ts";
import { join, PublishingHalf } from "./parts.ts";

Deno.test("a publish with its turn is sent before publish() returns, and the next one when its predecessor settles", async () => {
  const half = new PublishingHalf("r");
  const results = [half.publish("a"), half.publish("b"), half.publish("a")];
  assertEquals(half.sent, ["a", "b"]);
  half.answer("a", "r", 1);
  half.answer("b", "r", 1);
  await results[0];
  await results[1];
  assertEquals(await stillPending(results[2]!, 0), true);
  assertEquals(half.sent, ["a", "b", "a"]);
  half.answer("a", "r", 1);
  assertEquals((await results[2]!).code, 0);
});

Deno.test("publishes of one event do not wait for a turn when every subscriber names signals", async () => {
  const half = new PublishingHalf("ours");
  const results = [half.publish("a"), half.publish("a"), half.publish("a")];
  assertEquals(half.sent, ["a 1", "a 2", "a 3"]);
  half.answer("a", "ours", 0, "3");
  half.answer("a", "ours", 1, "1");
  assertEquals((await results[2]!).code, 1);
  assertEquals((await results[0]!).code, 0);
  assertEquals(await stillPending(results[1]!, 0), true);
  half.answer("a", "ours", 1, "2");
  assertEquals((await results[1]!).code, 0);
});

Deno.test("a publish waits only for the subscriber that names no signals, then takes its turn", async () => {
  const half = new PublishingHalf("ours", "r");
  const results = [half.publish("a"), half.publish("a")];
  assertEquals(half.sent, ["a 1"]);
  half.answer("a", "r", 1);
  assertEquals(half.sent, ["a 1", "a 2"]);
  half.answer("a", "r", 1);
  half.answer("a", "ours", 1, "2");
  half.answer("a", "ours", 1, "1");
  for (const result of results) assertEquals((await result).code, 0);
});

Deno.test("a response without a ticket counts for the publish that was sent after its sender joined", async () => {
  const half = new PublishingHalf("ours");
  const before = half.publish("a");
  join(half.roster, "r");
  half.log.take("r", "initialization", undefined);
  const after = half.publish("a");
  // "r" received the first signal, too: a fence shows which one its response is for.
  assertEquals(half.sent, ["a 1", "initialization", "a 2"]);
  half.log.take("r", "initialization", undefined);
  half.answer("a", "r", 1);
  half.answer("a", "ours", 1, "2");
  assertEquals([...(await after).acks.keys()], ["r", "ours"]);
  half.answer("a", "ours", 1, "1");
  assertEquals((await before).code, 0);
  assertEquals(half.told.map(([type]) => type), ["ack", "ack", "ack"]);
});

Deno.test("a response that arrives before the confirmation counts", async () => {
  const half = new PublishingHalf("r");
  half.transport.confirming = false;
  const publishing = half.publish("a");
  half.answer("a", "r", 1);
  assertEquals(await stillPending(publishing, 0), true);
  half.transport.published[0]!.confirm(1);
  assertEquals((await publishing).code, 0);
});

Deno.test("a publish is owed responses by the subscribers on the roster when it is sent", async () => {
  const half = new PublishingHalf("r");
  const first = half.publish("a");
  const second = half.publish("a");
  half.roster.clear();
  half.answer("a", "r", 1);
  assertEquals([...(await first).acks.keys()], ["r"]);
  const { acks, waited, ok } = await second;
  assertEquals([acks.size, waited, ok], [0, false, false]);
});

Deno.test("a publish that can't be sent fails, and the next one of its event succeeds", async () => {
  for (const responder of ["r", "ours"]) {
    const half = new PublishingHalf(responder);
    half.transport.confirming = false;
    const failed = assertRejects(() => half.publish("a"), Error, "not-sent");
    half.transport.published[0]!.refuse("not-sent");
    await failed;
    assertEquals(half.inFlight.publishes, []);
    half.transport.confirming = true;
    const next = half.publish("a");
    const ticket = half.sent.at(-1)!.split(" ")[1];
    half.answer("a", responder, 1, ticket);
    assertEquals((await next).code, 0);
  }
});

Deno.test("a publish aborted with the reason null is rejected with null and removed", async () => {
  const half = new PublishingHalf("r");
  const abort = new AbortController();
  const aborted = half.publish("a", { signal: abort.signal })
    .then(() => "done", (error) => error);
  abort.abort(null);
  assertEquals(await aborted, null);
  assertEquals(half.inFlight.publishes, []);
});

Deno.test("a signal that was not sent needs no fence, and its sequence number is reused", async () => {
  const half = new PublishingHalf("ours", "r");
  half.transport.confirming = false;
  const failed = assertRejects(() => half.publish("a"), Error, "not-sent");
  half.transport.published[0]!.refuse("not-sent");
  await failed;
  half.transport.confirming = true;
  const next = half.publish("a");
  // A ticket id is never reused.
  assertEquals(half.sent, ["a 1", "a 2"]);
  assertEquals(seqsOf(half), [1, 1]);
  half.answer("a", "r", 1);
  half.answer("a", "ours", 1, "2");
  assertEquals((await next).code, 0);
});

/** The sequence numbers of all the signals sent. */
function seqsOf({ transport }: PublishingHalf): number[] {
  return transport.published.map(({ payload }) =>
    JSON.parse(payload).metadata?._ss.seq
  );
}

/** Publishes and aborts; returns the message whose outcome is still open. */
async function giveUp(half: PublishingHalf) {
  const abort = new AbortController();
  half.transport.confirming = false;
  // The outcome in the caller's reason does not describe this publish.
  const reason = Object.assign(new Error("x"), { outcome: "not-sent" });
  const publishing = half.publish("a", { signal: abort.signal });
  abort.abort(reason);
  assertEquals(await assertRejects(() => publishing), reason);
  return half.transport.published[0]!;
}

for (const outcome of ["not-sent", "unknown", "confirmed"] as const) {
  Deno.test(`an aborted publish with the outcome "${outcome}" ${outcome === "not-sent" ? "gives back" : "keeps"} its sequence number`, async () => {
    const half = new PublishingHalf("ours", "r");
    const sent = await giveUp(half);
    if (outcome === "confirmed") sent.confirm(1);
    else sent.refuse(outcome);
    await microtasks();
    const publishing = half.publish("a");
    const wasSent = outcome !== "not-sent";
    // A peer of 1.0.1 may still answer a signal that was sent: a fence goes first.
    assertEquals(half.sent.includes("initialization"), wasSent);
    assertEquals(seqsOf(half).at(-1), wasSent ? 2 : 1);
    half.inFlight.stop("closed");
    await publishing;
  });
}

Deno.test("a signal that was not sent but redelivered keeps its sequence number", async () => {
  const half = new PublishingHalf("ours");
  half.transport.confirming = false;
  const failed = assertRejects(() => half.publish("a"));
  half.inFlight.publishes[0]!.wasRedelivered = true;
  half.transport.published[0]!.refuse("not-sent");
  await failed;
  const publishing = half.publish("b");
  assertEquals(seqsOf(half), [1, 2]);
  half.inFlight.stop("closed");
  await publishing;
});

Deno.test("a publish that is aborted before its turn is not sent", async () => {
  const half = new PublishingHalf("r");
  const first = half.publish("a");
  const abort = new AbortController();
  const second = half.publish("a", { signal: abort.signal });
  const reason = new Error("enough");
  abort.abort(reason);
  assertEquals(await assertRejects(() => second), reason);
  half.answer("a", "r", 1);
  await first;
  assertEquals(half.sent, ["a"]);
});

Deno.test("the timeout of a publish includes the time that it waits for its turn", async () => {
  using time = new FakeTime();
  const half = new PublishingHalf("r", "s");
  const options: PublishOptions[] = [
    { timeout: Infinity },
    { timeout: 100 },
    { timeout: 200 },
    { timeout: 300 },
  ];
  const results = options.map((each) => half.publish("a", each));
  time.tick(100);
  const unsent = await results[1]!;
  assertEquals([unsent.code, unsent.receivers], [2, undefined]);
  assertEquals([unsent.ok, unsent.waited], [false, true]);
  assertEquals(
    unsent.missing,
    new Map<string, MissingReason>([["r", "unsent"], ["s", "unsent"]]),
  );
  time.tick(50);
  half.answer("a", "r", 1);
  half.answer("a", "s", 1);
  assertEquals((await results[0]!).code, 0);
  assertEquals(half.sent, ["a", "a"]);
  // The transport gets the 50 ms that are left of the third timeout.
  assertEquals(half.transport.published[1]!.options.timeout, 50);
  time.tick(50);
  assertEquals([...(await results[2]!).missing.values()], [
    "timeout",
    "timeout",
  ]);
  // The last publish has its turn, behind a fence.
  assertEquals(half.sent, ["a", "a", "initialization", "a"]);
  time.tick(100);
  assertEquals((await results[3]!).elapsed >= 300, true);
  assertEquals(time.pending, 0);
});

Deno.test("a publish whose timeout ends before its turn, on a roster that is empty by then, is rejected as not sent", async () => {
  using time = new FakeTime();
  const half = new PublishingHalf("ours");
  half.transport.confirming = false;
  const before = Array.from({ length: 256 }, () => half.publish("a"));
  const unsent = half.publish("a", { timeout: 100 });
  half.roster.remove("ours");
  half.inFlight.giveUp("ours", "removed");
  time.tick(100);
  const error = await assertRejects(() => unsent, Error, "before its turn");
  assertEquals((error as { outcome?: string }).outcome, "not-sent");
  for (const { confirm } of half.transport.published) confirm(1);
  const codes = await Promise.all(before);
  assertEquals(codes.every(({ missing }) => missing.has("ours")), true);
});

Deno.test("a fence waits for the link for as long as its signal does", async () => {
  using time = new FakeTime();
  const half = new PublishingHalf("r");
  const missed = half.publish("a", { timeout: 10 });
  time.tick(10);
  await missed;
  for (const timeout of [40_000, Infinity]) {
    const publishing = half.publish("a", { timeout });
    const [fence, signal] = half.transport.published.slice(-2);
    assertEquals([fence!.options.timeout, signal!.options.timeout], [
      timeout,
      timeout,
    ]);
    half.inFlight.end("closed");
    await publishing;
  }
});

Deno.test("publishes of other events do not wait for the turns of one event", async () => {
  const half = new PublishingHalf("r");
  const stuck = half.publish("a");
  const behind = half.publish("a");
  const other = half.publish("b");
  half.answer("b", "r", 1);
  assertEquals((await other).code, 0);
  half.inFlight.stop("shutdown");
  assertEquals([...(await stuck).missing.values()], ["shutdown"]);
  const error = await assertRejects(() => behind, Error, "was shut down");
  assertEquals((error as { outcome?: string }).outcome, "not-sent");
});

Deno.test("at most 256 tickets are in flight, and the others wait", async () => {
  const half = new PublishingHalf("ours");
  const results = Array.from({ length: 300 }, (_, n) => half.publish(`e${n}`));
  assertEquals(half.sent.length, 256);
  half.answer("e0", "ours", 1, "1");
  await results[0];
  assertEquals(half.sent.length, 257);
  half.inFlight.giveUp("ours", "lost");
  await microtasks();
  half.inFlight.giveUp("ours", "lost");
  assertEquals(half.sent.length, 300);
  const codes = await Promise.all(
    results.map(async (each) => (await each).code),
  );
  assertEquals(codes.filter((code) => code === 0).length, 1);
});

Deno.test("the list of publishes in flight shows each ticket and the subscribers that owe a response", async () => {
  const half = new PublishingHalf("ours", "r");
  const running = half.publish("a");
  half.answer("a", "r", 1);
  const [publish] = half.inFlight.publishes;
  assertEquals(publish?.signal.ticket?.id, "1");
  assertEquals(publish?.owed, ["ours"]);
  half.inFlight.giveUp("ours", "lost");
  assertEquals((await running).missing, new Map([["ours", "lost"]]));
  assertEquals(half.inFlight.publishes, []);
});

Deno.test('down() makes every publish end as "disconnected" at its timeout, and end() ends every publish', async () => {
  const half = new PublishingHalf("r");
  const running = [half.publish("a", { timeout: 1 }), half.publish("b")];
  half.inFlight.down();
  assertEquals((await running[0])?.missing.get("r"), "disconnected");
  half.inFlight.end("closed");
  assertEquals((await running[1])?.missing.get("r"), "closed");
});

Deno.test('a publish that begins while the link is down ends as "disconnected", and one after up() as "timeout"', async () => {
  const half = new PublishingHalf("r");
  const missingOf = async (event: string) => {
    const { missing } = await half.publish(event, { timeout: 1 });
    return missing.get("r");
  };
  half.inFlight.down();
  const during = missingOf("a");
  half.inFlight.up();
  const after = missingOf("b");
  assertEquals(await during, "disconnected");
  assertEquals(await after, "timeout");
});

Deno.test("giveUp() reaches each publish, though each settles during the call", async () => {
  const half = new PublishingHalf("ours");
  const results = [half.publish("a"), half.publish("b"), half.publish("c")];
  await microtasks(); // each publish is confirmed by then, so that it settles at once
  half.inFlight.giveUp("ours", "left");
  for (const result of results) {
    assertEquals((await result).missing, new Map([["ours", "left"]]));
  }
});

Deno.test('"begun" is called for each publish, and "ended" only after the last publish that waits for its turn', async () => {
  const half = new PublishingHalf("ours");
  const [a, b] = [half.publish("a"), half.publish("b")];
  half.answer("a", "ours", 1, "1");
  await a;
  assertEquals(half.calls.splice(0), ["begun", "begun"]);
  half.answer("b", "ours", 1, "2");
  await b;
  assertEquals(half.calls.splice(0), ["ended"]);
  join(half.roster, "r");
  const queued = [half.publish("c"), half.publish("c")];
  for (const result of queued) {
    await microtasks();
    assertEquals(half.calls.includes("ended"), false);
    const [publish] = half.inFlight.publishes;
    half.answer("c", "r", 1);
    half.answer("c", "ours", 1, publish!.signal.ticket!.id);
    await result;
  }
  assertEquals(half.calls.at(-1), "ended");
});

Deno.test('a signal with a ticket and an unknown outcome calls the hook "lost"', async () => {
  const half = new PublishingHalf("ours");
  half.transport.confirming = false;
  const publishing = half.publish("a");
  half.transport.published[0]!.refuse("unknown");
  await microtasks();
  assertEquals(half.calls, ["begun", "lost"]);
  half.answer("a", "ours", 1, "1");
  assertEquals((await publishing).code, 0);
});

Deno.test("a publish that is aborted and then refused leaves the other publishes in flight", async () => {
  const half = new PublishingHalf("ours");
  const other = half.publish("a");
  const abort = new AbortController();
  half.transport.confirming = false;
  const failed = assertRejects(() =>
    half.publish("b", { signal: abort.signal })
  );
  abort.abort(new Error("aborted"));
  half.transport.published[1]!.refuse("not-sent");
  await failed;
  await microtasks();
  assertEquals(
    half.inFlight.publishes.map(({ request }) => request.event),
    ["a"],
  );
  half.answer("a", "ours", 1, "1");
  assertEquals((await other).code, 0);
});

Deno.test("a publish waits while the signals in flight have more than 64 MiB of characters", async () => {
  const half = new PublishingHalf("ours");
  const long = { metadata: { text: "x".repeat(33 * 1024 * 1024) } };
  const results = [
    half.publish("a", long),
    half.publish("b", long),
    half.publish("c", long),
    half.publish("d"),
  ];
  assertEquals(half.sent, ["a 1", "b 2"]);
  half.answer("a", "ours", 1, "1");
  assertEquals((await results[0]!).code, 0);
  assertEquals(half.sent, ["a 1", "b 2", "c 3"]);
  half.answer("b", "ours", 1, "2");
  assertEquals((await results[1]!).code, 0);
  assertEquals(half.sent, ["a 1", "b 2", "c 3", "d 4"]);
  half.answer("c", "ours", 1, "3");
  half.answer("d", "ours", 1, "4");
  for (const result of results) assertEquals((await result).code, 0);
});

Deno.test("a publish is rejected as not sent when the publishes that wait for their turn have too many characters", async () => {
  const half = new PublishingHalf("r");
  const long = { metadata: { text: "x".repeat(100 * 1024 * 1024) } };
  const first = half.publish("a");
  const waiting = [half.publish("a", long), half.publish("a", long)];
  const error = await assertRejects(
    async () => {
      await half.publish("a", long);
    },
    RangeError,
    "wait for their turn already",
  );
  assertEquals(outcomeOf(error), "not-sent");
  for (const each of [first, ...waiting]) {
    half.answer("a", "r", 1);
    assertEquals((await each).code, 0);
  }
  const last = half.publish("a", long);
  half.answer("a", "r", 1);
  assertEquals((await last).code, 0);
});
