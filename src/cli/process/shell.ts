/**
 * Acts on a signal by a shell command: its exit status is the outcome, the end of
 * its output is the message.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { reasonOf } from "../../protocol/reason.ts";
import type { Signal } from "../../protocol/signal/signal.ts";
import { Child } from "./children.ts";
import { toJsonLine } from "../output/json_line.ts";
import { LastLine } from "./last_line.ts";
import { Tail, type TextSink } from "./tail.ts";
import { signalRecord } from "../output/wire_record.ts";

/** Milliseconds for which processes that the command has left behind may keep its output open. */
const LINGER = 1_000;
/** Most bytes of a variable, because the system refuses much longer ones. */
const MAX_VARIABLE = 100_000;

const encoder = new TextEncoder();

/** The program that runs a command. */
export const SHELL: string = Deno.build.os === "windows" ? "cmd" : "sh";

/** The outcome of a command. */
export interface ShellOutcome {
  readonly ok: boolean;
  /** What the command has said, as far as it is the message. */
  readonly message: string;
  /** Its exit code, or the signal that killed it. */
  readonly how: string;
}

/** How to run a command. */
export interface ShellOptions {
  /** Ends the command, with all that it has started. */
  readonly ended: AbortSignal;
  /** Aborts when the command has no more time to end. */
  readonly hurry: AbortSignal;
  /** Takes the standard error of the command. */
  readonly errors: (bytes: Uint8Array) => Promise<void>;
  /** How many of the last lines of all output are the message of a failure; `undefined`: the last line of one stream. */
  readonly tail: number | undefined;
}

/**
 * Runs a command for a signal. The command gets the signal as JSON on its standard
 * input, and in its environment.
 *
 * @param command The command.
 * @param signal The signal.
 * @param options How to run the command.
 */
export async function runShell(
  command: string,
  signal: Signal,
  { ended, hurry, errors, tail: lines }: ShellOptions,
): Promise<ShellOutcome> {
  const child = new Child(SHELL, {
    args: Deno.build.os === "windows"
      ? ["/d", "/s", "/c", command]
      : ["-c", command],
    env: environmentOf(signal),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }, hurry);
  const stop = () => void child.end("SIGTERM");
  ended.addEventListener("abort", stop, { once: true });
  if (ended.aborted) stop();
  const { stdin, stdout, stderr } = child.process;
  const out = new LastLine();
  const err = new LastLine();
  const tail = lines === undefined ? undefined : new Tail(lines);
  const kept = () => tail === undefined ? [] : [tail.stream()];
  const cut = new AbortController();
  const streams = Promise.all([
    feed(stdin, cut.signal, toJsonLine(signalRecord(signal))),
    read(stdout, cut.signal, () => Promise.resolve(), [out, ...kept()]),
    read(stderr, cut.signal, errors, [err, ...kept()]),
  ]);
  const { success, code, signal: killedBy } = await child.status;
  ended.removeEventListener("abort", stop);
  if (ended.aborted) await child.end("SIGTERM");
  // A command that was ended has left no processes behind.
  const linger = ended.aborted ? 0 : LINGER;
  const timer = setTimeout(() => cut.abort(), linger);
  await streams;
  clearTimeout(timer);
  const how = killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`;
  if (success) return { ok: true, message: out.text, how };
  const message = tail === undefined ? out.text || err.text : tail.text;
  return { ok: false, message, how };
}

/** The signal's fields as variables; a field that is too long for one is empty. */
function environmentOf(signal: Signal): Record<string, string> {
  const { metadata } = signal;
  const variables = {
    SS_EVENT: signal.event,
    SS_PUBLISHER_ID: signal.publisherId,
    SS_PROCESS_NAME: signal.processName,
    SS_RUNNER_HOST: signal.runnerHost,
    SS_SAMPLE: String(signal.sampleNo),
    SS_TAG: signal.tag,
    SS_REASON: reasonOf(metadata) ?? "",
    SS_METADATA: metadata === undefined ? "" : toJsonLine(metadata).trimEnd(),
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      encoder.encode(value).length > MAX_VARIABLE
        ? ""
        : value.replaceAll("\0", ""),
    ]),
  );
}

async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  cut: AbortSignal,
  text: string,
): Promise<void> {
  const writer = stdin.getWriter();
  const fed = async () => {
    await writer.write(encoder.encode(text));
    await writer.close();
  };
  try {
    await abortable(fed(), cut);
  } catch {
    // The command does not read its input.
    await writer.abort().catch(() => {});
  }
}

async function read(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  cut: AbortSignal,
  pass: (bytes: Uint8Array) => Promise<void>,
  sinks: readonly TextSink[],
): Promise<void> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  const cancel = () => void reader.cancel();
  cut.addEventListener("abort", cancel, { once: true });
  try {
    for (
      let { done, value } = await reader.read();
      !done;
      { done, value } = await reader.read()
    ) {
      const text = decoder.decode(value, { stream: true });
      for (const sink of sinks) sink.add(text);
      await abortable(pass(value!), cut);
    }
  } catch (error) {
    // After the cut, the reader of the output may be gone.
    if (!cut.aborted) throw error;
  } finally {
    cut.removeEventListener("abort", cancel);
  }
}
