import { assertEquals } from "@std/assert";
import { LastCall } from "../../../src/cli/process/last_call.ts";
import { FakeTime } from "../../support/fake_time.ts";

/** A command that may be interrupted, and how often it was ended. */
class Stage implements Disposable {
  ends = 0;
  readonly time = new FakeTime();
  readonly first = new AbortController();
  readonly second = new AbortController();
  readonly lastCall: LastCall = new LastCall(
    { signal: this.first.signal, hurry: this.second.signal },
    () => this.ends++,
  );

  [Symbol.dispose](): void {
    this.lastCall[Symbol.dispose]();
    this.time[Symbol.dispose]();
  }
}

Deno.test("a command that is not interrupted has all the time that it wants", () => {
  using stage = new Stage();
  stage.lastCall.hold()[Symbol.dispose]();
  stage.time.tick(1_000_000);
  assertEquals(stage.ends, 0);
});

Deno.test("a command that is interrupted is ended in less than a second, once", () => {
  using stage = new Stage();
  stage.first.abort();
  stage.time.tick(500);
  assertEquals(stage.ends, 0);
  stage.time.tick(499);
  assertEquals(stage.ends, 1);
  stage.second.abort();
  stage.time.tick(1_000);
  assertEquals(stage.ends, 1);
});

Deno.test("work that is held has its own time, and the command its time after that", () => {
  using stage = new Stage();
  const before = stage.lastCall.hold();
  stage.first.abort();
  stage.time.tick(100_000);
  const other = stage.lastCall.hold();
  before[Symbol.dispose]();
  stage.time.tick(100_000);
  assertEquals(stage.ends, 0);
  other[Symbol.dispose]();
  stage.time.tick(500);
  assertEquals(stage.ends, 0);
  stage.time.tick(499);
  assertEquals(stage.ends, 1);
});

Deno.test("nothing holds a command that is interrupted twice", () => {
  using stage = new Stage();
  using _ = stage.lastCall.hold();
  stage.first.abort();
  stage.second.abort();
  stage.time.tick(999);
  assertEquals(stage.ends, 1);
});

Deno.test("a command that has ended is not ended again", () => {
  using stage = new Stage();
  stage.first.abort();
  stage.lastCall[Symbol.dispose]();
  stage.time.tick(10_000);
  assertEquals(stage.ends, 0);
});
