/**
 * Runs a command between the events `start` and `stop`.
 *
 * @module
 */
import type { PublishOptions } from "../../signals/exporter/options.ts";
import type { PublishResult } from "../../signals/exporter/publish_result.ts";
import type { Context } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { line, paint } from "../output/line.ts";
import { exitCodeOf, type PublishSession } from "../publish_session.ts";
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
}

/** Publishes `start`, runs a command, publishes `stop`. */
export class WrappedRun {
  readonly #context: WrapContext;
  readonly #session: PublishSession;
  readonly #options: WrapOptions;

  constructor(
    context: WrapContext,
    session: PublishSession,
    options: WrapOptions,
  ) {
    this.#context = context;
    this.#session = session;
    this.#options = options;
  }

  /** Publishes, runs, and publishes; resolves with the exit code. */
  async run(program: string, args: readonly string[]): Promise<ExitCode> {
    const { interrupted } = this.#context;
    const started = await this.#start();
    if (started !== ExitCode.Success || interrupted.aborted) {
      await this.#stop({});
      return interrupted.aborted ? ExitCode.Interrupted : started;
    }
    const begin = performance.now();
    const { code, signal } = await this.#execute(program, args);
    const stopped = await this.#stop({
      exit_code: code,
      duration_ms: Math.round(performance.now() - begin),
      ...(signal === null ? {} : { signal }),
    });
    if (interrupted.aborted) {
      await endLeftBehind(signalOf(interrupted));
      return ExitCode.Interrupted;
    }
    return code === ExitCode.Success ? stopped : code;
  }

  async #start(): Promise<ExitCode> {
    const { metadata, publishing } = this.#options;
    const { interrupted } = this.#context;
    try {
      const result = await this.#session.tell("start", {
        ...publishing,
        signal: interrupted,
        ...(metadata === undefined ? {} : { metadata }),
      });
      return this.#codeOf(result);
    } catch (error) {
      if (error instanceof Interruption) return ExitCode.Interrupted;
      throw error;
    }
  }

  /** Publishes `stop`. A failure is reported, not thrown, so that the exit code of the command is not lost. */
  async #stop(outcome: Record<string, unknown>): Promise<ExitCode> {
    const { metadata, publishing, strict } = this.#options;
    const { output } = this.#context;
    using patience = new Patience(this.#context, STOP_ANSWERS);
    try {
      const result = await this.#session.tell("stop", {
        ...publishing,
        timeout: Math.min(publishing.timeout, patience.left),
        metadata: { ...metadata, ...outcome },
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
    const { interrupted, hurry, output } = this.#context;
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
    const end = () => void child.end(signalOf(interrupted));
    interrupted.addEventListener("abort", end, { once: true });
    try {
      const status = await child.status;
      if (interrupted.aborted) await child.end(signalOf(interrupted));
      return status;
    } finally {
      interrupted.removeEventListener("abort", end);
    }
  }
}

function signalOf(interrupted: AbortSignal): Deno.Signal {
  return (interrupted.reason as Interruption).signal;
}
