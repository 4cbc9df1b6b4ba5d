/**
 * What `SignalResponder.serve` takes.
 *
 * @module
 */
import type { Signal } from "../../protocol/signal/signal.ts";

/** What a {@linkcode Handler} gets beside the signal. */
export interface HandlerContext {
  /**
   * Says that the handler is still at work.
   *
   * @param message What there is to say.
   */
  progress(message?: string): Promise<void>;
  /**
   * Aborts when the outcome matters no more: serving was ended, or the
   * publisher has shut down or is lost.
   */
  readonly signal: AbortSignal;
}

/**
 * Acts on a signal. Its outcome is the answer: fulfilled, success, with the
 * message that it returns, if any; rejected, failure, with the error's message.
 */
export type Handler = (
  signal: Signal,
  context: HandlerContext,
) => string | void | Promise<string | void>;

/**
 * Handlers by the event that they act on. The one of `"*"` acts on events that
 * have none of their own, but for `initialization` and `shutdown`.
 */
export type Handlers = Readonly<Record<string, Handler>>;

/** How a responder serves. */
export interface ServeOptions {
  /**
   * How many handlers may run at a time; with 1 signals are handled in their
   * order.
   *
   * @default {1}
   */
  concurrency?: number;
  /**
   * What becomes of events without a handler: passed over, or answered with
   * success or failure.
   *
   * @default {"pass"}
   */
  unknown?: "pass" | "succeed" | "fail";
  /**
   * Milliseconds between the signs of progress that are sent by themselves
   * while a handler runs; `Infinity` for none.
   *
   * @default {5_000}
   */
  progressInterval?: number;
  /** Ends serving after a signal of this event has been handled, such as `"shutdown"`. */
  until?: string;
  /** Ends serving. */
  signal?: AbortSignal;
}
