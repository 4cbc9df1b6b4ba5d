import { assertEquals } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { PublisherMonitor } from "../../../src/signals/responder/publisher_monitor.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { microtasks } from "../../support/microtasks.ts";

function fixture(...publishers: string[]) {
  const watched = new Set(publishers);
  const gone = new Set<string>();
  const heard = new Set<string>();
  const lost: string[] = [];
  const asked: string[] = [];
  let looks = 0;
  const watch = new PublisherMonitor({
    publishers: () => [...watched],
    wasHeard: (id) => heard.delete(id),
    count: (ids) => {
      looks++;
      const counts = ids.map((id) => gone.has(id) ? 0 : 1);
      return Promise.resolve({ counts, connection: 1 });
    },
    ask: (id) => {
      asked.push(id);
      return Promise.resolve();
    },
    heartbeatTimeout: 15_000,
    lost: (id) => {
      lost.push(id);
      watched.delete(id);
    },
    logger: leveledLogger(undefined, "CRITICAL"),
  });
  return { watch, watched, gone, heard, lost, looks: () => looks };
}

async function pass(time: FakeTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    time.tick(100);
    await microtasks();
  }
}

Deno.test("a publisher whose channel stays empty is lost, once", async () => {
  using time = new FakeTime();
  const { watch, gone, lost } = fixture("a", "b");
  watch.start();
  watch.start();
  await pass(time, 3_000);
  assertEquals(lost, []);
  gone.add("a");
  await pass(time, 3_000);
  assertEquals(lost, ["a"]);
  watch.stop();
  assertEquals(time.pending, 0);
});

Deno.test("with nobody to watch, the watch ends, and may begin again", async () => {
  using time = new FakeTime();
  const { watch, watched, gone, lost, looks } = fixture();
  watch.start();
  await pass(time, 1_000);
  assertEquals([looks(), time.pending], [0, 0]);
  watched.add("a");
  gone.add("a");
  watch.start();
  await pass(time, 3_000);
  assertEquals([lost, time.pending], [["a"], 0]);
});

Deno.test("a publisher that was lost and is back is watched anew", async () => {
  using time = new FakeTime();
  const { watch, watched, gone, lost } = fixture("a");
  gone.add("a");
  watch.start();
  await pass(time, 3_000);
  gone.clear();
  watched.add("a");
  watch.start();
  await pass(time, 3_000);
  assertEquals(lost, ["a"]);
  gone.add("a");
  await pass(time, 3_000);
  assertEquals(lost, ["a", "a"]);
});

Deno.test("a watch that is stopped looks no more", async () => {
  using time = new FakeTime();
  const { watch, gone, lost } = fixture("a");
  gone.add("a");
  watch.start();
  await pass(time, 600);
  watch.stop();
  assertEquals(time.pending, 0);
  await pass(time, 3_000);
  assertEquals(lost, []);
});

Deno.test("nobody asks about a publisher that has just been heard, nor is it lost", async () => {
  using time = new FakeTime();
  const { watch, gone, heard, lost, looks } = fixture("a");
  gone.add("a");
  watch.start();
  for (let round = 0; round < 10; round++) {
    heard.add("a");
    await pass(time, 500);
  }
  assertEquals(looks(), 0);
  await pass(time, 1_000);
  assertEquals(looks(), 2);
  // A sign of life after all: what was seen before counts no more.
  heard.add("a");
  await pass(time, 1_500);
  assertEquals([looks(), lost], [4, []]);
  await pass(time, 500);
  assertEquals([looks(), lost], [5, ["a"]]);
  watch.stop();
});

Deno.test("a publisher that is heard while it is looked for is not lost", async () => {
  using time = new FakeTime();
  const { watch, gone, heard, lost } = fixture("a");
  gone.add("a");
  watch.start();
  await pass(time, 1_400);
  time.tick(100); // looks for it, and gets no answer before
  heard.add("a");
  await pass(time, 500);
  assertEquals(lost, []);
  watch.stop();
});

Deno.test("who stops the watch when told of a loss is told of no other, and no timer is left", async () => {
  using time = new FakeTime();
  const { watch, gone, lost } = fixture("a", "b");
  gone.add("a").add("b");
  lost.push = (...ids) => {
    watch.stop();
    return Array.prototype.push.apply(lost, ids);
  };
  watch.start();
  await pass(time, 5_000);
  assertEquals([[...lost], time.pending], [["a"], 0]);
});

Deno.test("who is silent for long is looked for less often, until it is heard, or missing", async () => {
  using time = new FakeTime();
  const { watch, gone, heard, lost, looks } = fixture("a");
  watch.start();
  await pass(time, 10_000);
  assertEquals(looks(), 20);
  await pass(time, 50_000);
  assertEquals(looks(), 30);
  heard.add("a");
  watch.start();
  await pass(time, 3_000);
  assertEquals(looks(), 35);
  await pass(time, 60_000);
  gone.add("a");
  await pass(time, 6_000);
  assertEquals([lost, time.pending], [["a"], 0]);
});

Deno.test("a watch that is begun anew while it looks looks no more often than before", async () => {
  using time = new FakeTime();
  const { watch, looks } = fixture("a");
  watch.start();
  time.tick(500);
  watch.stop();
  watch.start();
  await pass(time, 5_000);
  assertEquals(looks(), 10);
  watch.stop();
  assertEquals(time.pending, 0);
});
