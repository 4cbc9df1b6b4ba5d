import { assertEquals, assertThrows } from "@std/assert";
import { parseTime } from "../../src/cli/args/time.ts";
import { formatClock, formatTime, isoTime } from "../../src/cli/output/time.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

Deno.test("times are read in their units, and in seconds without one", () => {
  const times = ["500ms", "30s", "30", "1.5m", "1h", "0", "never"];
  assertEquals(times.map((text) => parseTime(text, "--timeout")), [
    ...[500, 30_000, 30_000, 90_000, 3_600_000, 0, Infinity],
  ]);
});

Deno.test("what is no time is refused by the option's name", () => {
  for (const text of ["", "-1", "1d", "1 s", "1e3", "Infinity", ".5", "s"]) {
    assertThrows(() => parseTime(text, "--timeout"), UsageError, "--timeout");
  }
});

Deno.test("times are written in what fits them", () => {
  const times = [0.042, 12.4, 1_234, 61_000, 3_661_000];
  assertEquals(times.map(formatTime), [
    ...["0.04 ms", "12 ms", "1.23 s", "1 min 1 s", "1 h 1 min"],
  ]);
});

Deno.test("a moment is written as the time of day for people, as ISO 8601 for machines", () => {
  const moment = new Date(2026, 10, 29, 4, 5, 6, 7);
  assertEquals(formatClock(moment.getTime()), "04:05:06.007");
  assertEquals(isoTime(moment.getTime()), moment.toISOString());
  assertEquals(isoTime(1e300), null);
});
