import { assertEquals } from "@std/assert";
import { microtasks } from "../../support/microtasks.ts";
import { stillPending } from "../../support/still_pending.ts";
import { INC, join, PublishingHalf, responseOf } from "./parts.ts";

Deno.test("every response dispatches an event, and the uncounted ones are counted by reason", async () => {
  const half = new PublishingHalf("r", "s");
  half.answer("a", "early", 1);
  const running = half.publish("a");
  half.answer("a", "r");
  half.answer("a", "r", 1);
  half.answer("a", "r", 1);
  half.answer("a", "r", 0);
  half.answer("a", "stranger", 0);
  half.answer("b", "r", 1);
  half.answer("a", "s", 1);
  assertEquals((await running).code, 0);
  half.answer("a", "s", 1);
  half.answer("a", "s");
  assertEquals(half.told, [
    ["stray", "early", "duplicate"], // no signal was published that this response can be for
    ["progress", "r", undefined],
    ["ack", "r", undefined],
    ["stray", "r", "duplicate"],
    ["stray", "r", "conflict"],
    ["stray", "stranger", "unknown"],
    ["stray", "r", "duplicate"],
    ["ack", "s", undefined],
    ["stray", "s", "duplicate"],
  ]);
  assertEquals(half.responses.strays, {
    duplicate: 4,
    conflict: 1,
    unknown: 1,
    late: 0,
    stale: 0,
  });
});

Deno.test("a response of a peer of 1.0.1 after the timeout is late, and its next one counts", async () => {
  const half = new PublishingHalf("r");
  half.log.take("r", "initialization", undefined);
  await half.publish("a", { timeout: 0 });
  half.answer("a", "r", 1);
  assertEquals(half.told, [["stray", "r", "late"]]);
  const next = half.publish("a");
  assertEquals(half.sent, ["a", "a"]); // no response is outstanding, so there is no fence
  half.answer("a", "r", 1);
  assertEquals((await next).code, 0);
});

Deno.test("a response that may be for an earlier signal makes its sender uncertain", async () => {
  const half = new PublishingHalf("r");
  await half.publish("a", { timeout: 0 });
  const second = half.publish("a", { timeout: 50 });
  half.answer("a", "r", 1); // answers the first signal or the second
  const { missing, messages } = await second;
  assertEquals(missing, new Map([["r", "uncertain"]]));
  assertEquals(messages, {});
  assertEquals(half.told, [["stray", "r", "stale"]]);
  const third = half.publish("a");
  half.log.take("r", "initialization", undefined);
  half.log.take("r", "initialization", undefined);
  half.answer("a", "r", 1);
  assertEquals((await third).code, 0);
});

Deno.test("a late response to a signal that was redelivered behind another one does not count for the next signal", async () => {
  const half = new PublishingHalf("r");
  half.log.take("r", "initialization", undefined);
  const first = half.publish("a", { timeout: 20 });
  const other = half.publish("b");
  // The server had become a replica, so the first signal arrives after "b".
  half.inFlight.publishes[0]!.again();
  half.answer("b", "r", 1);
  assertEquals((await other).code, 0);
  await first;
  const next = half.publish("a", { timeout: 20 });
  assertEquals(half.sent, ["a", "b", "initialization", "a"]);
  half.answer("a", "r", 1); // answers the first signal
  assertEquals((await next).missing, new Map([["r", "uncertain"]]));
});

Deno.test("a peer of 1.0.1 with threads may answer the events in another order than they were published", async () => {
  const half = new PublishingHalf("r");
  half.log.take("r", "initialization", undefined);
  const [first, second] = [half.publish("a"), half.publish("b")];
  half.answer("b", "r", 1);
  half.answer("a", "r", 1);
  assertEquals((await second).code, 0);
  assertEquals((await first).code, 0);
});

Deno.test("a late response to a signal whose outcome is unknown does not count for the next", async () => {
  const half = new PublishingHalf("r");
  half.log.take("r", "initialization", undefined);
  half.transport.confirming = false;
  const first = half.publish("a", { timeout: 20 });
  const other = half.publish("b");
  half.transport.published[1]!.confirm(1);
  // The link that it went out on may deliver it after "b".
  half.transport.published[0]!.refuse("unknown");
  half.answer("b", "r", 1);
  assertEquals((await other).code, 0);
  await first;
  half.transport.confirming = true;
  const next = half.publish("a", { timeout: 20 });
  assertEquals(half.sent, ["a", "b", "initialization", "a"]);
  half.answer("a", "r", 1); // of the first
  assertEquals((await next).missing, new Map([["r", "uncertain"]]));
});

Deno.test("a response that names no ticket of a publish in flight is stale", async () => {
  const half = new PublishingHalf("ours");
  const first = half.publish("a", { timeout: 0 });
  assertEquals((await first).missing, new Map([["ours", "timeout"]]));
  half.answer("a", "ours", 1, "1");
  const second = half.publish("a");
  half.answer("a", "ours", 1, "1");
  half.answer("a", "ours", 1, undefined);
  half.answer("a", "ours", 1, null);
  half.answer("a", "ours", undefined, "1");
  assertEquals(await stillPending(second, 0), true);
  half.answer("a", "ours", 0, "2");
  assertEquals((await second).code, 1);
  assertEquals(half.responses.strays.stale, 4);
});

Deno.test("a response whose ticket belongs to another event counts for neither event", async () => {
  const half = new PublishingHalf("ours");
  const results = [half.publish("a"), half.publish("b")];
  half.answer("b", "ours", 1, "1");
  half.answer("a", "ours", 1, "2");
  assertEquals(half.told, [
    ["stray", "ours", "stale"],
    ["stray", "ours", "stale"],
  ]);
  half.answer("a", "ours", 1, "1");
  half.answer("b", "ours", 1, "2");
  for (const result of results) assertEquals((await result).ok, true);
});

Deno.test("a response without a ticket is stale when its responder id has named signals before", async () => {
  const half = new PublishingHalf("ours");
  half.correlation.noteNaming("ours");
  const publishing = half.publish("a");
  half.responses.take({ ...responseOf("a", "ours", 1), extension: undefined });
  assertEquals(half.told, [["stray", "ours", "stale"]]);
  half.answer("a", "ours", 1, "1");
  assertEquals((await publishing).code, 0);

  // Neither does one that is expected, of which no process has joined.
  const other = new PublishingHalf("expected");
  other.correlation.noteNaming("expected");
  const missed = other.publish("a", { timeout: 20 });
  other.answer("a", "expected", 1);
  assertEquals(other.told, [["stray", "expected", "stale"]]);
  assertEquals([...(await missed).missing.keys()], ["expected"]);
});

Deno.test("a response of this module that names no signal makes its sender uncertain, and a sign of progress does not", async () => {
  const half = new PublishingHalf("ours");
  const answered = half.publish("a", { timeout: 20 });
  half.answer("a", "ours", 1, undefined);
  assertEquals((await answered).missing.get("ours"), "uncertain");
  const atWork = half.publish("a", { timeout: 20 });
  half.answer("a", "ours", undefined, undefined);
  assertEquals((await atWork).missing.get("ours"), "timeout");
});

Deno.test("a response to a signal without a ticket counts only if the event was published once", async () => {
  for (const published of [1, 2]) {
    const half = new PublishingHalf("expected");
    if (published === 2) await half.publish("a", { timeout: 0 });
    const publishing = half.publish("a", { timeout: 50 });
    const response = {
      ...responseOf("a", "expected", 1),
      extension: { inc: INC, id: null },
    };
    half.responses.take(response);
    const { ok, missing } = await publishing;
    assertEquals(ok, published === 1);
    if (published === 2) assertEquals([...missing.values()], ["uncertain"]);
  }
});

Deno.test("another process of the same id counts only if it joined after the signal was sent", async () => {
  const half = new PublishingHalf("ours");
  const subscriber = half.roster.get("ours")!;
  const answerAs = (inc: string, id: string) =>
    half.responses.take({
      ...responseOf("a", "ours", 1),
      extension: { inc, id },
    });
  subscriber.join({ inc: "i2", alive: true });
  half.roster.changed();
  const first = half.publish("a", { timeout: 50 });
  answerAs(INC, "1"); // INC joined before the current process
  assertEquals(half.told.at(-1), ["stray", "ours", "stale"]);
  subscriber.join({ inc: "i3", alive: true });
  half.roster.changed();
  answerAs("i3", "1");
  assertEquals((await first).ok, true);

  // A current process that stays silent is replaced by a process that has answered.
  const second = half.publish("a", { timeout: 50 });
  answerAs("i2", "2");
  assertEquals([...(await second).missing.values()], ["timeout"]);
  assertEquals(subscriber.current?.inc, "i2");
  const third = half.publish("a");
  answerAs("i2", "3");
  assertEquals((await third).ok, true);
});

Deno.test("a response that its sender does not owe is unknown while its publish waits, and stale afterwards", async () => {
  const half = new PublishingHalf("ours", "ours too");
  const publishing = half.publish("a");
  half.inFlight.giveUp("ours too", "removed");
  const both = ["ours too", "ours but late"];
  for (const id of both) half.answer("a", id, 1, "1");
  half.answer("a", "ours", 1, "1");
  await publishing;
  for (const id of both) half.answer("a", id, 1, "1");
  assertEquals(
    half.told.map(([type, , reason]) => reason ?? type),
    ["unknown", "unknown", "ack", "stale", "stale"],
  );
});

Deno.test("another answer of one responder is a conflict while its publish waits for others, and stale afterwards", async () => {
  const half = new PublishingHalf("ours", "ours too");
  const publishing = half.publish("a");
  half.answer("a", "ours", 1, "1");
  half.answer("a", "ours", 0, "1");
  half.answer("a", "ours too", 1, "1");
  await publishing;
  half.answer("a", "ours too", 0, "1");
  assertEquals(
    half.told.map(([type, , reason]) => reason ?? type),
    ["ack", "conflict", "ack", "stale"],
  );
});

Deno.test("a second response with the ticket of a settled publish is stale", async () => {
  const half = new PublishingHalf("ours");
  const [a, b] = [half.publish("a"), half.publish("b")];
  await microtasks();
  half.answer("a", "ours", 1, "1");
  half.answer("a", "ours", 1, "1");
  half.answer("b", "ours", 1, "2");
  half.answer("b", "ours", 1, "2");
  await Promise.all([a, b]);
  assertEquals(half.told.map(([type, , reason]) => reason ?? type), [
    "ack",
    "stale",
    "ack",
    "stale",
  ]);
});

Deno.test("a subscriber that joins after a signal owes no response to that signal", async () => {
  const half = new PublishingHalf("ours");
  const first = half.publish("a");
  join(half.roster, "ours-2");
  half.answer("a", "ours-2", 1, "1");
  assertEquals(half.told, [["stray", "ours-2", "unknown"]]);
  half.answer("a", "ours", 1, "1");
  assertEquals([...(await first).acks.keys()], ["ours"]);
});
