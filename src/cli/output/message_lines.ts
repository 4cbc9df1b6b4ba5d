/**
 * Messages of several lines, such as the end of a log.
 *
 * @module
 */
import { join, type Line, line, paint } from "./line.ts";
import { clip } from "./observation_line.ts";

/** Most lines of a message that are shown. */
const MAX_LINES = 100;

/** The last line of a message. */
export function lastLineOf(message: string): string {
  return message.trimEnd().split(/\r?\n/).at(-1)!;
}

/** A line, and below it all lines of a message that has several. */
export function withMessage(head: Line, message: string): Line {
  const lines = message.trimEnd().split(/\r?\n/);
  if (lines.length === 1) return head;
  const shown = lines.slice(-MAX_LINES).map((each) =>
    line`  ${paint("dim", "|")} ${clip(each)}`
  );
  return join([head, ...shown], "\n");
}
