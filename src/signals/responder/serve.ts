/**
 * Serves handlers: each signal is acted on, and the outcome is its answer.
 *
 * @module
 */
import {
  checkCount,
  checkObject,
  checkOneOf,
  checkSignal,
  checkSpan,
  checkText,
  type Names,
} from "../../internal/check.ts";
import { describeValue } from "../../internal/describe_value.ts";
import type { Logger } from "../../internal/logger.ts";
import { every } from "../../internal/timer.ts";
import { stringifyJson } from "../../protocol/json/writer.ts";
import {
  INITIALIZATION,
  SHUTDOWN,
  type Signal,
} from "../../protocol/signal/signal.ts";
import { AbandonedError } from "./abandoned_error.ts";
import type {
  Handler,
  Handlers,
  RespondOptions,
  ServeOptions,
} from "./options.ts";
import { describeThrown } from "./thrown.ts";
import type { UnhandledEvents } from "./unhandled.ts";

/** The names of the options of `serve`. */
export const SERVE_NAMES: Names<ServeOptions> = {
  concurrency: true,
  unknown: true,
  progressInterval: true,
  until: true,
  signal: true,
};

/** Most signals that wait for a handler; beyond, they wait in the responder's own queue. */
const MAX_WAITING = 1_000;

/** Names the handler of the events that have none of their own. */
const ANY_EVENT = "*";

/** The dependencies of {@linkcode Service}. */
export interface ServiceHost {
  /** The signals, until the responder is closed or `ended` aborts. */
  listen(ended: AbortSignal): AsyncIterable<Signal>;
  /** Whether a publisher gives its signals tickets, and so knows which signal an answer is for. */
  givesTickets(publisherId: string): boolean;
  /** Answers. */
  respond(signal: Signal, options: RespondOptions): Promise<void>;
  /** Whether the responder is closed, so that no exporter waits for an answer. */
  isClosed(): boolean;
  /** Tells of signals that are passed over, because no handler takes their event. */
  unhandled: UnhandledEvents;
  /** Takes the failures that no peer can be told. */
  logger: Logger;
}

/** Serves as long as its responder listens. */
export class Service {
  readonly #host: ServiceHost;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #concurrency: number;
  readonly #unknown: ServeOptions["unknown"];
  readonly #progressInterval: number;
  readonly #until: string | undefined;
  readonly #stop = new AbortController();
  /** Aborts what runs for each publisher that is served, until that has ended. */
  readonly #publishers = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: Signal[] = [];
  /** Ends the wait for room among the signals that wait for a handler. */
  #room: (() => void) | undefined;

  constructor(
    host: ServiceHost,
    handlers: Handlers,
    options: ServeOptions & { progressInterval: number },
  ) {
    const { concurrency = 1, unknown, progressInterval } = options;
    checkCount(concurrency, "concurrency");
    if (unknown !== undefined) {
      checkOneOf(unknown, "unknown", ["pass", "succeed", "fail"]);
    }
    checkObject(handlers, "handlers");
    for (const [event, handler] of Object.entries(handlers)) {
      if (typeof handler !== "function") {
        throw new TypeError(
          `Cannot serve "${event}" as its handler must be a function: current value is ${
            describeValue(handler)
          }`,
        );
      }
    }
    if (Object.hasOwn(handlers, INITIALIZATION)) {
      throw new RangeError(
        `Cannot serve "${INITIALIZATION}" as it must have no handler: it is answered by itself, and listen() yields it`,
      );
    }
    if (options.until !== undefined) checkText(options.until, "until");
    this.#host = host;
    this.#handlers = new Map(Object.entries(handlers));
    this.#concurrency = concurrency;
    this.#unknown = unknown;
    this.#progressInterval = checkSpan(progressInterval, "progressInterval", 1);
    this.#until = options.until;
  }

  /** Serves; resolves when that has ended and no handler runs any more. */
  async run(signal: AbortSignal | undefined): Promise<void> {
    checkSignal(signal);
    const { signal: stopped } = this.#stop;
    const ended = signal === undefined
      ? stopped
      : AbortSignal.any([stopped, signal]);
    const stop = () => this.#abortAll();
    ended.addEventListener("abort", stop, { once: true });
    try {
      if (ended.aborted) return;
      for await (const each of this.#host.listen(ended)) {
        this.#take(each);
        if (this.#waiting.length >= MAX_WAITING) {
          await new Promise<void>((resolve) => this.#room = resolve);
        }
      }
    } catch (error) {
      if (!ended.aborted) throw error;
    } finally {
      ended.removeEventListener("abort", stop);
      this.#abortAll();
      await Promise.all(this.#running);
    }
    const { reason } = stopped;
    if (reason instanceof AbandonedError) throw reason;
  }

  /** Ends what runs for a publisher that waits for it no more. */
  abandon(
    publisherId: string,
    why: AbandonedError["why"],
    reason?: string,
  ): void {
    const error = new AbandonedError(publisherId, why, reason);
    this.#publishers.get(publisherId)?.abort(error);
    const wasServed = this.#publishers.delete(publisherId);
    // What it waits for can't come any more.
    const isVain = why === "lost" && this.#until === SHUTDOWN;
    if (isVain && wasServed && this.#publishers.size === 0) {
      this.#stop.abort(error);
    }
  }

  #take(signal: Signal): void {
    const { event, publisherId } = signal;
    if (event !== SHUTDOWN) this.#abortOf(publisherId);
    const isLast = event === this.#until;
    if (
      event === INITIALIZATION && !isLast && this.#mayAnswerNow(publisherId)
    ) {
      this.#send(signal, {});
      return;
    }
    if (
      this.#handlerOf(event) !== undefined || isLast ||
      event === INITIALIZATION
    ) {
      this.#waiting.push(signal);
      this.#next();
    } else this.#answerUnknown(signal);
  }

  /** The end of a publisher is no state to act on, unless a handler has its name. */
  #handlerOf(event: string): Handler | undefined {
    const any = event === SHUTDOWN || event === INITIALIZATION
      ? undefined
      : this.#handlers.get(ANY_EVENT);
    return this.#handlers.get(event) ?? any;
  }

  /**
   * Whether `initialization` may be answered while handlers run. A publisher that
   * tells answers by their order gets it after the answers that are owed to it.
   */
  #mayAnswerNow(publisherId: string): boolean {
    return this.#host.givesTickets(publisherId) ||
      (this.#running.size === 0 && this.#waiting.length === 0);
  }

  #next(): void {
    if (this.#running.size >= this.#concurrency) return;
    const signal = this.#waiting.shift();
    this.#room?.();
    if (signal === undefined) return;
    const running = this.#handle(signal).finally(() => {
      this.#running.delete(running);
      if (signal.event === this.#until) this.#stop.abort();
      else this.#next();
    });
    this.#running.add(running);
  }

  async #handle(signal: Signal): Promise<void> {
    if (signal.event === INITIALIZATION) return await this.#send(signal, {});
    const handler = this.#handlerOf(signal.event);
    if (handler === undefined) return await this.#answerUnknown(signal);
    const progress = (message?: string) =>
      this.#host.respond(signal, { message });
    const timer = every(
      this.#progressInterval,
      () => progress().catch((error: Error) => this.#report(signal, error)),
    );
    const abort = this.#abortOf(signal.publisherId);
    let answer: RespondOptions;
    try {
      const value = await handler(signal, { progress, signal: abort });
      answer = { ras: 1, message: textOf(value) };
    } catch (error) {
      const message = reasonOf(error);
      this.#logThrown(signal, describeThrown(error, message), abort);
      answer = { ras: 0, message };
    } finally {
      timer.cancel();
    }
    // No publisher waits for an answer to shutdown.
    if (signal.event !== SHUTDOWN) await this.#answer(signal, answer);
  }

  /** Does as `unknown` says; no publisher waits for an answer to shutdown. */
  async #answerUnknown(signal: Signal): Promise<void> {
    if (signal.event === SHUTDOWN) return;
    const unknown = this.#unknown ?? "pass";
    if (unknown === "pass") {
      this.#host.unhandled.tell(signal, this.#unknown !== undefined);
    } else await this.#send(signal, { ras: unknown === "succeed" ? 1 : 0 });
  }

  /** Answers; an answer that can't be sent becomes a failure that says so. */
  async #answer(signal: Signal, answer: RespondOptions): Promise<void> {
    try {
      await this.#host.respond(signal, answer);
    } catch (error) {
      const { message } = error as Error;
      this.#report(signal, error as Error);
      if (!(error instanceof TypeError || error instanceof RangeError)) return;
      await this.#send(signal, { ras: 0, message });
    }
  }

  async #send(signal: Signal, options: RespondOptions): Promise<void> {
    try {
      await this.#host.respond(signal, options);
    } catch (error) {
      this.#report(signal, error as Error);
    }
  }

  /** Logs where a handler has failed: a peer gets the message alone, and none at a shutdown. */
  #logThrown(
    { event, publisherId }: Signal,
    what: string,
    { aborted }: AbortSignal,
  ): void {
    const { logger } = this.#host;
    const text =
      `The handler of "${event}" of ${publisherId} has failed: ${what}`;
    if (event === SHUTDOWN && !aborted) logger.error(text);
    else logger.info(text);
  }

  #report({ event, publisherId }: Signal, error: Error): void {
    if (this.#host.isClosed()) return;
    this.#host.logger.error(
      `Could not answer "${event}" of ${publisherId}: ${error.message}`,
    );
  }

  #abortOf(publisherId: string): AbortSignal {
    const known = this.#publishers.get(publisherId);
    if (known !== undefined) return known.signal;
    const controller = new AbortController();
    this.#publishers.set(publisherId, controller);
    return controller.signal;
  }

  #abortAll(): void {
    this.#waiting.length = 0;
    this.#room?.();
    for (const publisherId of [...this.#publishers.keys()]) {
      this.abandon(publisherId, "ended");
    }
  }
}

/**
 * The message of a value that a handler returned.
 *
 * @throws {TypeError} If the value can't be sent.
 */
function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return stringifyJson(value, "the handler's value");
}

/** The message of whatever was thrown. */
function reasonOf(thrown: unknown): string {
  try {
    if (typeof thrown === "string") return thrown;
    if (thrown instanceof Error) return `${thrown.message}`;
    return textOf(thrown) ?? "undefined";
  } catch {
    return "The handler failed with an error that can't be shown";
  }
}
