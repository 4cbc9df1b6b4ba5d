/**
 * A command's run, from `start` to `stop`.
 *
 * @module
 */
import type { PublishSession } from "../publish_session.ts";
import { Child } from "./children.ts";
import type { Context } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { Interruption } from "./interruption.ts";
import { line, paint } from "../output/line.ts";

/** Milliseconds that answers to `stop` have where somebody wants to leave. */
const HURRY = 5_000;

/** What a shell exits with where a command can't be run, or is not there. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/** How to go about it. */
export interface WrapOptions {
  /** Milliseconds to wait for answers. */
  readonly timeout: number;
  /** What both signals carry. */
  readonly metadata: Record<string, unknown> | undefined;
  /** Whether a subscriber's failure is one of the whole. */
  readonly strict: boolean;
}

/** Publishes `start`, runs a command, publishes `stop`. */
export class WrappedRun {
  readonly #context: Pick<Context, "interrupted" | "output">;
  readonly #session: PublishSession;
  readonly #options: WrapOptions;

  constructor(
    context: Pick<Context, "interrupted" | "output">,
    session: PublishSession,
    options: WrapOptions,
  ) {
    this.#context = context;
    this.#session = session;
    this.#options = options;
  }

  /** Does it all; resolves with the exit code. */
  async run(program: string, args: readonly string[]): Promise<ExitCode> {
    const started = await this.#start();
    if (started !== ExitCode.Success) {
      await this.#stop({});
      return started;
    }
    const begin = performance.now();
    const { code, signal } = await this.#execute(program, args);
    const stopped = await this.#stop({
      exit_code: code,
      duration_ms: Math.round(performance.now() - begin),
      ...(signal === null ? {} : { signal }),
    });
    if (this.#context.interrupted.aborted) return ExitCode.Interrupted;
    return code === ExitCode.Success ? stopped : code;
  }

  async #start(): Promise<ExitCode> {
    const { metadata, strict, timeout } = this.#options;
    const { interrupted } = this.#context;
    try {
      const { code } = await this.#session.tell("start", {
        timeout,
        signal: interrupted,
        ...(metadata === undefined ? {} : { metadata }),
      });
      return strict ? code : ExitCode.Success;
    } catch (error) {
      if (error instanceof Interruption) return ExitCode.Interrupted;
      throw error;
    }
  }

  /** What became of the command is not lost where `stop` can't be published. */
  async #stop(outcome: Record<string, unknown>): Promise<ExitCode> {
    const { metadata, strict, timeout } = this.#options;
    const { interrupted, output } = this.#context;
    try {
      const { code } = await this.#session.tell("stop", {
        timeout: interrupted.aborted ? Math.min(timeout, HURRY) : timeout,
        metadata: { ...metadata, ...outcome },
      });
      return strict ? code : ExitCode.Success;
    } catch (error) {
      output.note(
        line`${paint("red", "Could not publish stop:")} ${
          (error as Error).message
        }`,
      );
      return strict ? ExitCode.Unavailable : ExitCode.Success;
    }
  }

  async #execute(
    program: string,
    args: readonly string[],
  ): Promise<{ code: number; signal: Deno.Signal | null }> {
    const { interrupted, output } = this.#context;
    let child: Child;
    try {
      child = new Child(program, {
        args: [...args],
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
      });
    } catch (error) {
      const { message } = error as Error;
      output.note(line`${paint("red", `Cannot run ${program}:`)} ${message}`);
      const isMissing = error instanceof Deno.errors.NotFound;
      return { code: isMissing ? NOT_FOUND : CANNOT_RUN, signal: null };
    }
    const pass = () => {
      const { signal } = interrupted.reason as Interruption;
      // What is typed at a terminal goes to the command, too.
      if (signal === "SIGINT" && Deno.stdin.isTerminal()) return;
      child.signal(signal);
    };
    interrupted.addEventListener("abort", pass, { once: true });
    if (interrupted.aborted) pass();
    try {
      return await child.status;
    } finally {
      interrupted.removeEventListener("abort", pass);
    }
  }
}
