/**
 * The one way in which the library says something on its own account.
 *
 * @module
 */

/** Severities, least severe first; the names are those of the reference. */
export type LogLevel = "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";

/** Takes log messages; `console` is one. */
export interface Logger {
  /** What helps to find a fault. */
  debug(message: string): void;
  /** What went as it should. */
  info(message: string): void;
  /** What deserves a look. */
  warn(message: string): void;
  /** What failed. */
  error(message: string): void;
}

const LEVELS: readonly LogLevel[] = [
  "DEBUG",
  "INFO",
  "WARNING",
  "ERROR",
  "CRITICAL",
];

/** Writes to standard error, so that a script's output stays its own. */
const standardError: Logger = {
  debug: (message) => write("DEBUG", message),
  info: (message) => write("INFO", message),
  warn: (message) => write("WARNING", message),
  error: (message) => write("ERROR", message),
};

function write(level: LogLevel, message: string): void {
  console.error(`state-signals ${level} ${escapeControls(message)}`);
}

/** Messages quote what peers sent, and a terminal would obey it. */
function escapeControls(message: string): string {
  return message.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (control) => `\\u{${control.codePointAt(0)!.toString(16)}}`,
  );
}

/**
 * A logger that keeps to a level.
 *
 * @throws {RangeError} If there is no such level.
 */
export function leveledLogger(
  logger: Logger = standardError,
  level: LogLevel = "WARNING",
): Logger {
  const least = LEVELS.indexOf(level);
  if (least === -1) {
    throw new RangeError(
      `Cannot use logLevel as it must be one of ${
        LEVELS.join(", ")
      }: current value is ${String(level)}`,
    );
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
