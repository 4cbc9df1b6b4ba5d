/**
 * What the methods of `SignalResponder` take and tell.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect.ts";

/** What `SignalResponder.connect` takes. */
export interface ResponderOptions extends ConnectOptions {
  /**
   * First part of the responder's id.
   *
   * @default {the host name if --allow-sys=hostname is granted, else "unknown"}
   */
  name?: string;
  /** The whole id, where an exporter expects a certain one. @default {`<name>-<uuid4>-resp`} */
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
}

/** What `SignalResponder.listen` takes. */
export interface ListenOptions {
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal;
}

/** An answer. */
export interface RespondOptions {
  /** Response action success: 1 acted on it, anything else did not. Left out where not given. */
  ras?: number;
  /** What there is to say. Left out where not given. */
  message?: string;
}

/** What was passed over so far. */
export interface ResponderCounts {
  /** Messages on the signal channel that are no signal. */
  readonly malformed: number;
  /** Signals that a full queue dropped. */
  readonly dropped: number;
}
