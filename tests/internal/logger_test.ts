import { assertEquals, assertThrows } from "@std/assert";
import {
  leveledLogger,
  type Logger,
  type LogLevel,
} from "../../src/internal/logger.ts";

const SEVERITIES = ["debug", "info", "warn", "error"] as const;

/** What comes through when one message of each severity is logged. */
function heard(level?: LogLevel): string[] {
  const lines: string[] = [];
  const logger = Object.fromEntries(
    SEVERITIES.map((name) => [name, (line: string) => lines.push(line)]),
  ) as unknown as Logger;
  const leveled = leveledLogger(logger, level);
  for (const severity of SEVERITIES) leveled[severity](severity);
  return lines;
}

Deno.test("a leveled logger passes on what is severe enough", () => {
  assertEquals(heard("DEBUG"), ["debug", "info", "warn", "error"]);
  assertEquals(heard("INFO"), ["info", "warn", "error"]);
  assertEquals(heard("WARNING"), ["warn", "error"]);
  assertEquals(heard("ERROR"), ["error"]);
  assertEquals(heard("CRITICAL"), []);
});

Deno.test("a leveled logger passes on warnings where no level is given", () => {
  assertEquals(heard(), ["warn", "error"]);
});

Deno.test("a leveled logger refuses an unknown level", () => {
  assertThrows(
    () => leveledLogger(undefined, "LOUD" as LogLevel),
    RangeError,
    'Cannot use logLevel as it must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL: current value is "LOUD"',
  );
});

Deno.test("a leveled logger keeps the methods of an object its own", () => {
  class Collector implements Logger {
    readonly #lines: string[] = [];
    debug(line: string): void {
      this.#lines.push(line);
    }
    info = this.debug;
    warn = this.debug;
    error = this.debug;
    get lines(): string[] {
      return this.#lines;
    }
  }
  const collector = new Collector();
  leveledLogger(collector, "DEBUG").warn("careful");
  assertEquals(collector.lines, ["careful"]);
});

/** What the default logger writes to standard error. */
function written(log: (logger: Logger) => void): unknown[][] {
  const lines: unknown[][] = [];
  const original = console.error;
  console.error = (...args) => lines.push(args);
  try {
    log(leveledLogger(undefined, "DEBUG"));
  } finally {
    console.error = original;
  }
  return lines;
}

Deno.test("messages go to standard error where no logger is given", () => {
  const lines = written((logger) => {
    for (const severity of SEVERITIES) logger[severity](`a ${severity}`);
  });
  assertEquals(lines, [
    ["state-signals DEBUG a debug"],
    ["state-signals INFO a info"],
    ["state-signals WARNING a warn"],
    ["state-signals ERROR a error"],
  ]);
});

Deno.test("control characters of a peer do not reach the terminal", () => {
  const lines = written((logger) => {
    logger.warn("é 😀 \x1b[2J\r\n\u009b31m \u202e");
  });
  assertEquals(lines, [[
    "state-signals WARNING é 😀 \\u{1b}[2J\\u{d}\\u{a}\\u{9b}31m \\u{202e}",
  ]]);
});
