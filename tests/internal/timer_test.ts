import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "../support/fake_time.ts";
import {
  after,
  afterAbout,
  afterDueTimers,
  delay,
  every,
} from "../../src/internal/timer.ts";
import { uncaught } from "../support/uncaught.ts";

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

Deno.test("every begins anew at restart(), cancelled or not", () => {
  using time = new FakeTime();
  let calls = 0;
  const timer = every(10, () => calls++);
  const never = every(Infinity, () => calls++);
  never.restart();
  time.tick(9);
  timer.restart();
  assertEquals(time.pending, 1);
  time.tick(9);
  assertEquals(calls, 0);
  time.tick(1);
  assertEquals(calls, 1);
  timer.cancel();
  assertEquals(time.pending, 0);
  time.tick(100);
  timer.restart();
  time.tick(20);
  assertEquals(calls, 3);
  timer.cancel();
  time.tick(100);
  assertEquals([calls, time.pending], [3, 0]);
});

Deno.test("a timer that another one restarts when both are due rings a span later, and can be cancelled", () => {
  using time = new FakeTime();
  let calls = 0;
  after(10, () => timer.restart());
  const timer = every(10, () => calls++);
  time.tick(10);
  assertEquals(calls, 0);
  time.tick(10);
  assertEquals(calls, 1);
  timer.cancel();
  time.tick(100);
  assertEquals([calls, time.pending], [1, 0]);
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

Deno.test("many timers take one of the platform, and none when all are cancelled", () => {
  using time = new FakeTime();
  const timers = [300, 100, 200].map((ms) => after(ms, () => {}));
  assertEquals(time.pending, 1);
  timers.forEach((timer) => timer.cancel());
  assertEquals(time.pending, 0);
});

Deno.test("a timer that is set while none waits any more is called all the same", () => {
  using time = new FakeTime();
  const called: string[] = [];
  after(100, () => called.push("never")).cancel();
  after(200, () => called.push("late"));
  after(50, () => called.push("early"));
  time.tick(50);
  assertEquals(called, ["early"]);
  // The platform's timer of the first one fires unheard meanwhile.
  time.tick(149);
  assertEquals(called, ["early"]);
  time.tick(1);
  assertEquals(called, ["early", "late"]);
});

Deno.test("a timer that another one cancels when both are due is not called", () => {
  using time = new FakeTime();
  const called: string[] = [];
  after(10, () => {
    called.push("first");
    second.cancel();
  });
  const second = after(10, () => called.push("second"));
  time.tick(10);
  assertEquals([called, time.pending], [["first"], 0]);
});

Deno.test("a timer that was set while others rang is kept", () => {
  using time = new FakeTime();
  const called: string[] = [];
  after(10, () => {
    called.push("first");
    after(10, () => called.push("second"));
  });
  time.tick(20);
  assertEquals(called, ["first", "second"]);
});

Deno.test("timers that are due together ring in the order in which they were set", () => {
  using time = new FakeTime();
  const rung: number[] = [];
  for (let n = 0; n < 8; n++) after(20, () => rung.push(n));
  time.tick(20);
  assertEquals(rung, [0, 1, 2, 3, 4, 5, 6, 7]);
});

/** Sends back a byte, 30 ms after it came, whatever the program itself does. */
const ECHO = `
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(listener.addr.port);
  const conn = await listener.accept();
  const buffer = new Uint8Array(1);
  while (await conn.read(buffer) !== null) {
    const until = performance.now() + 30;
    while (performance.now() < until);
    await conn.write(buffer);
  }`;

Deno.test("a timer that falls due while others wait for the reads waits for the next reads", async () => {
  const echo = new Deno.Command(Deno.execPath(), {
    args: ["eval", ECHO],
    stdout: "piped",
  }).spawn();
  const output = echo.stdout.getReader();
  const { value } = await output.read();
  const port = Number(new TextDecoder().decode(value));
  {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const block = () => {
      const until = performance.now() + 150;
      while (performance.now() < until);
    };
    for (let round = 0; round < 20; round++) {
      const first = Promise.withResolvers<string>();
      const reading = conn.read(new Uint8Array(1));
      reading.then(() => first.resolve("read"));
      // The program's own timers, and one of ours, fire in one turn.
      const ours = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((ms) =>
        after(ms, () => {})
      );
      const blocks = [setTimeout(block, 10), setTimeout(block, 11)];
      await conn.write(new Uint8Array(1));
      ours.push(after(80, () => first.resolve("timer")));
      const order = await first.promise;
      await reading;
      blocks.forEach((id) => clearTimeout(id));
      ours.forEach((timer) => timer.cancel());
      assertEquals(order, "read", `round ${round}`);
    }
  }
  echo.kill();
  await Promise.all([echo.status, output.cancel()]);
});

Deno.test("an error of one timer is reported, and the others are called", () => {
  using time = new FakeTime();
  using reported = uncaught();
  const error = new Error("mine");
  let called = false;
  after(10, () => {
    throw error;
  });
  after(10, () => called = true);
  time.tick(10);
  assertEquals([reported.errors, called], [[error], true]);
});

Deno.test("timers of about the same time ring together, and at most a sixteenth too early", () => {
  using time = new FakeTime();
  const rung: number[] = [];
  const since = performance.now();
  for (let n = 0; n < 10; n++) {
    afterAbout(1_600, () => rung.push(performance.now() - since));
    time.tick(10);
  }
  time.tick(1_600);
  assertEquals(rung.length, 10);
  assert(new Set(rung).size <= 2, `at ${new Set(rung).size} times`);
  rung.forEach((at, n) => assert(at >= n * 10 + 1_500 && at <= n * 10 + 1_600));
  assertEquals(time.pending, 0);
});

Deno.test("a timer that fires after others also fires after what those have set off", async () => {
  const order: string[] = [];
  const done = Promise.withResolvers<void>();
  afterDueTimers(5, () => {
    order.push("last");
    done.resolve();
  });
  after(5, () => Promise.resolve().then(() => order.push("set off")));
  await done.promise;
  assertEquals(order, ["set off", "last"]);
  const timer = afterDueTimers(0, () => order.push("never"));
  timer.cancel();
});

Deno.test("a timer keeps the program alive, and one that was cancelled does not", async () => {
  const url = new URL("../../src/internal/timer.ts", import.meta.url);
  const run = async (code: string) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", `import { after } from "${url}"; ${code}`],
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stdout);
  };
  const [alive, cancelled] = await Promise.all([
    run(`after(50, () => console.log("rung"))`),
    run(`after(60_000, () => console.log("rung")).cancel()`),
  ]);
  assertEquals([alive, cancelled], ["rung\n", ""]);
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
