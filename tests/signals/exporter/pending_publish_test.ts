import { assertEquals, assertRejects } from "@std/assert";
import type { PendingPublish } from "../../../src/signals/exporter/pending_publish.ts";
import type { DeliveryError } from "../../../src/transport/transport.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { pendingOf } from "./parts.ts";

function answerOf(responderId: string, ras = 1) {
  return { responderId, publisherId: "fio-1", event: "start", ras };
}

function deliveryError(outcome: DeliveryError["outcome"]): DeliveryError {
  return Object.assign(new Error(`It was ${outcome}`), { outcome });
}

/** Whether the result settles within five microtasks. */
async function isSettled(pending: PendingPublish): Promise<boolean> {
  const settled = pending.result.then(() => true, () => true);
  const later = (async () => {
    for (let turn = 0; turn < 5; turn++) await undefined;
    return false;
  })();
  return await Promise.race([settled, later]);
}

Deno.test("a confirmed publish settles with the last response", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b"], { timeout: 100 });
  pending.sent(2);
  assertEquals(pending.take(answerOf("a"), 5), "counted");
  assertEquals(await isSettled(pending), false);
  assertEquals(pending.take(answerOf("b"), 5), "counted");
  const { code, receivers, missing } = await pending.result;
  assertEquals([code, receivers, missing.size], [0, 2, 0]);
  assertEquals(time.pending, 0);
});

Deno.test("a publish with all its responses settles once it is confirmed", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a"], { timeout: 100 });
  pending.take(answerOf("a"), 5);
  assertEquals(await isSettled(pending), false);
  pending.sent(3);
  assertEquals((await pending.result).receivers, 3);
  assertEquals(time.pending, 0);
});

Deno.test("a publish without all responses settles at its deadline and not before", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b"], { timeout: 100 });
  pending.sent(2);
  pending.take(answerOf("a"), 5);
  time.tick(99);
  assertEquals(await isSettled(pending), false);
  time.tick(1);
  const { code, missing } = await pending.result;
  assertEquals([code, missing], [2, new Map([["b", "timeout"]])]);
});

Deno.test('a response that may have been lost with the link is missing as "disconnected"', async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a"], { timeout: 100 });
  pending.sent(1);
  pending.disturb();
  time.tick(100);
  const { code, missing } = await pending.result;
  assertEquals([code, missing], [2, new Map([["a", "disconnected"]])]);
});

Deno.test("a publish that was not sent is rejected at once", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a"], { timeout: 100 });
  const error = deliveryError("not-sent");
  pending.failed(error);
  assertEquals(await assertRejects(() => pending.result), error);
  assertEquals(time.pending, 0);
});

Deno.test("a response settles a publish with an unknown outcome", async () => {
  for (const answerFirst of [true, false]) {
    using time = new FakeTime();
    const pending = pendingOf(["a"], { timeout: 100 });
    if (answerFirst) pending.take(answerOf("a"), 5);
    pending.failed(deliveryError("unknown"));
    if (!answerFirst) pending.take(answerOf("a"), 5);
    const { code, receivers } = await pending.result;
    assertEquals([code, receivers, time.pending], [0, undefined, 0]);
  }
});

Deno.test('a publish with an unknown outcome and no response ends as "disconnected"', async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a"], { timeout: 100 });
  pending.failed(deliveryError("unknown"));
  time.tick(100);
  assertEquals(
    (await pending.result).missing,
    new Map([["a", "disconnected"]]),
  );
});

Deno.test("without subscribers, a publish with an unknown outcome is rejected", async () => {
  using time = new FakeTime();
  const pending = pendingOf([], { timeout: 100 });
  const error = deliveryError("unknown");
  pending.failed(error);
  assertEquals(await assertRejects(() => pending.result), error);
  assertEquals(time.pending, 0);
});

Deno.test("without subscribers, a publish without an outcome is rejected as unknown shortly after its end", async () => {
  for (const end of ["deadline", "shutdown", "closed"] as const) {
    using time = new FakeTime();
    const pending = pendingOf([], { timeout: 100 });
    if (end === "deadline") time.tick(100);
    else pending.end(end);
    assertEquals(await isSettled(pending), false);
    time.tick(100);
    const error = await assertRejects(() => pending.result, Error, "confirm");
    assertEquals((error as DeliveryError).outcome, "unknown");
    assertEquals(time.pending, 0);
  }
});

Deno.test("without subscribers, a confirmation shortly after the deadline settles the publish", async () => {
  using time = new FakeTime();
  const pending = pendingOf([], { timeout: 0 });
  time.tick(10);
  pending.sent(0);
  assertEquals((await pending.result).code, 0);
  assertEquals(time.pending, 0);
});

Deno.test("a publish that is reported as not sent shortly after the deadline is rejected", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a"], { timeout: 100 });
  time.tick(120);
  assertEquals(await isSettled(pending), false);
  pending.failed(deliveryError("not-sent"));
  await assertRejects(() => pending.result, Error, "It was not-sent");
  assertEquals(time.pending, 0);
});

Deno.test("a publish that is never confirmed settles shortly after the deadline", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b"], { timeout: 100 });
  pending.take(answerOf("a"), 5);
  time.tick(120);
  assertEquals(await isSettled(pending), false);
  time.tick(50);
  const { code, acks, missing } = await pending.result;
  assertEquals([code, [...acks.keys()]], [2, ["a"]]);
  assertEquals(missing, new Map([["b", "timeout"]]));
});

Deno.test("an outcome that arrives after the deadline settles the publish at once", async () => {
  using time = new FakeTime();
  const confirmed = pendingOf(["a", "b"], { timeout: 100 });
  const unknown = pendingOf(["a"], { timeout: 100 });
  time.tick(110);
  confirmed.take(answerOf("a"), 105);
  confirmed.sent(2);
  const { code, missing, receivers } = await confirmed.result;
  assertEquals([code, receivers, missing], [
    2,
    2,
    new Map([["b", "timeout"]]),
  ]);
  unknown.failed(deliveryError("unknown"));
  assertEquals([...(await unknown.result).missing.values()], ["disconnected"]);
  assertEquals(time.pending, 0);
});

Deno.test('a link that goes down between the deadline and the outcome makes the responses "disconnected"', async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a"], { timeout: 100 });
  time.tick(110);
  pending.disturb();
  time.tick(50);
  assertEquals([...(await pending.result).missing.values()], ["disconnected"]);
});

Deno.test("neither progress nor another end delays the end of a publish whose time is up", async () => {
  using time = new FakeTime();
  const progress = { responderId: "a", publisherId: "fio-1", event: "start" };
  const pending = pendingOf(["a"], { timeout: 300, idleTimeout: 30 });
  const nobody = pendingOf([], { timeout: 300 });
  time.tick(35);
  pending.take(progress, 35);
  time.tick(20);
  pending.take(progress, 55);
  assertEquals(await isSettled(pending), false);
  time.tick(30);
  assertEquals([...(await pending.result).missing.values()], ["timeout"]);
  nobody.end("shutdown");
  time.tick(40);
  nobody.end("closed");
  time.tick(10);
  await assertRejects(() => nobody.result, Error, "Cannot tell");
  assertEquals(time.pending, 0);
});

Deno.test("missing responses get the reason that ended the publish", async () => {
  for (const reason of ["shutdown", "closed", "disconnected"] as const) {
    using time = new FakeTime();
    const pending = pendingOf(["a", "b"], {
      timeout: Infinity,
    });
    pending.take(answerOf("a", 0), 5);
    pending.end(reason);
    const { code, acks, missing, receivers } = await pending.result;
    assertEquals([code, receivers], [2, undefined]);
    assertEquals(acks, new Map([["a", { name: "a", ras: 0, latency: 5 }]]));
    assertEquals(missing, new Map([["b", reason]]));
    assertEquals(time.pending, 0);
  }
});

Deno.test("a settled publish ignores every later call and abort", async () => {
  using time = new FakeTime();
  const abort = new AbortController();
  const { signal } = abort;
  const pending = pendingOf([], { timeout: 100, signal });
  pending.sent(0);
  pending.end("closed");
  pending.disturb();
  pending.fail(new Error("late"));
  pending.failed(deliveryError("not-sent"));
  abort.abort();
  assertEquals((await pending.result).code, 0);
  assertEquals(time.pending, 0);
});

Deno.test("the abort signal of a failed publish is aborted, whether it is read before or after the failure", async () => {
  using time = new FakeTime();
  for (const early of [true, false]) {
    const pending = pendingOf(["a"], { timeout: 100 });
    const over = early ? pending.over : undefined;
    assertEquals(over?.aborted, early ? false : undefined);
    pending.fail(deliveryError("not-sent"));
    await assertRejects(() => pending.result);
    assertEquals([over?.aborted ?? true, pending.over.aborted], [true, true]);
  }
  assertEquals(time.pending, 0);
});

Deno.test("a publish that is aborted is rejected with the reason", async () => {
  using time = new FakeTime();
  const reason = new Error("enough");
  const abort = new AbortController();
  const { signal } = abort;
  const pending = pendingOf(["a"], { timeout: 100, signal });
  pending.sent(1);
  abort.abort(reason);
  assertEquals(await assertRejects(() => pending.result), reason);
  assertEquals(time.pending, 0);
});

Deno.test("`enough` gets the number of subscribers that owe a response", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b", "c", "d"], {
    timeout: 100,
    enough: (count) => count / 2,
  });
  pending.sent(4);
  pending.take(answerOf("a"), 5);
  assertEquals(await isSettled(pending), false);
  pending.take(answerOf("b"), 5);
  assertEquals((await pending.result).ok, true);
  assertEquals(time.pending, 0);
});

Deno.test("enough successes settle a publish once it is confirmed", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b", "c"], { timeout: 100, enough: () => 2 });
  pending.take(answerOf("a", 0), 5);
  pending.take(answerOf("b"), 5);
  pending.take(answerOf("c"), 5);
  assertEquals(await isSettled(pending), false);
  pending.sent(3);
  assertEquals((await pending.result).code, 0);
  const other = pendingOf(["a", "b"], { timeout: 100, enough: () => 1 });
  other.sent(2);
  other.take(answerOf("b"), 5);
  const { code, missing } = await other.result;
  assertEquals([code, missing], [0, new Map([["a", "unneeded"]])]);
  assertEquals(time.pending, 0);
});

Deno.test("with `failFast`, the first failure settles the publish", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b", "c"], { timeout: 100, failFast: true });
  pending.sent(3);
  pending.take(answerOf("a"), 5);
  assertEquals(await isSettled(pending), false);
  pending.take(answerOf("b", 0), 5);
  const { code, missing } = await pending.result;
  assertEquals([code, missing], [1, new Map([["c", "unneeded"]])]);
  assertEquals(time.pending, 0);
});

Deno.test("a publish without a response or progress for `idleTimeout` settles", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b"], { timeout: 1_000, idleTimeout: 100 });
  pending.sent(2);
  for (let round = 0; round < 3; round++) {
    time.tick(80);
    const { ras: _, ...progress } = answerOf("a");
    assertEquals(pending.take(progress, 5), "progress");
  }
  time.tick(80);
  pending.take(answerOf("a"), 5);
  time.tick(80);
  assertEquals(pending.take(answerOf("stranger"), 5), "unknown");
  assertEquals(await isSettled(pending), false);
  time.tick(30);
  assertEquals((await pending.result).missing, new Map([["b", "timeout"]]));
  assertEquals(time.pending, 0);
});

Deno.test("progress does not delay the deadline", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a"], { timeout: 100, idleTimeout: 60 });
  pending.sent(1);
  const { ras: _, ...progress } = answerOf("a");
  time.tick(50);
  pending.take(progress, 5);
  time.tick(52);
  assertEquals((await pending.result).code, 2);
  assertEquals(time.pending, 0);
});

Deno.test("a publish with one subscriber given up settles with the response of the other", async () => {
  using time = new FakeTime();
  const pending = pendingOf(["a", "b"], { timeout: 100 });
  pending.sent(2);
  pending.giveUp("a", "lost");
  pending.giveUp("stranger", "left");
  assertEquals([...pending.owed], ["b"]);
  assertEquals(await isSettled(pending), false);
  pending.take(answerOf("b"), 5);
  const { code, missing } = await pending.result;
  assertEquals([code, missing], [2, new Map([["a", "lost"]])]);
  assertEquals(time.pending, 0);
});

Deno.test("a response after the end is late and starts no timer", async () => {
  using time = new FakeTime();
  const terms = { enough: () => 1, idleTimeout: 5_000 };
  const pending = pendingOf(["a", "b"], { timeout: 100, ...terms });
  pending.sent(2);
  pending.take(answerOf("a"), 5);
  assertEquals(pending.take(answerOf("b", 0), 5), "late");
  const { acks, missing } = await pending.result;
  assertEquals([[...acks.keys()], [...missing.keys()]], [["a"], ["b"]]);
  assertEquals(time.pending, 0);
});

Deno.test("a publish that ends removes its listener from the abort signal", async () => {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  signal.addEventListener = (_type: string, listener: unknown) => {
    listeners.add(listener);
  };
  signal.removeEventListener = (_type: string, listener: unknown) => {
    listeners.delete(listener);
  };
  const wait = { timeout: Infinity, signal };
  const [ended, failed] = [1, 2].map(() => pendingOf(["a"], wait));
  assertEquals(listeners.size, 2);
  ended!.sent(1);
  ended!.end("closed");
  await ended!.result;
  assertEquals(listeners.size, 1);
  failed!.fail(new Error("down"));
  await assertRejects(() => failed!.result);
  assertEquals(listeners.size, 0);
});
