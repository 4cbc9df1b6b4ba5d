import { assertEquals, assertRejects } from "@std/assert";
import { Fence } from "../../../src/signals/exporter/fence.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { microtasks } from "../../support/microtasks.ts";

/** Crosses a fence, and notes what happens. */
function crossing(
  fence: Fence,
  awaited: Record<string, number>,
  { timeout = 1_000, signal }: { timeout?: number; signal?: AbortSignal } = {},
) {
  const state = { asked: 0, caughtUp: [] as string[], crossed: false };
  const crossed = fence.cross(new Map(Object.entries(awaited)), {
    ask: () => state.asked++,
    caughtUp: (id) => state.caughtUp.push(id),
    timeout,
    signal,
  });
  const done = crossed.then(() => {
    state.crossed = true;
  });
  return { state, done };
}

Deno.test("a fence is crossed when each peer has answered what it was asked", async () => {
  using time = new FakeTime();
  const fence = new Fence();
  const { state, done } = crossing(fence, { a: 1, b: 1 });
  assertEquals(state.asked, 1);
  fence.answered("a");
  fence.answered("stranger");
  await microtasks();
  assertEquals([state.caughtUp, state.crossed], [["a"], false]);
  fence.answered("b");
  await done;
  assertEquals([state.caughtUp, time.pending], [["a", "b"], 0]);
});

Deno.test("answers that a peer owes from before do not count", async () => {
  using time = new FakeTime();
  const fence = new Fence();
  const { state, done } = crossing(fence, { a: 3 });
  fence.answered("a");
  fence.answered("a");
  await microtasks();
  assertEquals([state.caughtUp, state.crossed], [[], false]);
  fence.answered("a");
  await done;
  assertEquals([state.caughtUp, time.pending], [["a"], 0]);
});

Deno.test("an answer that may have been lost is asked for once more", async () => {
  using time = new FakeTime();
  const fence = new Fence();
  const { state, done } = crossing(fence, { a: 2 });
  fence.answered("a");
  time.tick(500);
  assertEquals(state.asked, 2);
  fence.answered("a");
  await done;
  assertEquals(time.pending, 0);
});

Deno.test("a fence is passed when the time is up, and nobody has caught up", async () => {
  using time = new FakeTime();
  const fence = new Fence();
  const { state, done } = crossing(fence, { a: 1 }, { timeout: 100 });
  time.tick(99);
  await microtasks();
  assertEquals(state.crossed, false);
  time.tick(10);
  await done;
  assertEquals(state.caughtUp, []);
  fence.answered("a");
  assertEquals([state.caughtUp, time.pending], [[], 0]);
});

Deno.test("an abort ends the wait with its reason", async () => {
  using time = new FakeTime();
  const abort = new AbortController();
  const reason = new Error("enough");
  const { signal } = abort;
  const { done } = crossing(new Fence(), { a: 1 }, { signal });
  abort.abort(reason);
  assertEquals(await assertRejects(() => done), reason);
  assertEquals(time.pending, 0);
});

Deno.test("who is given up is not waited for, and has not caught up", async () => {
  using time = new FakeTime();
  const fence = new Fence();
  const one = crossing(fence, { a: 1, b: 1 });
  const other = crossing(fence, { a: 1 });
  fence.giveUp("a");
  await other.done;
  await microtasks();
  assertEquals(one.state.crossed, false);
  fence.answered("b");
  await one.done;
  assertEquals(
    [one.state.caughtUp, other.state.caughtUp, time.pending],
    [["b"], [], 0],
  );
});

Deno.test("a fence that is opened holds nobody up", async () => {
  using time = new FakeTime();
  const fence = new Fence();
  const { state, done } = crossing(fence, { a: 1 });
  fence.open();
  await done;
  assertEquals([state.caughtUp, time.pending], [[], 0]);
});
