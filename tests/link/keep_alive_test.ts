import { assert, assertEquals } from "@std/assert";
import { KeepAlive, type Probed } from "../../src/link/keep_alive.ts";
import { resolveOptions } from "../../src/redis/settings.ts";
import { FakeTime } from "../support/fake_time.ts";
import { Random } from "../support/random.ts";

/** Answers at once; notes when it was asked, and checked for what was heard since when. */
class Subject implements Probed {
  readonly asked: number[] = [];
  readonly checked: number[] = [];
  provenAt = performance.now();

  probe(): void {
    this.asked.push(performance.now());
    this.provenAt = performance.now();
  }

  check(since: number): void {
    this.checked.push(since);
  }
}

function join(
  pingInterval: number,
  pingTimeout: number,
  subject = new Subject(),
): { subject: Subject; keepAlive: KeepAlive } {
  const settings = resolveOptions({ pingInterval, pingTimeout });
  return { subject, keepAlive: KeepAlive.join(settings, subject) };
}

Deno.test("connections are asked together if their questions are due within a quarter of the interval", () => {
  using time = new FakeTime();
  const { subject: first, keepAlive } = join(1_600, 300);
  time.tick(300);
  const { subject: second, keepAlive: same } = join(1_600, 300);
  assert(same === keepAlive);
  time.tick(400);
  const { subject: third } = join(1_600, 300);
  time.tick(900);
  assertEquals([first.asked.length, first.checked], [1, []]);
  assertEquals([second.asked, third.asked], [first.asked, []]);
  time.tick(300);
  assertEquals([first.checked, second.checked], [first.asked, first.asked]);
  time.tick(400);
  assertEquals([third.asked.length, third.checked], [1, []]);
  time.tick(900);
  const counts = [first, second, third].map(({ asked }) => asked.length);
  assertEquals(counts, [2, 2, 1]);
  for (const each of [first, second, third]) keepAlive.leave(each);
  assertEquals(time.pending, 0);
});

Deno.test("a connection that proves its life again and again is asked nothing, and no later than an interval after its last proof", () => {
  using time = new FakeTime();
  const { subject, keepAlive } = join(1_600, 400);
  for (let n = 0; n < 100; n++) {
    time.tick(150);
    subject.provenAt = performance.now();
  }
  assertEquals([subject.asked, subject.checked], [[], []]);
  time.tick(1_600);
  assertEquals([subject.asked.length, subject.checked], [1, []]);
  time.tick(400);
  assertEquals(subject.checked, subject.asked);
  keepAlive.leave(subject);
  assertEquals(time.pending, 0);
});

Deno.test("among connections that prove their life at random, each dead one is found within interval and timeout of its last proof", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = new Random(seed);
  for (let round = 0; round < 50; round++) {
    using time = new FakeTime();
    const interval = random.int(20, 2_000);
    const timeout = random.int(1, 2_000);
    const lives = Array.from({ length: 12 }, () => {
      time.tick(random.int(0, interval));
      return { ...join(interval, timeout), pace: random.int(1, 2 * interval) };
    });
    const found = new Map<Subject, number>();
    for (const { subject } of lives) {
      subject.check = (since) => {
        if (subject.provenAt >= since || found.has(subject)) return;
        found.set(subject, performance.now());
      };
    }
    for (let n = 0; n < 60; n++) {
      time.tick(random.int(1, interval / 4));
      for (const { subject, pace } of lives) {
        if (!random.chance(interval / 4 / pace)) continue;
        subject.provenAt = performance.now();
      }
    }
    for (const { subject } of lives) {
      subject.probe = () => {};
      found.delete(subject);
    }
    time.tick(interval + timeout + 2);
    for (const { subject, keepAlive } of lives) keepAlive.leave(subject);
    assertEquals(time.pending, 0);
    const most = interval + timeout + 2; // timers round up
    for (const { subject } of lives) {
      const took = (found.get(subject) ?? Infinity) - subject.provenAt;
      assert(took <= most, `after ${took} ms, most ${most}, seed ${seed}`);
    }
  }
});

Deno.test("a new connection is asked after one interval at most", () => {
  using time = new FakeTime();
  const joined = Array.from({ length: 20 }, () => {
    const since = performance.now();
    const each = join(160, 1_000);
    time.tick(17);
    return { ...each, since };
  });
  time.tick(160);
  for (const { subject, keepAlive, since } of joined) {
    const waited = subject.asked[0]! - since;
    assert(waited <= 161, `waited ${waited} ms`);
    keepAlive.leave(subject);
  }
  assertEquals(time.pending, 0);
});

Deno.test("a connection that has left is neither asked nor checked", () => {
  using time = new FakeTime();
  const { subject: stays, keepAlive } = join(160, 40);
  const { subject: leaves } = join(160, 40);
  time.tick(160);
  keepAlive.leave(leaves);
  time.tick(400);
  assertEquals([leaves.asked.length, leaves.checked.length], [1, 0]);
  assert(stays.asked.length > 2 && stays.checked.length > 1);
  keepAlive.leave(stays);
  assertEquals(time.pending, 0);
});

for (
  const [interval, timeout] of [[16, 1_000], [160, 160], [100, 97]] as const
) {
  Deno.test(`each question has a deadline: every ${interval} ms, within ${timeout} ms`, () => {
    using time = new FakeTime();
    const { subject, keepAlive } = join(interval, timeout);
    for (let n = 0; n < 3 * interval + timeout; n++) time.tick(1);
    assert(subject.asked.length >= 3, `${subject.asked.length} questions`);
    assert(subject.checked.length >= 2, `${subject.checked.length} deadlines`);
    assertEquals(
      subject.checked,
      subject.asked.slice(0, subject.checked.length),
    );
    keepAlive.leave(subject);
    assertEquals(time.pending, 0);
  });
}

Deno.test("without a timeout no connection is checked", () => {
  using time = new FakeTime();
  const { subject, keepAlive } = join(16, Infinity);
  time.tick(1_000);
  assert(subject.asked.length > 50, `${subject.asked.length} questions`);
  assertEquals(subject.checked, []);
  keepAlive.leave(subject);
  assertEquals(time.pending, 0);
});

Deno.test("a connection that leaves when it is asked, or twice, leaves nothing behind", () => {
  using time = new FakeTime();
  const { subject, keepAlive } = join(16, 50);
  subject.probe = () => keepAlive.leave(subject);
  time.tick(20);
  assertEquals(time.pending, 0);
  const { subject: next, keepAlive: its } = join(16, 50);
  keepAlive.leave(subject);
  const { subject: other, keepAlive: same } = join(16, 50);
  assert(same === its);
  its.leave(next);
  its.leave(other);
  assertEquals(time.pending, 0);
});

Deno.test("connections with other settings are asked separately, and so is one that joins after all have left", () => {
  using time = new FakeTime();
  const all = [join(160, 40), join(160, 41), join(161, 40)];
  assertEquals(new Set(all.map(({ keepAlive }) => keepAlive)).size, 3);
  for (const { subject, keepAlive } of all) keepAlive.leave(subject);
  assertEquals(time.pending, 0);
  const { subject, keepAlive } = join(160, 40);
  time.tick(160);
  assertEquals(subject.asked.length, 1);
  keepAlive.leave(subject);
  assertEquals(time.pending, 0);
});

Deno.test("with an infinite interval no connection is asked", () => {
  using time = new FakeTime();
  const { subject, keepAlive } = join(Infinity, 40);
  time.tick(2 ** 31);
  assertEquals(subject.asked, []);
  keepAlive.leave(subject);
  assertEquals(time.pending, 0);
});
