/**
 * What a handler has thrown, as one line of the log.
 *
 * @module
 */

/** Most characters of the message, which is as long as a handler makes it. */
const MAX_MESSAGE = 1_000;
/** Most characters of the stack. */
const MAX_STACK = 4_000;

/**
 * Shows the message of what was thrown, and where. Nothing else of it is shown,
 * because a cause or a field may hold a secret.
 *
 * @param message Its message, as peers get it.
 */
export function describeThrown(thrown: unknown, message: string): string {
  const head = cut(message, MAX_MESSAGE);
  const frames = framesOf(thrown);
  return frames === "" ? head : `${head} (${cut(frames, MAX_STACK)})`;
}

/** The lines of the stack that name code; the lines before them repeat the message. */
function framesOf(thrown: unknown): string {
  try {
    const { stack } = Object(thrown);
    if (typeof stack !== "string") return "";
    const lines = stack.split("\n").map((line) => line.trim());
    return lines.filter((line) => line.startsWith("at ")).join(", ");
  } catch {
    return "";
  }
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
