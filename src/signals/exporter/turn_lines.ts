/**
 * The publishes that wait for their turn to be sent, in a line for each event.
 *
 * Invariant: a publish in line settles by its deadline, and nothing of it is sent
 * before its turn.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";
import { type PublishRequest, timeLeft } from "./publish_request.ts";
import type { PublishResult } from "./publish_result.ts";

/** Characters of all publishes in line. */
const MAX_CHARACTERS = 256 * 1024 * 1024;
const TOO_LATE = "its timeout was over before its turn came";

/** The dependencies of {@linkcode TurnLines}. */
export interface TurnLinesOptions {
  /** Whether a publish of an event must wait. */
  isBlocked(event: string): boolean;
  /** Sends a publish whose turn has come. */
  start(request: PublishRequest): Promise<PublishResult>;
  /** The result of a publish whose deadline came before its turn; `undefined` where it waits for no subscriber. */
  unsent(request: PublishRequest): PublishResult | undefined;
  /** Called when a publish has left its line unsent. */
  left(): void;
}

/** A publish in line. */
class Waiting {
  readonly request: PublishRequest;
  readonly #settled = Promise.withResolvers<PublishResult>();
  readonly #deadline: Timer | undefined;
  readonly #abort: () => void;

  /**
   * @param expire Called at the deadline.
   * @param abort Called when the caller's signal aborts.
   */
  constructor(request: PublishRequest, expire: () => void, abort: () => void) {
    this.request = request;
    this.#abort = abort;
    const { timeout, signal } = request;
    if (timeout < Infinity) this.#deadline = after(timeLeft(request), expire);
    signal?.addEventListener("abort", abort, { once: true });
  }

  get result(): Promise<PublishResult> {
    return this.#settled.promise;
  }

  settle(result: PublishResult | Promise<PublishResult>): void {
    this.#release();
    this.#settled.resolve(result);
  }

  refuse(error: unknown): void {
    this.#release();
    this.#settled.reject(error);
  }

  #release(): void {
    this.#deadline?.cancel();
    this.request.signal?.removeEventListener("abort", this.#abort);
  }
}

/** Keeps the lines. */
export class TurnLines {
  readonly #options: TurnLinesOptions;
  readonly #lines = new Map<string, Waiting[]>();
  #characters = 0;

  constructor(options: TurnLinesOptions) {
    this.#options = options;
  }

  /** Whether no publish is in line. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** Whether a publish of an event is in line. */
  has(event: string): boolean {
    return this.#lines.has(event);
  }

  /**
   * Lets a publish wait for its turn.
   *
   * @throws {RangeError} If too many characters wait; it has the outcome `"not-sent"`.
   */
  wait(request: PublishRequest): Promise<PublishResult> {
    const { event, signal } = request;
    const characters = this.#characters + lengthOf(request);
    if (characters > MAX_CHARACTERS) {
      const error = new RangeError(
        `Cannot publish "${event}" as ${this.#characters} characters of publishes wait for their turn already: at most ${MAX_CHARACTERS} may`,
      );
      throw Object.assign(error, { outcome: "not-sent" as const });
    }
    this.#characters = characters;
    const waiting = new Waiting(
      request,
      () => {
        const result = this.#options.unsent(request);
        if (result !== undefined) waiting.settle(result);
        else waiting.refuse(notSentError(event, TOO_LATE));
        this.#leave(waiting);
      },
      () => {
        waiting.refuse(signal!.reason);
        this.#leave(waiting);
      },
    );
    const line = this.#lines.get(event);
    if (line === undefined) this.#lines.set(event, [waiting]);
    else line.push(waiting);
    return waiting.result;
  }

  /** Sends the publishes whose turn has come. */
  startNext(): void {
    if (this.isEmpty) return;
    for (const [event, line] of [...this.#lines]) {
      while (line.length > 0 && !this.#options.isBlocked(event)) {
        const waiting = line.shift()!;
        this.#characters -= lengthOf(waiting.request);
        if (line.length === 0) this.#lines.delete(event);
        this.#start(waiting);
      }
    }
  }

  /** Refuses every publish in line; `reason` completes "Cannot publish as …". */
  refuse(reason: string): void {
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    this.#characters = 0;
    for (const waiting of lines.flat()) {
      waiting.refuse(notSentError(waiting.request.event, reason));
    }
  }

  #start(waiting: Waiting): void {
    try {
      waiting.settle(this.#options.start(waiting.request));
    } catch (error) {
      waiting.refuse(error);
    }
  }

  #leave(waiting: Waiting): void {
    const { event } = waiting.request;
    this.#characters -= lengthOf(waiting.request);
    const line = this.#lines.get(event)!;
    line.splice(line.indexOf(waiting), 1);
    if (line.length === 0) this.#lines.delete(event);
    this.#options.left();
  }
}

function lengthOf({ head, fields = "" }: PublishRequest): number {
  return head.length + fields.length;
}

function notSentError(event: string, reason: string): Error {
  const error = new Error(`Cannot publish "${event}" as ${reason}`);
  return Object.assign(error, { outcome: "not-sent" as const });
}
