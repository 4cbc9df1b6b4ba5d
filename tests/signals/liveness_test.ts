import { assertEquals } from "@std/assert";
import { Liveness, type LivenessOptions } from "../../src/signals/liveness.ts";
import { FakeTime } from "../support/fake_time.ts";
import { microtasks } from "../support/microtasks.ts";

interface Fixture {
  readonly liveness: Liveness;
  /** How many hold each peer's channel; one where not set. */
  readonly counts: Record<string, number>;
  readonly pinged: string[];
  readonly logged: string[];
}

function fixture(options: Partial<LivenessOptions> = {}): Fixture {
  const counts: Record<string, number> = {};
  const pinged: string[] = [];
  const logged: string[] = [];
  const log = (message: string) => logged.push(message);
  const liveness = new Liveness({
    count: (ids) => Promise.resolve(ids.map((id) => counts[id] ?? 1)),
    ping: (id) => pinged.push(id),
    logger: { debug: log, info: log, warn: log, error: log },
    ...options,
  });
  return { liveness, counts, pinged, logged };
}

/** Looks every 100 ms for so long; the time that each one was lost at. */
async function watch(
  { liveness }: Fixture,
  time: FakeTime,
  ms: number,
  ids: readonly string[] = ["a"],
): Promise<Record<string, number>> {
  const lostAt: Record<string, number> = {};
  for (let passed = 0; passed <= ms; passed += 100) {
    for (const id of await liveness.check(ids)) lostAt[id] ??= passed;
    time.tick(100);
  }
  return lostAt;
}

Deno.test("who holds its channel is not lost, however silent", async () => {
  using time = new FakeTime();
  assertEquals(await watch(fixture(), time, 60_000), {});
});

Deno.test("whose channel stays empty is lost in less than a second", async () => {
  using time = new FakeTime();
  const fix = fixture();
  fix.counts.a = 0;
  const lostAt = await watch(fix, time, 2_000, ["a", "b"]);
  assertEquals(Object.keys(lostAt), ["a"]);
  assertEquals(lostAt.a! > 200 && lostAt.a! < 900, true);
});

Deno.test("a link that comes back soon is no loss", async () => {
  using time = new FakeTime();
  const fix = fixture();
  fix.counts.a = 0;
  assertEquals(await watch(fix, time, 300), {});
  assertEquals(fix.liveness.suspects("a"), true);
  fix.counts.a = 1;
  assertEquals(await watch(fix, time, 300), {});
  assertEquals(fix.liveness.suspects("a"), false);
  fix.counts.a = 0;
  assertEquals(await watch(fix, time, 300), {});
});

Deno.test("who is heard is there, whatever the count says", async () => {
  using time = new FakeTime();
  const fix = fixture();
  fix.counts.a = 0;
  for (let round = 0; round < 10; round++) {
    assertEquals(await watch(fix, time, 300), {});
    fix.liveness.heard("a");
  }
});

Deno.test("who was absent when last seen is suspected, and lost at the next look", async () => {
  using time = new FakeTime();
  const fix = fixture();
  fix.counts.a = 0;
  await watch(fix, time, 1_000);
  fix.liveness.rest();
  time.tick(60_000);
  assertEquals(fix.liveness.suspects("a"), true);
  assertEquals(await fix.liveness.check(["a"]), ["a"]);
  fix.liveness.forget("a");
  assertEquals(fix.liveness.suspects("a"), false);
  assertEquals(await fix.liveness.check(["a"]), []);
});

Deno.test("who is silent is asked, and lost if it stays so", async () => {
  using time = new FakeTime();
  const fix = fixture({ heartbeatTimeout: 3_000 });
  const lostAt = await watch(fix, time, 5_000);
  assertEquals(lostAt, { a: 3_000 });
  assertEquals(fix.pinged.length > 1, true);
});

Deno.test("who answers when asked is not lost", async () => {
  using time = new FakeTime();
  const asked: string[] = [];
  const fix: Fixture = fixture({
    heartbeatTimeout: 3_000,
    ping: (id) => {
      asked.push(id);
      fix.liveness.heard(id);
    },
  });
  assertEquals(await watch(fix, time, 20_000), {});
  assertEquals(asked.length > 5 && asked.length < 30, true);
});

Deno.test("silence counts from when a peer is looked after", async () => {
  using time = new FakeTime();
  const fix = fixture({ heartbeatTimeout: 3_000 });
  fix.liveness.heard("a");
  time.tick(60_000);
  assertEquals(await watch(fix, time, 2_000), {});
  fix.liveness.rest();
  time.tick(60_000);
  assertEquals(await watch(fix, time, 2_000), {});
  // Others are looked after meanwhile, "a" is not.
  assertEquals(await watch(fix, time, 2_000, ["b"]), {});
  assertEquals(await watch(fix, time, 2_000, ["a", "b"]), { b: 900 });
});

Deno.test("without a limit, nobody is asked", async () => {
  using time = new FakeTime();
  const fix = fixture();
  await watch(fix, time, 60_000);
  assertEquals(fix.pinged, []);
});

Deno.test("a server that refuses to count is asked once, and the log tells", async () => {
  using time = new FakeTime();
  let asked = 0;
  const fix = fixture({
    heartbeatTimeout: 1_000,
    count: () => {
      asked++;
      const refusal = new Error("NOPERM this user has no permissions");
      return Promise.reject(Object.assign(refusal, { code: "NOPERM" }));
    },
  });
  assertEquals(await watch(fix, time, 2_000), { a: 1_000 });
  assertEquals([asked, fix.logged.length], [1, 1]);
  assertEquals(fix.logged[0]!.includes("NOPERM"), true);
});

Deno.test("a transport that can't count is asked once, and there is no more to say", async () => {
  using time = new FakeTime();
  let asked = 0;
  const fix = fixture({
    count: () => {
      asked++;
      return undefined;
    },
  });
  assertEquals(await watch(fix, time, 2_000), {});
  assertEquals([asked, fix.logged], [1, []]);
});

Deno.test("while the server does not answer, nobody is absent", async () => {
  using time = new FakeTime();
  let up = true;
  const fix = fixture({
    count: (ids) =>
      up
        ? Promise.resolve(ids.map(() => 0))
        : Promise.reject(new Error("the link is down")),
  });
  await watch(fix, time, 300);
  up = false;
  assertEquals(await watch(fix, time, 2_000), {});
  up = true;
  assertEquals(await watch(fix, time, 300), {});
  assertEquals(Object.keys(await watch(fix, time, 2_000)), ["a"]);
});

Deno.test("one look at a time", async () => {
  using time = new FakeTime();
  const counting = Promise.withResolvers<number[]>();
  let asked = 0;
  const { liveness } = fixture({
    count: () => {
      asked++;
      return counting.promise;
    },
  });
  const first = liveness.check(["a"]);
  assertEquals(await liveness.check(["a"]), []);
  assertEquals(await liveness.check([]), []);
  counting.resolve([0]);
  assertEquals(await first, []);
  await microtasks();
  assertEquals([asked, time.pending], [1, 0]);
});
