import { assertEquals, assertRejects } from "@std/assert";
import { Recorder } from "../../../src/cli/recording/recorder.ts";
import {
  type Entry,
  parseEntry,
} from "../../../src/cli/recording/recording.ts";
import { MemoryTransport } from "../../../src/transport/memory.ts";
import { until } from "../../support/wait.ts";

/** A file that can be said to be slow, or broken. */
class FakeFile implements AsyncDisposable {
  backlog = 0;
  readonly entries: Entry[] = [];
  readonly broken = new AbortController();

  get failed(): AbortSignal {
    return this.broken.signal;
  }

  get types(): string[] {
    return this.entries.map(({ type }) => type);
  }

  add(line: string): void {
    this.entries.push(parseEntry(line)!);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

async function recording() {
  const redis = new MemoryTransport();
  const file = new FakeFile();
  const gaps: string[] = [];
  const recorder = await Recorder.open({ redis }, {
    file,
    watch: { see: () => {} },
    onGap: (reason) => gaps.push(reason),
  });
  const heard = (payload: string) =>
    redis.publish("event-signal-pubsub", payload);
  return { redis, file, gaps, recorder, heard };
}

Deno.test("a file that can't keep up is spared, and the gap is marked", async () => {
  const { file, gaps, recorder, heard } = await recording();
  await heard("a");
  await until(() => recorder.signals === 1, { what: "a" });
  file.backlog = 1e9;
  await heard("b");
  await heard("c");
  await until(() => gaps.length > 0, { what: "the gap" });
  file.backlog = 0;
  await heard("d");
  await until(() => recorder.signals === 2, { what: "d" });
  assertEquals(file.types, ["recording", "signal", "gap", "signal"]);
  assertEquals([recorder.gaps, gaps.length], [1, 1]);
  await recorder.close();
});

Deno.test("a gap lasts from the last sign of life to the return", async () => {
  const { file, recorder } = await recording();
  recorder.link({ state: "down", cause: new Error("reset") });
  recorder.link({ state: "down", cause: new Error("still") });
  recorder.link({ state: "up", downtime: 10, silence: 60_000 });
  const gap = file.entries.at(-1);
  assertEquals(
    gap?.type === "gap" && [gap.duration, gap.reason],
    [60_000, "reset"],
  );
  await recorder.close();
});

Deno.test("a gap that is open in the end is marked, too", async () => {
  const { file, recorder } = await recording();
  recorder.link({ state: "down", cause: new Error("reset") });
  assertEquals(await recorder.run({ over: AbortSignal.abort() }), "over");
  assertEquals(file.types, ["recording", "gap", "end"]);
  await recorder.close();
});

Deno.test("what can't be read is noted", async () => {
  const { file, recorder } = await recording();
  recorder.unreadable("not UTF-8", "event-signal-response");
  const entry = file.entries.at(-1);
  assertEquals(
    entry?.type === "unreadable" && [entry.channel, entry.reason],
    ["response", "not UTF-8"],
  );
  await recorder.close();
});

Deno.test("recording fails with the link, or the file", async () => {
  const lost = await recording();
  const running = lost.recorder.run({});
  await lost.redis.close();
  await assertRejects(() => running, Error, "closed");
  assertEquals(lost.file.types.at(-1), "end");

  const full = await recording();
  full.file.broken.abort(new Error("disk full"));
  await assertRejects(() => full.recorder.run({}), Error, "disk full");
  await full.recorder.close();
});
