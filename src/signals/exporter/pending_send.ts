/**
 * One publish that nobody owes an answer, until the server has confirmed it.
 *
 * @module
 */
import { afterOthers, type Timer } from "../../internal/timer.ts";
import { ResultCode } from "../../protocol/result.ts";
import type { Receipt } from "../../transport/transport.ts";
import { afterGrace, Ending, unconfirmedError } from "./grace.ts";
import type { Wait } from "./pending_publish.ts";
import type { PublishResult } from "./publish_result.ts";

const NOBODY: ReadonlyMap<string, never> = new Map<string, never>();

/** Settles when the message is confirmed, or can't be told to be. */
export class PendingSend extends Ending implements Receipt {
  readonly #since = performance.now();
  readonly #settled = Promise.withResolvers<PublishResult>();
  readonly #signal: AbortSignal | undefined;
  #timer: Timer;
  /** Whether its time is up, and only the transport may still speak. */
  #isOverdue = false;

  constructor({ timeout, signal }: Wait) {
    super();
    // The transport's time may be up as well, and it knows whether it has sent.
    this.#timer = afterOthers(timeout, () => this.end());
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** The outcome; rejects where the message was not sent, nobody can tell, or it aborts. */
  get result(): Promise<PublishResult> {
    return this.#settled.promise;
  }

  /** The server has the message. */
  sent(receivers: number): void {
    this.#release();
    this.#settled.resolve({
      code: ResultCode.AllSubsSuccess,
      ok: true,
      acks: NOBODY,
      missing: NOBODY,
      messages: {},
      receivers,
      elapsed: performance.now() - this.#since,
    });
  }

  /** The server has not confirmed the message. */
  failed(error: unknown): void {
    this.#release();
    this.#settled.reject(error);
  }

  /** Waits no longer; but never calls a success what may not have been sent. */
  end(): void {
    if (this.#isOverdue) return;
    this.#isOverdue = true;
    this.#timer.cancel();
    this.#timer = afterGrace(() => this.failed(unconfirmedError()));
  }

  readonly #abort = (): void => this.failed(this.#signal!.reason);

  #release(): void {
    this.conclude();
    this.#timer.cancel();
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}
