/**
 * Publishes the events that stand on the lines of standard input, one after the
 * other, on one exporter.
 *
 * @module
 */
import type { PublishOptions } from "../signals/exporter/options.ts";
import type { Context } from "./args/command.ts";
import { type EventLine, parseEventLine } from "./args/event_line.ts";
import { UsageError } from "./args/usage_error.ts";
import { ExitCode } from "./exit_codes.ts";
import { faultOf } from "./faults.ts";
import { line, paint } from "./output/line.ts";
import { type InputLine, inputLines } from "./process/input_lines.ts";
import { exitCodeOf, type PublishSession } from "./publish_session.ts";

/** How to publish the events. */
export interface PublishLinesOptions {
  /** How each event is published; a line's sample and metadata take precedence. */
  readonly publishing: Omit<PublishOptions, "signal">;
  /** How many subscribers were asked for. */
  readonly count: number;
  /** Whether the first event that does not succeed, or line without one, is the last. */
  readonly failFast: boolean;
}

/**
 * Publishes until standard input ends. A failed event does not keep later ones
 * from being published.
 *
 * @returns The greatest code of all events and lines.
 * @throws The reason of an interruption.
 */
export async function publishLines(
  context: Context,
  session: PublishSession,
  options: PublishLinesOptions,
): Promise<ExitCode> {
  const { interrupted, output } = context;
  const ended = AbortSignal.any([interrupted, output.failed]);
  let worst: ExitCode = ExitCode.Success;
  for await (const next of inputLines(Deno.stdin.readable, ended)) {
    const code = await publishLine(context, session, { ...options, next });
    worst = Math.max(worst, code);
    if (options.failFast && code !== ExitCode.Success) break;
  }
  return worst;
}

async function publishLine(
  { interrupted, output }: Context,
  session: PublishSession,
  { next, publishing, count }: PublishLinesOptions & { next: InputLine },
): Promise<ExitCode> {
  let read: EventLine | undefined;
  try {
    read = parseEventLine(next.text(), publishing.metadata);
    if (read === undefined) return ExitCode.Success;
    const { event, sample, metadata } = read;
    const result = await session.tell(event, {
      ...publishing,
      line: next.number,
      signal: interrupted,
      ...(sample === undefined ? {} : { sample }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return exitCodeOf(result, count);
  } catch (error) {
    interrupted.throwIfAborted();
    const { code, message } = isUnusable(error)
      ? { code: ExitCode.Usage, message: error.message }
      : faultOf(error);
    output.status(undefined);
    output.error(line`${paint("red", `line ${next.number}:`)} ${message}`);
    await output.result(undefined, {
      type: "result",
      line: next.number,
      ...(read === undefined ? {} : { event: read.event }),
      code,
      ok: false,
      error: message,
    });
    return code;
  }
}

/** Whether what stands on the line can't be published. */
function isUnusable(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof TypeError ||
    error instanceof RangeError;
}
