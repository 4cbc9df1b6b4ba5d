import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "../support/fake_time.ts";
import { after, delay, every } from "../../src/internal/timer.ts";

const LONGEST = 2 ** 31 - 1;

Deno.test("after calls back when its time has come, and once", () => {
  using time = new FakeTime();
  const calls: string[] = [];
  after(30, () => calls.push("later"));
  after(0, () => calls.push("at once"));
  time.tick(0);
  assertEquals(calls, ["at once"]);
  time.tick(29);
  assertEquals(calls, ["at once"]);
  time.tick(1);
  time.tick(1_000);
  assertEquals(calls, ["at once", "later"]);
});

Deno.test("after takes a span that the platform's timers can't", () => {
  for (const span of [LONGEST, LONGEST + 1, 3 * LONGEST, 1e12]) {
    using time = new FakeTime();
    let calls = 0;
    after(span, () => calls++);
    time.tick(span - 1);
    assertEquals([span, calls], [span, 0]);
    time.tick(1);
    assertEquals([span, calls], [span, 1]);
  }
});

Deno.test("after sets no timer for Infinity", () => {
  using time = new FakeTime();
  const timer = after(Infinity, () => {});
  assertEquals(time.pending, 0);
  timer.cancel();
});

Deno.test("after does not call back once it is cancelled, however far it got", () => {
  using time = new FakeTime();
  let calls = 0;
  const timer = after(3 * LONGEST, () => calls++);
  time.tick(2 * LONGEST);
  timer.cancel();
  assertEquals(time.pending, 0);
  time.tick(10 * LONGEST);
  assertEquals(calls, 0);
  timer.cancel();
});

Deno.test("every calls back again and again until it is cancelled", () => {
  using time = new FakeTime();
  let calls = 0;
  const timer = every(10, () => {
    if (++calls === 3) timer.cancel();
  });
  time.tick(9);
  assertEquals(calls, 0);
  time.tick(11);
  assertEquals(calls, 2);
  time.tick(100);
  assertEquals(calls, 3);
  assertEquals(time.pending, 0);
});

Deno.test("every takes a span that the platform's timers can't, and for ever", () => {
  using time = new FakeTime();
  let calls = 0;
  const timer = every(LONGEST + 10, () => calls++);
  every(Infinity, () => calls++);
  time.tick(LONGEST + 9);
  assertEquals(calls, 0);
  time.tick(1);
  assertEquals(calls, 1);
  timer.cancel();
  assertEquals(time.pending, 0);
});

Deno.test("after calls back after what a blocked event loop had received", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  using peer = await listener.accept();
  const order: string[] = [];
  const reading = conn.read(new Uint8Array(1)).then(() => order.push("read"));
  const fired = Promise.withResolvers<void>();
  after(5, () => {
    order.push("timer");
    fired.resolve();
  });
  await peer.write(new Uint8Array(1));
  const blockedUntil = performance.now() + 30;
  while (performance.now() < blockedUntil);
  await Promise.all([reading, fired.promise]);
  assertEquals(order, ["read", "timer"]);
});

Deno.test("after does not call back once it is cancelled", () => {
  using time = new FakeTime();
  let calls = 0;
  const timer = after(5, () => calls++);
  time.tick(4);
  timer.cancel();
  time.tick(100);
  assertEquals([calls, time.pending], [0, 0]);
});

Deno.test("delay waits, and ends with its signal's reason", async () => {
  const reason = new Error("enough");
  const since = performance.now();
  await delay(20);
  assert(performance.now() - since >= 19);
  await assertRejects(
    () => delay(1, AbortSignal.abort(reason)),
    Error,
    "enough",
  );
  const abort = new AbortController();
  const waiting = delay(Infinity, abort.signal);
  abort.abort(reason);
  assertEquals(await assertRejects(() => waiting), reason);
  await delay(1, new AbortController().signal);
});
