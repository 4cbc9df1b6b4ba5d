import { assertEquals, assertRejects } from "@std/assert";
import { RosterWait } from "../../../src/signals/exporter/roster_wait.ts";
import { FakeTime } from "../../support/fake_time.ts";

Deno.test("a wait is over at its deadline, even before it is said for how many", async () => {
  using time = new FakeTime();
  const waits = [
    new RosterWait(0, { timeout: 100 }),
    new RosterWait(0, { timeout: 100 }),
  ];
  waits[0]!.until(2);
  waits[0]!.update(1);
  time.tick(100);
  for (const wait of waits) {
    wait.update(2);
    wait.until(0);
    assertEquals(await wait.result, false);
  }
  assertEquals(time.pending, 0);
});

Deno.test("a wait is for nobody where there are enough already", async () => {
  for (const [size, count] of [[0, 0], [3, 3], [3, 1]] as const) {
    const wait = new RosterWait(size, { timeout: Infinity });
    wait.until(count);
    assertEquals(await wait.result, true);
  }
});

Deno.test("a wait ends when its signal aborts, and lets go of both", async () => {
  using time = new FakeTime();
  const reason = new Error("enough");
  const abort = new AbortController();
  const { signal } = abort;
  const wait = new RosterWait(0, { timeout: 100, signal });
  const released = new RosterWait(0, { timeout: 100, signal });
  released.release();
  const failure = assertRejects(() => wait.result);
  abort.abort(reason);
  wait.release();
  assertEquals(time.pending, 0);
  assertEquals(await failure, reason);
  // Had it kept hold of the signal, it would have failed by now.
  released.until(0);
  assertEquals(await released.result, true);
});
