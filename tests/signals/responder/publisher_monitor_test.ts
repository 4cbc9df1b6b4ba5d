import { assertEquals } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { PublisherMonitor } from "../../../src/signals/responder/publisher_monitor.ts";
import { intervalsOf } from "../../../src/internal/intervals.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { microtasks } from "../../support/microtasks.ts";

/** A monitor that has met the given publishers while they lived. */
async function fixture(...publishers: string[]) {
  const watched = new Set<string>();
  const gone = new Set<string>();
  const heard = new Set<string>();
  const lost: string[] = [];
  const asked: string[] = [];
  let looks = 0;
  /** Whether publishers can be counted. */
  let counts = true;
  const monitor = new PublisherMonitor({
    publishers: () => [...watched],
    wasHeard: (id) => heard.delete(id),
    holdsInbox: (id) => {
      const isNew = !watched.has(id);
      watched.add(id);
      return isNew;
    },
    count: (ids) => {
      looks++;
      if (!counts) return Promise.resolve(undefined);
      const found = ids.map((id) => gone.has(id) ? 0 : 1);
      return Promise.resolve({ counts: found, connection: 1 });
    },
    ask: (id) => {
      asked.push(id);
      return Promise.resolve();
    },
    lost: (id) => {
      lost.push(id);
      watched.delete(id);
    },
    intervals: intervalsOf({}),
    logger: leveledLogger(undefined, "CRITICAL"),
  });
  const meet = async (...ids: string[]) => {
    for (const id of ids) {
      watched.add(id);
      gone.delete(id);
      monitor.meet(id);
    }
    await microtasks();
    looks = 0;
  };
  await meet(...publishers);
  return {
    monitor,
    watched,
    gone,
    heard,
    lost,
    asked,
    looks: () => looks,
    meet,
    refuseToCount: () => counts = false,
  };
}

async function pass(time: FakeTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    time.tick(100);
    await microtasks();
  }
}

Deno.test("a publisher whose inbox stays empty and that does not answer is reported lost once", async () => {
  using time = new FakeTime();
  const { monitor, gone, lost, asked } = await fixture("a", "b");
  monitor.start();
  monitor.start();
  await pass(time, 3_000);
  assertEquals(lost, []);
  gone.add("a");
  await pass(time, 3_000);
  assertEquals([lost, asked], [["a"], ["a"]]);
  monitor.stop();
  assertEquals(time.pending, 0);
});

Deno.test("a publisher with an empty inbox that answers the ping is not lost", async () => {
  using time = new FakeTime();
  const { monitor, gone, lost, asked } = await fixture("a");
  monitor.start();
  gone.add("a");
  await pass(time, 700);
  assertEquals(asked, ["a"]);
  monitor.heard("a");
  await pass(time, 3_000);
  assertEquals(lost, []);
  monitor.stop();
});

Deno.test("a publisher is not lost when the link goes down before the time to answer is over", async () => {
  using time = new FakeTime();
  const { monitor, gone, lost } = await fixture("a");
  monitor.start();
  gone.add("a");
  await pass(time, 700);
  monitor.disturb();
  await pass(time, 500);
  assertEquals(lost, []);
  monitor.stop();
});

Deno.test("a monitor without publishers keeps no timer, and may start again", async () => {
  using time = new FakeTime();
  const { monitor, gone, lost, looks, meet } = await fixture();
  monitor.start();
  await pass(time, 1_000);
  assertEquals([looks(), time.pending], [0, 0]);
  await meet("a");
  gone.add("a");
  monitor.start();
  await pass(time, 3_000);
  assertEquals([lost, time.pending], [["a"], 0]);
});

Deno.test("a publisher that returns after its loss is watched again", async () => {
  using time = new FakeTime();
  const { monitor, gone, lost, meet } = await fixture("a");
  gone.add("a");
  monitor.start();
  await pass(time, 3_000);
  await meet("a");
  monitor.start();
  await pass(time, 3_000);
  assertEquals(lost, ["a"]);
  gone.add("a");
  await pass(time, 3_000);
  assertEquals(lost, ["a", "a"]);
});

Deno.test("a monitor that is stopped reports no loss", async () => {
  using time = new FakeTime();
  const { monitor, gone, lost } = await fixture("a");
  gone.add("a");
  monitor.start();
  await pass(time, 600);
  monitor.stop();
  assertEquals(time.pending, 0);
  await pass(time, 3_000);
  assertEquals(lost, []);
});

Deno.test("a publisher that has just been heard is neither counted nor lost", async () => {
  using time = new FakeTime();
  const { monitor, gone, heard, lost, looks } = await fixture("a");
  gone.add("a");
  monitor.start();
  for (let round = 0; round < 10; round++) {
    heard.add("a");
    await pass(time, 500);
  }
  assertEquals(looks(), 0);
  await pass(time, 500);
  assertEquals(looks(), 1);
  // A sign of life answers the pending ping.
  heard.add("a");
  await pass(time, 500);
  assertEquals(lost, []);
  monitor.stop();
});

Deno.test("a monitor that is stopped by the handler of a loss reports no other loss and keeps no timer", async () => {
  using time = new FakeTime();
  const { monitor, gone, lost } = await fixture("a", "b");
  gone.add("a").add("b");
  lost.push = (...ids) => {
    monitor.stop();
    return Array.prototype.push.apply(lost, ids);
  };
  monitor.start();
  await pass(time, 5_000);
  assertEquals([[...lost], time.pending], [["a"], 0]);
});

Deno.test("a publisher that is silent for long is counted less often until it is heard or missing", async () => {
  using time = new FakeTime();
  const { monitor, gone, heard, lost, looks } = await fixture("a");
  monitor.start();
  await pass(time, 10_000);
  assertEquals(looks(), 20);
  await pass(time, 50_000);
  assertEquals(looks(), 30);
  heard.add("a");
  monitor.start();
  await pass(time, 3_000);
  assertEquals(looks(), 35);
  await pass(time, 60_000);
  gone.add("a");
  await pass(time, 6_000);
  assertEquals([lost, time.pending], [["a"], 0]);
});

Deno.test("a monitor that is restarted during a count does not count more often", async () => {
  using time = new FakeTime();
  const { monitor, looks } = await fixture("a");
  monitor.start();
  time.tick(500);
  monitor.stop();
  monitor.start();
  await pass(time, 5_000);
  assertEquals(looks(), 10);
  monitor.stop();
  assertEquals(time.pending, 0);
});

Deno.test("a publisher that is counted when it is met is watched from then on", async () => {
  using time = new FakeTime();
  const { monitor, watched, gone, lost, asked } = await fixture();
  monitor.meet("ours");
  gone.add("python");
  monitor.meet("python");
  await microtasks();
  assertEquals([[...watched], asked], [["ours"], ["python"]]);
  await pass(time, 1_000);
  gone.add("ours");
  await pass(time, 60_000);
  assertEquals([lost, time.pending], [["ours"], 0]);
});

Deno.test("a publisher that can't be counted is watched if it answers the question when it is met", async () => {
  using time = new FakeTime();
  const { monitor, watched, lost, asked, refuseToCount } = await fixture();
  refuseToCount();
  for (const id of ["ours", "python"]) monitor.meet(id);
  await microtasks();
  assertEquals([[...watched], asked], [[], ["ours", "python"]]);
  monitor.heard("ours");
  monitor.meet("ours"); // it is known now, and not asked again
  await microtasks();
  assertEquals(asked.length, 2);
  await pass(time, 14_000);
  assertEquals(lost, []);
  await pass(time, 15_000);
  assertEquals([lost, time.pending], [["ours"], 0]);
});
