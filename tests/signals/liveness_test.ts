import { assert, assertEquals } from "@std/assert";
import {
  type Count,
  Liveness,
  type LivenessOptions,
} from "../../src/signals/liveness.ts";
import { intervalsOf } from "../../src/internal/intervals.ts";
import { FakeTime } from "../support/fake_time.ts";
import { microtasks } from "../support/microtasks.ts";

class Fixture {
  readonly liveness: Liveness<string>;
  /** The number of subscribers of each peer's inbox; one where not set. */
  readonly counts: Record<string, number> = {};
  /** The number of the connection that counts. */
  connection: number | undefined = 1;
  /** Whether the server confirms questions. */
  confirms = true;
  /** Whether peers answer at once. */
  answers = false;
  /** The peers that were met, and whether each was counted. */
  readonly met: [string, boolean][] = [];
  readonly asked: string[] = [];
  /** The peers reported lost, one entry for each check that reports them. */
  readonly losses: string[] = [];
  readonly logged: string[] = [];

  constructor(options: Partial<LivenessOptions<string>> = {}) {
    const log = (message: string) => this.logged.push(message);
    this.liveness = new Liveness({
      count: (ids) =>
        Promise.resolve({
          counts: ids.map((id) => this.counts[id] ?? 1),
          connection: this.connection,
        }),
      ask: (id) => {
        this.asked.push(id);
        if (this.answers) queueMicrotask(() => this.liveness.heard(id));
        return this.confirms
          ? Promise.resolve()
          : Promise.reject(new Error("the link is down"));
      },
      lost: (id) => this.losses.push(id),
      met: (...met) => this.met.push(met),
      intervals: intervalsOf({}),
      logger: { debug: log, info: log, warn: log, error: log },
      ...options,
    });
  }

  get lost(): string[] {
    return [...new Set(this.losses)];
  }

  /** Checks the peers every 100 ms, for `ms` milliseconds. */
  async watch(
    time: FakeTime,
    ms: number,
    ids: readonly string[] = ["a"],
  ): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      await this.liveness.check(ids);
      await microtasks();
      time.tick(100);
      await microtasks();
    }
  }
}

Deno.test("a peer whose inbox has a subscriber is not lost, however long the peer is silent", async () => {
  using time = new FakeTime();
  const fix = new Fixture();
  await fix.watch(time, 60_000);
  assertEquals([fix.lost, fix.asked], [[], []]);
});

Deno.test("a peer is not lost when this process was stopped during a count, and the answer is not read yet", async () => {
  using time = new FakeTime();
  let counted = Promise.resolve();
  const fix = new Fixture({
    count: async () => {
      await counted;
      return undefined;
    },
  });
  await fix.watch(time, 5_100);
  assert(fix.asked.length > 0);
  const count = Promise.withResolvers<void>();
  counted = count.promise;
  const checked = fix.liveness.check(["a"]);
  time.tick(60_000);
  count.resolve();
  await checked;
  assertEquals(fix.lost, []);
  fix.liveness.heard("a");
  await fix.watch(time, 4_000);
  assertEquals(fix.lost, []);
});

Deno.test("a peer is not lost at a server that was replaced, but at the next one if it is not there either", async () => {
  using time = new FakeTime();
  let isMaster = false;
  const fix = new Fixture({ verify: () => Promise.resolve(isMaster) });
  await fix.watch(time, 200);
  fix.counts.a = 0;
  await fix.watch(time, 5_000);
  assertEquals(fix.lost, []);
  isMaster = true;
  await fix.watch(time, 1_000);
  assertEquals(fix.lost, ["a"]);
});

Deno.test("the caller learns of each peer that was met whether it was counted", async () => {
  using _time = new FakeTime();
  const fix = new Fixture();
  fix.counts.b = 0;
  for (const id of ["a", "b"]) fix.liveness.meet(id);
  await microtasks();
  const blind = new Fixture({ count: () => Promise.resolve(undefined) });
  blind.liveness.meet("c");
  await microtasks();
  assertEquals([...fix.met, ...blind.met], [
    ["a", true],
    ["b", false],
    ["c", false],
  ]);
});

Deno.test("a peer whose inbox becomes empty and that leaves the question unanswered is lost within a second", async () => {
  using time = new FakeTime();
  const fix = new Fixture();
  await fix.watch(time, 200, ["a", "b"]);
  fix.counts.a = 0;
  await fix.watch(time, 500, ["a", "b"]);
  assertEquals([fix.lost, fix.asked], [[], ["a"]]);
  await fix.watch(time, 200, ["a", "b"]);
  assertEquals(fix.lost, ["a"]);
  // The peer is still neither heard nor counted, so the next check reports it lost again.
  const before = fix.losses.length;
  await fix.liveness.check(["a"]);
  assertEquals([fix.losses.length, fix.asked.length], [before + 1, 1]);
});

Deno.test("peers met in the same turn are counted at once with one request", async () => {
  using time = new FakeTime();
  const counted: string[][] = [];
  const fix: Fixture = new Fixture({
    count: (ids) => {
      counted.push([...ids]);
      const counts = ids.map((id) => fix.counts[id] ?? 1);
      return Promise.resolve({ counts, connection: 1 });
    },
  });
  for (const id of ["a", "b"]) fix.liveness.meet(id);
  fix.liveness.forget("b");
  await microtasks();
  assertEquals(counted, [["a"]]);
  fix.counts.a = 0; // the peer is gone before a publish waits for it
  await fix.watch(time, 700);
  assertEquals(fix.lost, ["a"]);
});

Deno.test("a peer that this connection has never counted is neither asked nor lost", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: Infinity }),
  });
  fix.counts.a = 0; // the peer is connected to another node of a cluster
  await fix.watch(time, 60_000);
  assertEquals([fix.lost, fix.asked], [[], []]);
  fix.counts.a = 1;
  await fix.watch(time, 200);
  fix.connection = 2; // another server behind the same address
  fix.counts.a = 0;
  await fix.watch(time, 60_000);
  fix.connection = undefined;
  await fix.watch(time, 60_000);
  assertEquals([fix.lost, fix.asked], [[], []]);
});

Deno.test("a suspected peer that answers is not lost, and its empty inbox is no longer evidence", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: Infinity }),
  });
  await fix.watch(time, 200);
  fix.counts.a = 0;
  await fix.watch(time, 300);
  assertEquals(fix.liveness.misses("a"), true);
  fix.liveness.heard("a");
  assertEquals([fix.liveness.misses("a"), fix.liveness.missesAny], [
    false,
    false,
  ]);
  await fix.watch(time, 60_000);
  assertEquals([fix.lost, fix.asked], [[], ["a"]]);
});

Deno.test("a peer whose link comes back within 300 ms is not lost", async () => {
  using time = new FakeTime();
  const fix = new Fixture();
  await fix.watch(time, 200);
  for (let round = 0; round < 5; round++) {
    fix.counts.a = 0;
    await fix.watch(time, 300);
    fix.counts.a = 1;
    await fix.watch(time, 300);
  }
  assertEquals(fix.lost, []);
});

Deno.test("a peer is not lost while no question to the peer is confirmed by the server", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: 3_000 }),
  });
  await fix.watch(time, 200);
  fix.counts.a = 0;
  fix.confirms = false;
  await fix.watch(time, 60_000);
  assertEquals(fix.lost, []);
  fix.connection = 2;
  await fix.watch(time, 60_000);
  assertEquals(fix.lost, []);
  assert(fix.asked.length > 2);
});

Deno.test("a peer is not lost when the link goes down before the time to answer is over", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: 3_000 }),
  });
  await fix.watch(time, 200);
  fix.counts.a = 0;
  for (let round = 0; round < 10; round++) {
    await fix.watch(time, 500);
    fix.liveness.disturb();
  }
  fix.connection = 2;
  for (let round = 0; round < 10; round++) {
    await fix.watch(time, 2_500);
    fix.liveness.disturb();
  }
  assertEquals(fix.lost, []);
});

Deno.test("a peer that was missing at the last check is lost again at the next check", async () => {
  using time = new FakeTime();
  const fix = new Fixture();
  await fix.watch(time, 200);
  fix.counts.a = 0;
  await fix.watch(time, 700);
  assertEquals(fix.lost, ["a"]);
  fix.losses.length = 0;
  fix.liveness.rest();
  time.tick(60_000);
  assertEquals(fix.liveness.misses("a"), true);
  await fix.liveness.check(["a"]);
  assertEquals(fix.losses, ["a"]);
  fix.liveness.disturb(); // the peer's answer may have been lost with the link
  await fix.liveness.check(["a"]);
  assertEquals(fix.losses, ["a"]);
  await microtasks();
  time.tick(600);
  await microtasks();
  assertEquals(fix.losses, ["a", "a"]);
  fix.liveness.forget("a");
  assertEquals(fix.liveness.missesAny, false);
});

Deno.test("a silent peer that can't be counted is asked, and is lost when the silence lasts", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: 3_000 }),
    count: () => Promise.resolve(undefined),
  });
  await fix.watch(time, 2_900);
  assertEquals([fix.lost, fix.asked.length > 0], [[], true]);
  await fix.watch(time, 300);
  assertEquals(fix.lost, ["a"]);
});

Deno.test("with quiet, a silent peer that can't be counted is asked every 100 s, and lost after 300 s", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ quiet: true }),
    count: () => Promise.resolve(undefined),
  });
  await fix.watch(time, 99_900);
  assertEquals(fix.asked.length, 0);
  await fix.watch(time, 200_000);
  assertEquals([fix.lost, fix.asked.length], [[], 2]);
  await fix.watch(time, 300);
  assertEquals(fix.lost, ["a"]);
});

Deno.test("a question that does not reach the server is asked again at the next look", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ quiet: true }),
    count: () => Promise.resolve(undefined),
  });
  fix.confirms = false;
  await fix.watch(time, 100_500);
  fix.confirms = true;
  assertEquals(fix.asked.length, 5);
  await fix.watch(time, 50_000);
  assertEquals(fix.asked.length, 6);
});

Deno.test("a peer that can't be counted but answers each question is not lost", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: 3_000 }),
    count: () => Promise.resolve(undefined),
  });
  fix.answers = true;
  await fix.watch(time, 20_000);
  assertEquals(fix.lost, []);
  assert(fix.asked.length > 5 && fix.asked.length < 30);
});

Deno.test("the silence of a peer does not include the time before a check", async () => {
  using time = new FakeTime();
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: 3_000 }),
    count: () => Promise.resolve(undefined),
  });
  await fix.watch(time, 2_000);
  for (let round = 0; round < 3; round++) {
    fix.liveness.rest();
    time.tick(60_000);
    await fix.watch(time, 2_000);
  }
  assertEquals(fix.lost, []);
});

Deno.test("a server that refuses to count is asked once, and the log names its error", async () => {
  using time = new FakeTime();
  let asked = 0;
  const fix = new Fixture({
    intervals: intervalsOf({ heartbeatTimeout: 1_000 }),
    count: () => {
      asked++;
      const refusal = new Error("NOPERM this user has no permissions");
      return Promise.reject(Object.assign(refusal, { code: "NOPERM" }));
    },
  });
  await fix.watch(time, 2_000);
  assertEquals(fix.lost[0], "a");
  assertEquals([asked, fix.logged.length], [1, 1]);
  assertEquals(fix.logged[0]!.includes("NOPERM"), true);
});

Deno.test("no peer is lost while the server does not answer", async () => {
  using time = new FakeTime();
  let up = true;
  const fix: Fixture = new Fixture({
    count: (ids): Promise<Count> =>
      up
        ? Promise.resolve({
          counts: ids.map((id) => fix.counts[id] ?? 1),
          connection: 1,
        })
        : Promise.reject(new Error("the link is down")),
  });
  await fix.watch(time, 300);
  up = false;
  fix.counts.a = 0;
  await fix.watch(time, 5_000);
  assertEquals(fix.lost, []);
  up = true;
  await fix.watch(time, 800);
  assertEquals(fix.lost, ["a"]);
});

Deno.test("a check that begins while another one runs does not count again", async () => {
  using time = new FakeTime();
  const counting = Promise.withResolvers<Count>();
  let asked = 0;
  const { liveness } = new Fixture({
    count: () => {
      asked++;
      return counting.promise;
    },
  });
  const first = liveness.check(["a"]);
  await liveness.check(["a"]);
  await liveness.check([]);
  counting.resolve({ counts: [0], connection: 1 });
  await first;
  assertEquals([asked, time.pending], [1, 0]);
});
