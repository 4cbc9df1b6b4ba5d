import { assertEquals, assertRejects } from "@std/assert";
import { Waiters } from "../../src/internal/waiters.ts";
import { FakeTime } from "../support/fake_time.ts";
import { microtasks } from "../support/microtasks.ts";

const late = () => new Error("too late");

Deno.test("all waiters get the thing, and no waiter that comes after it", async () => {
  using time = new FakeTime();
  const waiters = new Waiters<string>();
  waiters.resolve("before");
  const waits = [1, 2].map(() => waiters.wait(1_000, undefined, late));
  waiters.resolve("it");
  assertEquals(await Promise.all(waits), ["it", "it"]);
  const after = waiters.wait(1_000, undefined, late);
  waiters.reject(new Error("never"));
  await assertRejects(() => after, Error, "never");
  assertEquals(time.pending, 0);
});

Deno.test("however many wait by one signal, it has one listener", async () => {
  const waiters = new Waiters<string>();
  const stop = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = stop.signal;
  stop.signal.addEventListener = function (...args: never) {
    listeners++;
    return addEventListener.apply(this, args);
  };
  stop.signal.removeEventListener = function (...args: never) {
    listeners--;
    return removeEventListener.apply(this, args);
  };
  const wait = () => waiters.wait(10_000, stop.signal, () => new Error("late"));
  const first = [wait(), wait(), wait()];
  assertEquals(listeners, 1);
  waiters.resolve("here");
  assertEquals(await Promise.all(first), ["here", "here", "here"]);
  assertEquals(listeners, 0);
  const second = [wait(), wait()];
  assertEquals(listeners, 1);
  stop.abort(new Error("stopped"));
  for (const each of second) await assertRejects(() => each, Error, "stopped");
  assertEquals(listeners, 0);
});

Deno.test("a wait ends at its deadline or by its signal, and leaves nothing behind", async () => {
  using time = new FakeTime();
  const waiters = new Waiters<string>();
  const controller = new AbortController();
  const reason = new Error("given up");
  const waits = [
    waiters.wait(10, undefined, late),
    waiters.wait(Infinity, controller.signal, late),
    waiters.wait(Infinity, undefined, late),
  ];
  const outcomes = waits.map((wait) => wait.catch((error) => error.message));
  time.tick(20);
  controller.abort(reason);
  await microtasks();
  waiters.resolve("it");
  assertEquals(await Promise.all(outcomes), ["too late", "given up", "it"]);
  assertEquals(time.pending, 0);
  assertEquals(
    await waiters.wait(10, controller.signal, late).catch((error) => error),
    reason,
  );
});
