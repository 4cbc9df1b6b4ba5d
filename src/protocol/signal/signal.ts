/**
 * The signal: a process tells its state.
 *
 * @module
 */

/** The tag of a signal whose publisher gave none. */
export const DEFAULT_TAG = "No tag specified";

/** The sample number of a signal whose publisher gave none. */
export const DEFAULT_SAMPLE: number = -1;

/** The event that asks responders to join. */
export const INITIALIZATION = "initialization";

/** The event that tells responders that the publisher leaves. */
export const SHUTDOWN = "shutdown";

/** The state of a process at one moment. */
export interface Signal {
  /** The exporter's unique id: the process name and a UUID. */
  readonly publisherId: string;
  /** The process whose state this is. */
  readonly processName: string;
  /** The state. */
  readonly event: string;
  /** The host that the process runs on. */
  readonly runnerHost: string;
  /** The sample number, -1 if none; a bigint only beyond the safe integers. */
  readonly sampleNo: number | bigint;
  /** Any label. */
  readonly tag: string;
  /** Anything else that the publisher has to say; absent if it gave none. */
  readonly metadata?: Record<string, unknown>;
  /**
   * Names this signal among all of its publisher's, so that a response names the
   * signal that it is for, also by a copy such as `{ ...signal }`. `null` where
   * the publisher named none, as Python publishers do.
   */
  readonly ticket?: string | null;
}
