/**
 * Waits until a process is in a state.
 *
 * The subscription is confirmed before the first question is sent. An exporter
 * enters its state before it sends the signal, so a state that begins before the
 * exporter answers is in its answer, and the signal of a state that begins later
 * is heard. Wherever a signal may have been missed, the question is asked again.
 *
 * @module
 */
import { openTransport } from "../connect.ts";
import type { ConnectOptions } from "../connect_options.ts";
import { delay } from "../internal/timer.ts";
import { DEFAULT_TAG, INITIALIZATION } from "../protocol/signal/signal.ts";
import { rollCall } from "../signals/roll_call/roll_call.ts";
import { isRefused } from "../transport/outcome.ts";
import { ChannelMonitor } from "./channel_monitor.ts";
import { TimeLimit } from "./process/time_limit.ts";

/** Milliseconds before a question is asked again that was lost. */
const PAUSE = 1_000;

/** What is waited for. */
export interface StateWaitOptions {
  /** A process name, or a publisher id. */
  readonly process: string;
  readonly event: string;
  /** Only with this tag. */
  readonly tag: string | undefined;
  /** Milliseconds to wait, once signals are heard. */
  readonly timeout: number;
  /** Ends the wait. */
  readonly ended: AbortSignal;
}

/** A process in the state that was waited for, or another one. */
export interface ProcessState {
  readonly publisherId: string;
  readonly processName: string;
  readonly runnerHost: string;
  readonly state: string;
  readonly tag: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** What says so. */
  readonly by: "roll-call" | "signal";
}

/** How a wait ended. */
export interface StateWaitResult {
  /** The state that was waited for; `undefined`: the wait was ended before. */
  readonly reached: ProcessState | undefined;
  /** The state of the process that was seen last; `undefined`: none was seen. */
  readonly last: ProcessState | undefined;
}

/**
 * Waits until a process is in a state: now, or by its next signals.
 *
 * @throws {Error} If the server refuses, or the link is lost for good.
 */
export async function waitForState(
  connection: ConnectOptions,
  { process, event, tag, timeout, ended }: StateWaitOptions,
): Promise<StateWaitResult> {
  let last: ProcessState | undefined;
  const isReached = (state: ProcessState) => {
    if (state.processName !== process && state.publisherId !== process) {
      return false;
    }
    last = state;
    return state.state === event && (tag === undefined || state.tag === tag);
  };
  const transport = await openTransport(connection);
  try {
    const shared = { ...connection, redis: transport };
    await using monitor = await ChannelMonitor.open(shared, {
      responses: false,
    });
    using late = new TimeLimit(timeout);
    await using question = new Question(shared, isReached);
    question.ask();
    const ends = [ended, late.signal, question.settled];
    for await (const heard of monitor.listen(...ends)) {
      if (heard.kind === "up" || heard.kind === "dropped") question.ask();
      if (heard.kind !== "signal") continue;
      const { signal, time } = heard;
      const { publisherId, processName, runnerHost } = signal;
      const state: ProcessState = {
        publisherId,
        processName,
        runnerHost,
        state: signal.event,
        tag: signal.tag === DEFAULT_TAG ? undefined : signal.tag,
        since: time,
        by: "signal",
      };
      if (isReached(state)) return { reached: state, last };
      // An exporter says that it is there; it may have been out of reach when it was asked.
      if (last === state && state.state === INITIALIZATION) question.ask();
    }
    return { reached: question.answer, last };
  } finally {
    await transport.close();
  }
}

/** Asks by roll call, again where the question or an answer may have been lost. */
class Question implements AsyncDisposable {
  readonly #connection: ConnectOptions;
  readonly #isReached: (state: ProcessState) => boolean;
  readonly #settled = new AbortController();
  readonly #closed = new AbortController();
  #asking: Promise<void> | undefined;
  #isDue = false;
  #answer: ProcessState | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(
    connection: ConnectOptions,
    isReached: (state: ProcessState) => boolean,
  ) {
    this.#connection = connection;
    this.#isReached = isReached;
  }

  /** Aborts when there is an answer, or can't be one. */
  get settled(): AbortSignal {
    return this.#settled.signal;
  }

  /**
   * The state, if an exporter is in it.
   *
   * @throws {Error} If the server refuses the question.
   */
  get answer(): ProcessState | undefined {
    if (this.#failure !== undefined) throw this.#failure.cause;
    return this.#answer;
  }

  /** Asks now, or once more when the roll call under way has ended. */
  ask(): void {
    this.#isDue = true;
    this.#asking ??= this.#ask().finally(() => this.#asking = undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const { signal } = this.#closed;
    while (this.#isDue && !signal.aborted && !this.settled.aborted) {
      this.#isDue = false;
      try {
        await rollCall({
          ...this.#connection,
          signal,
          count: 1,
          filter: (report) => {
            const { tag, ...rest } = report;
            const state: ProcessState = { ...rest, tag, by: "roll-call" };
            if (!this.#isReached(state)) return false;
            this.#answer = state;
            return true;
          },
        });
        if (this.#answer !== undefined) this.#settled.abort();
      } catch (cause) {
        if (signal.aborted) return;
        if (isRefused(cause)) {
          this.#failure = { cause };
          return this.#settled.abort();
        }
        this.#isDue = true;
        await delay(PAUSE, signal).catch(() => {});
      }
    }
  }
}
