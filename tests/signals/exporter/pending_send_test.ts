import { assertEquals, assertRejects } from "@std/assert";
import { PendingSend } from "../../../src/signals/exporter/pending_send.ts";
import type { DeliveryError } from "../../../src/transport/transport.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { stillPending } from "../../support/still_pending.ts";

Deno.test("what is confirmed is a success, with what the server counted", async () => {
  using time = new FakeTime();
  const pending = new PendingSend({ timeout: 100 });
  time.tick(30);
  pending.sent(3);
  assertEquals(await pending.result, {
    code: 0,
    ok: true,
    acks: new Map(),
    missing: new Map(),
    messages: {},
    receivers: 3,
    elapsed: 30,
  });
  assertEquals(time.pending, 0);
});

Deno.test("what is not confirmed fails as the transport does", async () => {
  using time = new FakeTime();
  const pending = new PendingSend({ timeout: 100 });
  const error = new Error("not-sent");
  pending.failed(error);
  assertEquals(await assertRejects(() => pending.result), error);
  assertEquals(time.pending, 0);
});

Deno.test("what the transport is silent about is no success, at the deadline nor before", async () => {
  for (const early of [false, true]) {
    using time = new FakeTime();
    const pending = new PendingSend({ timeout: 100 });
    if (early) pending.end();
    time.tick(early ? 60 : 200);
    const error = await assertRejects(() => pending.result, Error, "confirm");
    assertEquals((error as DeliveryError).outcome, "unknown");
    assertEquals(time.pending, 0);
  }
});

Deno.test("what has not been sent when it is over must not be, whenever it is asked for", async () => {
  using time = new FakeTime();
  for (const early of [true, false]) {
    const pending = new PendingSend({ timeout: 100 });
    const over = early ? pending.over : undefined;
    assertEquals(over?.aborted, early ? false : undefined);
    pending.failed(new Error("broken"));
    await assertRejects(() => pending.result);
    assertEquals([over?.aborted ?? true, pending.over.aborted], [true, true]);
  }
  assertEquals(time.pending, 0);
});

Deno.test("the transport may still speak shortly after the deadline", async () => {
  using time = new FakeTime();
  const pending = new PendingSend({ timeout: 0 });
  time.tick(20);
  pending.sent(0);
  assertEquals((await pending.result).receivers, 0);
  assertEquals(time.pending, 0);
});

Deno.test("the end of the time is not put off by another", async () => {
  using time = new FakeTime();
  const pending = new PendingSend({ timeout: 100 });
  pending.end();
  time.tick(40);
  pending.end();
  time.tick(10);
  await assertRejects(() => pending.result, Error, "confirm");
  assertEquals(time.pending, 0);
});

Deno.test("an abort ends the wait with its reason, and nothing later does", async () => {
  using time = new FakeTime();
  const reason = new Error("enough");
  const abort = new AbortController();
  const pending = new PendingSend({
    timeout: Infinity,
    signal: abort.signal,
  });
  abort.abort(reason);
  assertEquals(await assertRejects(() => pending.result), reason);
  const done = new PendingSend({
    timeout: 100,
    signal: new AbortController().signal,
  });
  done.sent(1);
  done.failed(reason);
  assertEquals((await done.result).ok, true);
  assertEquals(time.pending, 0);
});

Deno.test("a wait for ever waits", async () => {
  const pending = new PendingSend({ timeout: Infinity });
  assertEquals(await stillPending(pending.result), true);
  pending.sent(0);
  await pending.result;
});
