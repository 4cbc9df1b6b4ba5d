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

Deno.test("a line that is glued to a torn one is read", () => {
  const torn = lineAt(20, 20, { type: "signal", payload: '{"at":"x"}' });
  for (let cut = 1; cut < torn.length - 2; cut++) {
    const reader = new RecordingReader();
    reader.take(lineAt(0, 0, header));
    const entry = reader.take(torn.slice(0, cut) + lineAt(60_000, 0, header));
    assertEquals([entry?.type, entry?.t], ["recording", 60_000], `at ${cut}`);
    assertEquals(reader.take(lineAt(60_020, 20))?.t, 60_020);
    assertEquals(reader.skipped, 1);
  }
});

/** Where a reader puts lines on its axis. */
function timesOf(lines: readonly string[]): (number | undefined)[] {
  const reader = new RecordingReader();
  return lines.map((line) => reader.take(line)?.t);
}

Deno.test("a clock that steps back between parts takes no time back", () => {
  const hour = 3_600_000;
  assertEquals(
    timesOf([
      lineAt(0, 0, header),
      lineAt(500, 500),
      lineAt(-hour, 0, header),
      lineAt(20 - hour, 20),
      lineAt(2 * hour, 0, header),
      lineAt(2 * hour + 7, 7),
    ]),
    [0, 500, 500, 520, 520 + 3 * hour - 20, 527 + 3 * hour - 20],
  );
});

Deno.test("a clock that is set within a part changes no distance", () => {
  const hour = 3_600_000;
  assertEquals(
    timesOf([
      lineAt(0, 0, header),
      lineAt(10 - hour, 10),
      lineAt(30 + hour, 30),
      lineAt(40 + hour, 0, header),
      lineAt(50 + hour, 10),
    ]),
    [0, 10, 30, 40, 50],
  );
});

Deno.test("a part without its first line is known by its clock", () => {
  assertEquals(
    timesOf([lineAt(0, 0, header), lineAt(900, 900), lineAt(5_000, 3)]),
    [0, 900, 5_000],
  );
  assertEquals(timesOf([lineAt(0, -1)]), [undefined]);
});
