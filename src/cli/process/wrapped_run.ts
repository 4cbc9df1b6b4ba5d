/**
 * Runs a command between the events `start` and `stop`.
 *
 * @module
 */
import { REASON_KEY } from "../../protocol/reason.ts";
import type { PublishOptions } from "../../signals/exporter/options.ts";
import type { PublishResult } from "../../signals/exporter/publish_result.ts";
import type { Context } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { line, paint } from "../output/line.ts";
import {
  exitCodeOf,
  type PublishSession,
  type RequestedStop,
} from "../publish_session.ts";
import { Child, endLeftBehind } from "./children.ts";
import { Interruption } from "./interruption.ts";
import { Patience } from "./patience.ts";
import { Suspension } from "./suspension.ts";

/** Milliseconds for the answers to `stop` after an interruption. */
const STOP_ANSWERS = { interrupted: 5_000, hurry: 200 };

/** The exit codes of shells for a command that can't be run, or does not exist. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/** What a {@linkcode WrappedRun} needs of its command's context. */
export type WrapContext = Pick<Context, "interrupted" | "hurry" | "output">;

/** The options of a {@linkcode WrappedRun}. */
export interface WrapOptions {
  /** How to publish both signals. */
  readonly publishing: PublishOptions & { readonly timeout: number };
  /** The metadata of both signals. */
  readonly metadata: Record<string, unknown> | undefined;
  /** Whether the run fails if a subscriber fails. */
  readonly strict: boolean;
  /** How many subscribers were asked for. */
  readonly count: number;
  /** Aborts when a peer asks for a stop; its reason is a {@linkcode RequestedStop}. */
  readonly stopped: AbortSignal;
}

/** Publishes `start`, runs a command, publishes `stop`. */
export class WrappedRun {
  readonly #context: WrapContext;
  readonly #session: PublishSession;
  readonly #options: WrapOptions;
  /** Aborts at an interruption, and when a peer asks for a stop. */
  readonly #ended: AbortSignal;

  constructor(
    context: WrapContext,
    session: PublishSession,
    options: WrapOptions,
  ) {
    this.#context = context;
    this.#session = session;
    this.#options = options;
    this.#ended = AbortSignal.any([context.interrupted, options.stopped]);
  }

  /** Publishes, runs, and publishes; resolves with the exit code. */
  async run(program: string, args: readonly string[]): Promise<ExitCode> {
    const started = await this.#start();
    if (started !== ExitCode.Success || this.#ended.aborted) {
      await this.#stop({});
      return this.#endCode ?? started;
    }
    const begin = performance.now();
    const { code, signal } = await this.#execute(program, args);
    const stopped = await this.#stop({
      exit_code: code,
      duration_ms: Math.round(performance.now() - begin),
      ...(signal === null ? {} : { signal }),
    });
    if (this.#ended.aborted) await endLeftBehind(signalOf(this.#ended));
    return this.#endCode ?? (code === ExitCode.Success ? stopped : code);
  }

  /** The exit code of a run that was ended; `undefined`: it was not. */
  get #endCode(): ExitCode | undefined {
    if (this.#context.interrupted.aborted) return ExitCode.Interrupted;
    return this.#ended.aborted ? ExitCode.Failed : undefined;
  }

  async #start(): Promise<ExitCode> {
    const { metadata, publishing } = this.#options;
    try {
      const result = await this.#session.tell("start", {
        ...publishing,
        signal: this.#ended,
        ...(metadata === undefined ? {} : { metadata }),
      });
      return this.#codeOf(result);
    } catch (error) {
      if (error === this.#ended.reason) return this.#endCode!;
      throw error;
    }
  }

  /** Publishes `stop`. A failure is reported, not thrown, so that the exit code of the command is not lost. */
  async #stop(outcome: Record<string, unknown>): Promise<ExitCode> {
    const { metadata, publishing, strict, stopped } = this.#options;
    const { output } = this.#context;
    const reason = stopped.aborted
      ? { [REASON_KEY]: (stopped.reason as RequestedStop).reason }
      : {};
    using patience = new Patience(this.#context, STOP_ANSWERS);
    try {
      const result = await this.#session.tell("stop", {
        ...publishing,
        timeout: Math.min(publishing.timeout, patience.left),
        metadata: { ...metadata, ...outcome, ...reason },
        signal: patience.signal,
      });
      return this.#codeOf(result);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof Interruption) {
        output.note(line`The answers to stop are not waited for: ${message}`);
      } else {
        output.error(
          line`${paint("red", "Could not publish stop:")} ${message}`,
        );
      }
      return strict ? ExitCode.Unavailable : ExitCode.Success;
    }
  }

  #codeOf(result: PublishResult): ExitCode {
    const { count, strict } = this.#options;
    return strict ? exitCodeOf(result, count) : ExitCode.Success;
  }

  async #execute(
    program: string,
    args: readonly string[],
  ): Promise<{ code: number; signal: Deno.Signal | null }> {
    const { hurry, output } = this.#context;
    const ended = this.#ended;
    let child: Child;
    try {
      child = new Child(program, {
        args: [...args],
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
      }, hurry);
    } catch (error) {
      const { message } = error as Error;
      output.error(line`${paint("red", `Cannot run ${program}:`)} ${message}`);
      const isMissing = error instanceof Deno.errors.NotFound;
      return { code: isMissing ? NOT_FOUND : CANNOT_RUN, signal: null };
    }
    using _ = new Suspension(child);
    const end = () => void child.end(signalOf(ended));
    ended.addEventListener("abort", end, { once: true });
    try {
      const status = await child.status;
      if (ended.aborted) await child.end(signalOf(ended));
      return status;
    } finally {
      ended.removeEventListener("abort", end);
    }
  }
}

/** The signal that ends the command: of an interruption its own. */
function signalOf({ reason }: AbortSignal): Deno.Signal {
  return reason instanceof Interruption ? reason.signal : "SIGTERM";
}
