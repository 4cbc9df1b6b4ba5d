/**
 * Deadlines that share one timer.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { deadline } from "../../src/internal/deadline.ts";
import { FakeTime } from "../support/fake_time.ts";

Deno.test("a deadline calls back when it has come, and not before", () => {
  using time = new FakeTime();
  const called: string[] = [];
  deadline(100, () => called.push("late"));
  deadline(50, () => called.push("early"));
  time.tick(49);
  assertEquals(called, []);
  time.tick(1);
  assertEquals(called, ["early"]);
  time.tick(50);
  assertEquals(called, ["early", "late"]);
  assertEquals(time.pending, 0);
});

Deno.test("many deadlines take one timer, and none when all are cancelled", () => {
  using time = new FakeTime();
  const timers = [300, 100, 200].map((ms) => deadline(ms, () => {}));
  assertEquals(time.pending, 1);
  timers.forEach((timer) => timer.cancel());
  assertEquals(time.pending, 0);
});

Deno.test("a deadline that another one cancels when both are due is not called", () => {
  using time = new FakeTime();
  const called: string[] = [];
  deadline(10, () => {
    called.push("first");
    second.cancel();
  });
  const second = deadline(10, () => called.push("second"));
  time.tick(10);
  assertEquals(called, ["first"]);
  assertEquals(time.pending, 0);
});

Deno.test("a deadline that was set while others rang is kept", () => {
  using time = new FakeTime();
  const called: string[] = [];
  deadline(10, () => {
    called.push("first");
    deadline(10, () => called.push("second"));
  });
  time.tick(20);
  assertEquals(called, ["first", "second"]);
});

Deno.test("spans that no timer takes are waited for all the same", () => {
  using time = new FakeTime();
  const called: string[] = [];
  const never = deadline(Infinity, () => called.push("never"));
  deadline(2 ** 31 + 5, () => called.push("in 24 days"));
  time.tick(2 ** 31);
  assertEquals(called, []);
  time.tick(5);
  assertEquals(called, ["in 24 days"]);
  never.cancel();
});
