/**
 * What the methods of `SignalExporter` take and tell.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect.ts";
import type { StrayReason } from "../events.ts";

/** What `SignalExporter.connect` takes beside the process's name. */
export interface ExporterOptions extends ConnectOptions {
  /**
   * Where the process runs.
   *
   * @default {the host name if --allow-sys=hostname is granted, else "unknown"}
   */
  runnerHost?: string;
  /**
   * `"auto"`: signals carry a ticket once a subscriber has said that it names
   * it in its answers, so that no answer is taken for another signal's.
   * `"off"`: as on the wire of 1.0.1.
   *
   * @default {"auto"}
   */
  correlation?: "auto" | "off";
  /**
   * Takes a subscriber off the roster that has not answered so many publishes
   * in a row; an `unsubscribe` event says so.
   *
   * @default {Infinity}
   */
  evictAfterMisses?: number;
  /**
   * Milliseconds for which a subscriber that holds a channel of its own may say
   * nothing at all, not even that it is there, before it is lost. A handler
   * that blocks its event loop is silent as well. A subscriber whose connection
   * ended is noticed at once, whatever this says.
   *
   * @default {15_000}
   */
  heartbeatTimeout?: number;
}

/** What `SignalExporter.initialize` takes beside the events. */
export interface InitializeOptions {
  /** Tag of the `initialization` signal. @default {"No tag specified"} */
  tag?: string;
  /** Responder ids that are subscribers from the start. */
  expected?: readonly string[];
}

/** What `SignalExporter.initializeAndWait` takes beside count and events. */
export interface InitializeAndWaitOptions extends InitializeOptions {
  /** Milliseconds to wait; `Infinity`: for ever. @default {60_000} */
  timeout?: number;
  /**
   * Publishes `initialization` again each second, or each so many (whole)
   * milliseconds, for responders that start late.
   *
   * @default {false}
   */
  periodic?: boolean | number;
  /** Ends the wait. */
  signal?: AbortSignal;
}

/** What `SignalExporter.publishSignal` takes beside the event. */
export interface PublishOptions {
  /** Number of the sample. @default {-1} */
  sample?: number | bigint;
  /** Any label. @default {"No tag specified"} */
  tag?: string;
  /** Anything else that JSON can say; integers beyond the safe range as `bigint`. */
  metadata?: Record<string, unknown>;
  /** Milliseconds to wait for the answers; `Infinity`: for ever. @default {20_000} */
  timeout?: number;
  /**
   * Milliseconds without any answer or sign of progress after which waiting
   * ends, too.
   *
   * @default {Infinity}
   */
  idleTimeout?: number;
  /**
   * How many subscribers must have succeeded: all of them, so many, or this
   * part of them. What the others do is not waited for.
   *
   * @default {"all"}
   */
  until?: "all" | { count: number } | { quorum: number };
  /**
   * Ends the wait at the first failure.
   *
   * @default {false}
   */
  failFast?: boolean;
  /** Gives up waiting. */
  signal?: AbortSignal;
}

/** What `SignalExporter.shutdown` takes. */
export interface ShutdownOptions {
  /** Tag of the `shutdown` signal. @default {"No tag specified"} */
  tag?: string;
}

/** Answers that were not counted, and messages that were not understood, so far. */
export interface ExporterCounts extends Readonly<Record<StrayReason, number>> {
  /** Messages on the response channel that are no response. */
  readonly malformed: number;
}
