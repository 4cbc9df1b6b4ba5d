/**
 * The options and results of the methods of `SignalResponder`.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect_options.ts";
import type { Signal } from "../../protocol/signal/signal.ts";

/**
 * The options of `SignalResponder.connect`.
 *
 * @category Responder
 */
export interface ResponderOptions extends ConnectOptions {
  /**
   * First part of the responder's id.
   *
   * @default {the host name if --allow-sys=hostname is granted, else "unknown"}
   */
  name?: string;
  /** The whole id, where an exporter expects a certain one; it is not empty. @default {`<name>-<uuid4>-resp`} */
  id?: string;
  /**
   * Most signals that wait for one `listen()`; one more drops the oldest, which
   * an `overflow` event reports.
   *
   * @default {10_000}
   */
  queueCapacity?: number;
  /**
   * Releases a lock on a publisher that is lost.
   *
   * @default {false}
   */
  unlockLost?: boolean;
  /**
   * Milliseconds for which a publisher may be silent, although it is asked
   * whether it is there, before it is lost. It matters only where the server
   * does not count the publisher's connection, such as on another node of a
   * cluster. 100 at least.
   *
   * @default {15_000; 300_000 with `quiet`}
   */
  heartbeatTimeout?: number;
  /**
   * Whether the server is asked (`PUBSUB NUMSUB`) which publishers are
   * connected. Without that a dead publisher is noticed by its silence alone.
   *
   * @default {true}
   */
  countSubscribers?: boolean;
  /**
   * Asks server and publishers rarely for a sign of life, for a server that
   * bills each command. The same answers prove a loss, but later: a publisher
   * that dies is lost within 301 s, and a server that stays mute is noticed
   * within 185 s. Handlers that `serve` runs show progress every 90 s. A `redis`
   * that is a transport already keeps its own `pingInterval`.
   *
   * @default {false}
   */
  quiet?: boolean;
}

/**
 * The options of `SignalResponder.listen`.
 *
 * @category Responder
 */
export interface ListenOptions {
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * An answer.
 *
 * @category Responder
 */
export interface RespondOptions {
  /** Response action success: 1 acted on it, anything else did not. Left out where not given. */
  ras?: number;
  /** The message; left out where none is given. */
  message?: string;
}

/**
 * The options of `SignalResponder.requestStop`.
 *
 * @category Responder
 */
export interface RequestStopOptions {
  /** Milliseconds to wait for the exporter's receipt; `Infinity`: for ever. @default {5_000} */
  timeout?: number;
  /** Ends the wait. */
  signal?: AbortSignal;
}

/**
 * Counts of the messages that were passed over so far.
 *
 * @category Responder
 */
export interface ResponderCounts {
  /** Messages on the signal channel that are no signal. */
  readonly malformed: number;
  /** Signals that a full queue dropped. */
  readonly dropped: number;
}

/**
 * What a {@linkcode Handler} gets beside the signal.
 *
 * @category Responder
 */
export interface HandlerContext {
  /**
   * Says that the handler is still at work.
   *
   * @param message What there is to say.
   */
  progress(message?: string): Promise<void>;
  /**
   * Aborts when the outcome matters no more: serving was ended, or the
   * publisher has shut down or is lost. Its reason is an `AbandonedError`, which
   * has the reason that the publisher gave to `shutdown`.
   */
  readonly signal: AbortSignal;
}

/**
 * Acts on a signal. Its outcome is the answer: fulfilled, success, with the value
 * that it returns, unless that is `undefined`, as the message; rejected, failure,
 * with the error's message. A value that is no string is sent as JSON text; one
 * that can't be sent makes the answer a failure that says so. Message and stack
 * of an error are logged: as ERROR where a handler of `shutdown` throws, which no
 * publisher hears of, else as INFO.
 *
 * @category Responder
 */
export type Handler = (signal: Signal, context: HandlerContext) => unknown;

/**
 * Handlers by the event that they act on. The one of `"*"` acts on events that
 * have none of their own, but for `initialization` and `shutdown`. A handler of
 * `initialization`, which is answered by itself, is refused.
 *
 * @category Responder
 */
export type Handlers = Readonly<Record<string, Handler>>;

/**
 * How a responder serves.
 *
 * @category Responder
 */
export interface ServeOptions {
  /**
   * How many handlers may run at a time, a whole number or `Infinity`; with 1 signals are handled in their
   * order.
   *
   * @default {1}
   */
  concurrency?: number;
  /**
   * What becomes of events without a handler: passed over, which leaves their
   * publishes without an answer until these time out, or answered with success
   * or failure. Where it is left out they are passed over, and the log warns of
   * each event once, unless another `listen()` or `serve()` runs as well.
   *
   * @default {"pass", with a warning}
   */
  unknown?: "pass" | "succeed" | "fail";
  /**
   * Milliseconds between the signs of progress that are sent by themselves
   * while a handler runs, 1 at least; `Infinity` for none.
   *
   * @default {5_000; 90_000 with `quiet`}
   */
  progressInterval?: number;
  /**
   * Ends serving after a signal of this event has been handled. With `"shutdown"`
   * serving also ends, with an `AbandonedError`, when the only publisher that is
   * served is lost: its `shutdown` can't come any more.
   */
  until?: string;
  /** Ends serving: `serve` resolves when no handler runs any more. */
  signal?: AbortSignal;
}
