/**
 * Asks exporters to stop, again and again until each has confirmed that.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import {
  checkFilled,
  checkOptions,
  checkSignal,
  checkSpan,
} from "../../internal/check.ts";
import { within } from "../../internal/patience.ts";
import { every } from "../../internal/timer.ts";
import { shortReason } from "../../protocol/reason.ts";
import { isRefused } from "../../transport/outcome.ts";
import type { RequestStopOptions } from "./options.ts";
import type { ResponseSender } from "./response_sender.ts";

/** Milliseconds from a request that is not confirmed to the next one with its key. */
const AGAIN = 1_000;
/** Milliseconds for the receipt, where the caller names none. */
const TIMEOUT = 5_000;

/** Asks in the name of one responder. */
export class StopRequester {
  readonly #sender: ResponseSender;
  /** Takes the receipt of each request, by the request's key. */
  readonly #waiting = new Map<string, () => void>();
  readonly #closed = new AbortController();

  constructor(sender: ResponseSender) {
    this.#sender = sender;
  }

  /** Takes the receipt of a request. */
  heard(key: string): void {
    this.#waiting.get(key)?.();
  }

  /** Ends every wait. */
  close(): void {
    this.#closed.abort(
      new Error("The responder was closed before the exporter has confirmed"),
    );
  }

  /** Asks; resolves when the exporter has confirmed that. */
  async request(
    publisherId: string,
    reason: string,
    options: RequestStopOptions,
  ): Promise<void> {
    checkOptions(options, { timeout: true, signal: true });
    const { timeout = TIMEOUT, signal } = options;
    checkFilled(publisherId, "publisherId");
    const text = shortReason(reason);
    checkFilled(text, "reason");
    checkSpan(timeout, "timeout");
    checkSignal(signal);
    if (this.#closed.signal.aborted) {
      const { responderId } = this.#sender;
      throw failure(publisherId, `the responder ${responderId} is closed`);
    }
    const ended = AbortSignal.any([
      this.#closed.signal,
      ...(signal === undefined ? [] : [signal]),
    ]);
    ended.throwIfAborted();
    if (!this.#sender.holdsInbox) {
      const why = "this responder holds no inbox, which takes the receipt";
      throw failure(publisherId, why);
    }
    const key = crypto.randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let why = "the exporter is not there, not initialized, or a peer of 1.0.1";
    const ask = async () => {
      try {
        const request = { publisherId, key, reason: text };
        if (await this.#sender.askToStop(request) === 0) return;
        why = "it may be of a version that knows no such request";
      } catch (error) {
        why = (error as Error).message;
        if (isRefused(error)) reject(failure(publisherId, why, error));
      }
    };
    this.#waiting.set(key, resolve);
    const timer = every(AGAIN, ask);
    ask();
    try {
      await within(timeout, abortable(promise, ended), () =>
        failure(
          publisherId,
          `it has not confirmed that within ${timeout} ms: ${why}`,
        ));
    } finally {
      timer.cancel();
      this.#waiting.delete(key);
    }
  }
}

function failure(publisherId: string, why: string, cause?: unknown): Error {
  return new Error(`Cannot ask ${publisherId} to stop as ${why}`, { cause });
}
