/**
 * The options and results of the methods of `SignalExporter`.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect_options.ts";
import {
  checkBoolean,
  checkCount,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkSpan,
  checkWhole,
  type Names,
} from "../../internal/check.ts";
import { type Intervals, intervalsOf } from "../../internal/intervals.ts";
import { leveledLogger, type Logger } from "../../internal/logger.ts";
import type { StrayReason } from "../events.ts";

/**
 * The options of `SignalExporter.connect`.
 *
 * @category Exporter
 */
export interface ExporterOptions extends ConnectOptions {
  /**
   * Where the process runs.
   *
   * @default {the host name if --allow-sys=hostname is granted, else "unknown"}
   */
  runnerHost?: string;
  /**
   * `"auto"`: signals carry a ticket once a subscriber has said that it names
   * tickets in its responses, so that no response is taken for another signal's.
   * `"off"`: as on the wire of 1.0.1; then every responder must answer in the
   * order of the signals.
   *
   * @default {"auto"}
   */
  correlation?: "auto" | "off";
  /**
   * Evicts a subscriber that has not answered so many publishes in a row; an
   * `unsubscribe` event says so. A publish during which the exporter's own link
   * was down does not count. A whole number, 1 at least.
   *
   * @default {Infinity}
   */
  evictAfterMisses?: number;
  /**
   * What becomes of a subscriber that is lost: it stays on the roster, or is
   * evicted after the publishes that wait for it; an `unsubscribe` event says so.
   *
   * @default {"keep"}
   */
  onLost?: "keep" | "evict";
  /**
   * Milliseconds for which a subscriber may be silent, although it is asked
   * whether it is there, before it is lost. It matters only where the server
   * does not count the subscriber's connection, such as on another node of a
   * cluster: a connection that is counted proves that the subscriber is there,
   * and one that ends is noticed at once. 100 at least.
   *
   * @default {15_000; 300_000 with `quiet`}
   */
  heartbeatTimeout?: number;
  /**
   * Whether the server is asked (`PUBSUB NUMSUB`) which subscribers are
   * connected. Without that a dead subscriber is noticed by its silence alone.
   *
   * @default {true}
   */
  countSubscribers?: boolean;
  /**
   * Asks server and subscribers rarely for a sign of life, for a server that
   * bills each command. The same answers prove a loss, but later: a subscriber
   * that dies is lost within 6 s, and a server that stays mute is noticed within
   * 185 s. A `redis` that is a transport already keeps its own `pingInterval`.
   *
   * @default {false}
   */
  quiet?: boolean;
}

/** The names of the options that other entry points do not have. */
export const EXPORTER_NAMES: Names<
  Omit<ExporterOptions, keyof ConnectOptions>
> = {
  runnerHost: true,
  correlation: true,
  evictAfterMisses: true,
  onLost: true,
  heartbeatTimeout: true,
  countSubscribers: true,
  quiet: true,
};

/** The options of an exporter, checked. */
export interface ExporterSettings {
  readonly logger: Logger;
  /** Whether signals carry tickets where a subscriber names them. */
  readonly correlates: boolean;
  /** After how many publishes in a row that it missed a subscriber is evicted. */
  readonly evictAfterMisses: number;
  /** Whether a subscriber that is lost is evicted. */
  readonly evictsLost: boolean;
  /** How often subscribers are looked for, and how long they may be silent. */
  readonly intervals: Intervals;
  /** Whether the server may be asked how many subscribers an inbox has. */
  readonly counts: boolean;
}

/**
 * Checks the options of an exporter.
 *
 * @throws {TypeError | RangeError} If one can't be used; it is named.
 */
export function settingsOf(options: ExporterOptions): ExporterSettings {
  const {
    correlation = "auto",
    evictAfterMisses = Infinity,
    onLost = "keep",
    countSubscribers = true,
  } = options;
  checkOneOf(correlation, "correlation", ["auto", "off"]);
  checkOneOf(onLost, "onLost", ["keep", "evict"]);
  return {
    logger: leveledLogger(options.logger, options.logLevel),
    correlates: correlation === "auto",
    evictAfterMisses: checkCount(evictAfterMisses, "evictAfterMisses"),
    evictsLost: onLost === "evict",
    intervals: intervalsOf(options),
    counts: checkBoolean(countSubscribers, "countSubscribers"),
  };
}

/** The events that an exporter may publish: those of a list, or every event. */
export type LegalEvents = ReadonlySet<string> | "any";

/**
 * The options of `SignalExporter.initialize`.
 *
 * @category Exporter
 */
export interface InitializeOptions {
  /** Tag of the `initialization` signal. @default {"No tag specified"} */
  tag?: string;
  /** Responder ids that are subscribers from the start; none of them is empty. */
  expected?: readonly string[];
  /** Ends the wait; without it the server has 20 seconds to come back. */
  signal?: AbortSignal;
}

/**
 * The options of `SignalExporter.initializeAndWait`.
 *
 * @category Exporter
 */
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
}

/** The names of the options of `initialize`. */
export const INITIALIZE_NAMES: Names<InitializeOptions> = {
  tag: true,
  expected: true,
  signal: true,
};

const WAIT_NAMES: Names<InitializeAndWaitOptions> = {
  ...INITIALIZE_NAMES,
  timeout: true,
  periodic: true,
};

/** Milliseconds between requests for subscribers, where `periodic` names none. */
export const PERIOD = 1_000;

/** How to initialize and wait, checked. */
export interface WaitSettings {
  readonly timeout: number;
  readonly period: number;
  readonly signal: AbortSignal | undefined;
  readonly rest: InitializeOptions;
}

/**
 * Checks how to initialize and wait.
 *
 * @throws {TypeError | RangeError} If an option can't be used; it is named.
 */
export function waitSettingsOf(
  options: InitializeAndWaitOptions,
): WaitSettings {
  checkOptions(options, WAIT_NAMES);
  const { timeout = 60_000, periodic = false, signal, ...rest } = options;
  checkSpan(timeout, "timeout");
  const period = typeof periodic === "boolean"
    ? periodic ? PERIOD : Infinity
    : checkWhole(periodic, "periodic", 1);
  return { timeout, period, signal: checkSignal(signal), rest };
}

/**
 * The options of `SignalExporter.publishSignal`.
 *
 * @category Exporter
 */
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

/** The names of the options of a publish. */
export const PUBLISH_NAMES: Names<PublishOptions> = {
  sample: true,
  tag: true,
  metadata: true,
  timeout: true,
  idleTimeout: true,
  until: true,
  failFast: true,
  signal: true,
};

/**
 * The options of `SignalExporter.shutdown`.
 *
 * @category Exporter
 */
export interface ShutdownOptions {
  /** Tag of the `shutdown` signal. @default {"No tag specified"} */
  tag?: string;
  /**
   * Why the exporter ends: the key `reason` of the signal's metadata, which
   * Python peers see as well. An empty text is no reason, and what is beyond
   * 4,096 characters is cut. Signals of handlers that still work for this
   * exporter abort with an `AbandonedError` that has the reason.
   */
  reason?: string;
  /** Ends the wait; without it a link that is down has 20 seconds to come back. */
  signal?: AbortSignal;
}

/**
 * Answers that were not counted, and messages that were not understood, so far.
 *
 * @category Exporter
 */
export interface ExporterCounts extends Readonly<Record<StrayReason, number>> {
  /** Messages on the response channel that are no response. */
  readonly malformed: number;
}

/** The counts of an exporter that has heard no response yet, by reason. */
export const NO_STRAYS: Readonly<Record<StrayReason, number>> = {
  duplicate: 0,
  conflict: 0,
  unknown: 0,
  late: 0,
  stale: 0,
};
