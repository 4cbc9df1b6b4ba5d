/**
 * What the methods of `SignalExporter` take and tell.
 *
 * @module
 */
import type { ConnectOptions } from "../connect.ts";
import type { StrayReason } from "./events.ts";

/** What `SignalExporter.connect` takes beside the process's name. */
export interface ExporterOptions extends ConnectOptions {
  /**
   * Where the process runs.
   *
   * @default {the host name if --allow-sys=hostname is granted, else "unknown"}
   */
  runnerHost?: string;
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
