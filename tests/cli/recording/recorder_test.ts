import { assert, assertEquals, assertRejects } from "@std/assert";
import { byteLength } from "../../../src/internal/byte_length.ts";
import { MAX_LINE } from "../../../src/cli/recording/lines.ts";
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

  /** Bytes of the longest line. */
  longest = 0;

  add(line: string): void {
    this.longest = Math.max(this.longest, byteLength(line));
    this.entries.push(parseEntry(line)!);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

async function recording(see: (payload: string) => void = () => {}) {
  const redis = new MemoryTransport();
  const file = new FakeFile();
  const gaps: string[] = [];
  const recorder = await Recorder.open({ redis }, {
    file,
    watch: { see },
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

Deno.test("nothing gets past the bound: no other kind of message, and no gap", async () => {
  const { file, gaps, recorder, heard } = await recording();
  file.backlog = 1e9;
  await heard("a");
  await until(() => gaps.length > 0, { what: "the gap" });
  for (let n = 0; n < 1_000; n++) {
    recorder.unreadable("not UTF-8", "event-signal-response");
    recorder.link({ state: "down", cause: new Error("reset") });
    recorder.link({ state: "up", downtime: 10, silence: 70_000 });
  }
  assertEquals(file.types, ["recording"]);
  // A backlog that is just below the bound would make a gap of each message.
  file.backlog = 60 * 1024 * 1024;
  await heard("b");
  file.backlog = 0;
  await heard("c");
  await until(() => recorder.signals === 1, { what: "c" });
  assertEquals(file.types, ["recording", "gap", "signal"]);
  const [, gap] = file.entries;
  assertEquals(
    gap?.type === "gap" && [gap.dropped, gap.duration >= 70_000],
    [1_002, true],
  );
  assertEquals([recorder.gaps, recorder.dropped], [1, 1_002]);
  await recorder.close();
});

Deno.test("a message whose line could not be read again is noted, not written", async () => {
  const { file, recorder, heard } = await recording();
  const MIB = 1024 * 1024;
  for (
    const [payload, type] of [
      ["x".repeat(16 * MIB), "signal"],
      ["\u0001".repeat(10 * MIB), "signal"],
      ["\u0001".repeat(11 * MIB), "unreadable"],
      ["\u{e0001}".repeat(5.5 * MIB), "unreadable"],
    ] as const
  ) {
    const before = file.entries.length;
    await heard(payload);
    await until(() => file.entries.length > before, { what: "the line" });
    assertEquals(file.entries.at(-1)?.type, type);
  }
  assert(file.longest <= MAX_LINE, `${file.longest} bytes`);
  await recorder.close();
});

Deno.test("a shutdown is seen where it is not recorded", async () => {
  const seen: string[] = [];
  const { file, redis } = await recording((payload) => seen.push(payload));
  file.backlog = 1e9;
  await redis.publish("event-signal-pubsub", "shutdown");
  await until(() => seen.length > 0, { what: "the signal" });
  assertEquals([file.types, seen], [["recording"], ["shutdown"]]);
  await redis.close();
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
