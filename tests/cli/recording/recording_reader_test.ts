import { assertEquals } from "@std/assert";
import {
  encodeEntry,
  type Entry,
} from "../../../src/cli/recording/recording.ts";
import { RecordingReader } from "../../../src/cli/recording/recording_reader.ts";

const NOON = Date.parse("2025-06-01T12:00:00Z");

/** A line that was received so many milliseconds after noon. */
function lineAt(
  ms: number,
  t: number,
  body: object = { type: "signal", payload: "{}" },
): string {
  const at = new Date(NOON + ms).toISOString();
  return encodeEntry({ at, t, ...body } as Entry);
}

const header = { type: "recording", version: 1, server: "redis://host:6379" };

Deno.test("a line is read as it was written", () => {
  const line = lineAt(5, 5, { type: "signal", payload: '\u202e"\u001b[31m\n' });
  const entry = new RecordingReader().take(line);
  assertEquals(
    entry?.type === "signal" && entry.payload,
    '\u202e"\u001b[31m\n',
  );
  assertEquals(/\p{Cc}|\p{Cf}/u.test(line.trimEnd()), false, line);
});

Deno.test("what is no line of a recording is counted and passed over", () => {
  const reader = new RecordingReader();
  const lines = [
    '{"at":"2025-06-01T12:00:00.000Z","t":1,"type":"signal","payl',
    "null",
    "[]",
    '{"type":"signal","payload":"{}"}',
    '{"at":"noon","t":1,"type":"signal","payload":"{}"}',
    lineAt(0, 0, { type: "recording", version: 2 }),
    lineAt(0, 0, { type: "signal", payload: 7 }),
    lineAt(0, 0, { type: "unheard-of" }),
  ];
  assertEquals(
    lines.map((line) => reader.take(line)),
    lines.map(() => undefined),
  );
  assertEquals(reader.skipped, lines.length);
  assertEquals(reader.take("\r"), undefined);
  assertEquals(reader.skipped, lines.length);
});

Deno.test("time begins where the recording does, were its beginning cut off", () => {
  const reader = new RecordingReader();
  assertEquals(reader.take(lineAt(70, 20))?.t, 20);
  assertEquals(reader.started, NOON + 50);
});

Deno.test("recordings one behind the other share one axis of time", () => {
  const reader = new RecordingReader();
  const times = [
    lineAt(0, 0, header),
    lineAt(20, 20),
    lineAt(60_000, 0, header),
    lineAt(60_020, 20),
  ].map((line) => reader.take(line)?.t);
  assertEquals(times, [0, 20, 60_000, 60_020]);
  assertEquals(reader.started, NOON);
});
