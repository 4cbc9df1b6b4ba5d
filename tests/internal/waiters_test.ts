import { assertEquals, assertRejects } from "@std/assert";
import { Waiters } from "../../src/internal/waiters.ts";
import { FakeTime } from "../support/fake_time.ts";
import { microtasks } from "../support/microtasks.ts";

const late = () => new Error("too late");

Deno.test("all who wait get what comes, and nobody who comes after", async () => {
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
