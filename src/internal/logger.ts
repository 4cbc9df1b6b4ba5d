/**
 * The logger: the only way in which the library writes messages by itself.
 *
 * @module
 */
import { mustBe } from "./check.ts";
import { describeValue } from "./describe_value.ts";

/**
 * Severities, the least severe first, by the names of the Python package.
 *
 * @category Logging
 */
export type LogLevel = "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";

/**
 * Takes log messages; `console` is a logger.
 *
 * @category Logging
 */
export interface Logger {
  /** Takes a detail that helps to find a fault. */
  debug(message: string): void;
  /** Takes the report of a normal event. */
  info(message: string): void;
  /** Takes a warning. */
  warn(message: string): void;
  /** Takes the report of a failure. */
  error(message: string): void;
}

const LEVELS: readonly LogLevel[] = [
  "DEBUG",
  "INFO",
  "WARNING",
  "ERROR",
  "CRITICAL",
];

/** Writes to standard error, because standard output belongs to the script. */
const standardError: Logger = {
  debug: (message) => write("DEBUG", message),
  info: (message) => write("INFO", message),
  warn: (message) => write("WARNING", message),
  error: (message) => write("ERROR", message),
};

function write(level: LogLevel, message: string): void {
  console.error(`state-signals ${level} ${escapeControls(message)}`);
}

/** Escapes control characters, because messages quote peers, and a terminal would obey them. */
function escapeControls(message: string): string {
  return message.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (control) => `\\u{${control.codePointAt(0)!.toString(16)}}`,
  );
}

/**
 * A logger that drops messages below a level.
 *
 * @throws {TypeError} If the logger lacks a method.
 * @throws {RangeError} If the level is not a {@linkcode LogLevel}.
 */
export function leveledLogger(
  logger: Logger = standardError,
  level: LogLevel = "WARNING",
): Logger {
  checkLogger(logger);
  const least = LEVELS.indexOf(level);
  if (least === -1) {
    const what = `one of ${LEVELS.join(", ")}`;
    throw new RangeError(mustBe("logLevel", what, level));
  }
  const from = (severity: LogLevel, log: (message: string) => void) =>
    LEVELS.indexOf(severity) >= least ? log : () => {};
  return {
    debug: from("DEBUG", (message) => logger.debug(message)),
    info: from("INFO", (message) => logger.info(message)),
    warn: from("WARNING", (message) => logger.warn(message)),
    error: from("ERROR", (message) => logger.error(message)),
  };
}

function checkLogger(logger: Logger): void {
  const methods = ["debug", "info", "warn", "error"] as const;
  const missing = methods.find((each) =>
    typeof Object(logger)[each] !== "function"
  );
  if (missing === undefined) return;
  throw new TypeError(
    `Cannot use logger as it must have the methods ${
      methods.join(", ")
    }, as console has: current value is ${
      describeValue(logger)
    } without ${missing}`,
  );
}
