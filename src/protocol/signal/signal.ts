/**
 * The signal, by which a process publishes its state: its type and its defaults.
 *
 * @module
 */

/** The tag of a signal without one of its own. */
export const DEFAULT_TAG = "No tag specified";

/** The sample number of a signal without one of its own. */
export const DEFAULT_SAMPLE: number = -1;

/** The event that asks responders to join. */
export const INITIALIZATION = "initialization";

/** The event by which a publisher says that it leaves. */
export const SHUTDOWN = "shutdown";

/**
 * The state of a process at one moment.
 *
 * @category Responder
 */
export interface Signal {
  /** The exporter's unique id: the process name and a UUID. */
  readonly publisherId: string;
  /** The name of the process. */
  readonly processName: string;
  /** The state. */
  readonly event: string;
  /** The host of the process. */
  readonly runnerHost: string;
  /** The sample number, -1 if there is none; a bigint only beyond the safe integers. */
  readonly sampleNo: number | bigint;
  /** Any label. */
  readonly tag: string;
  /** Any other data of the publisher; absent if there are none. */
  readonly metadata?: Record<string, unknown>;
  /**
   * Names this signal among all signals of its publisher. A response repeats it,
   * to name the signal that the response is for, so keep it in a copy such as
   * `{ ...signal }`. `null` if the publisher gives none, as Python publishers do.
   */
  readonly ticket?: string | null;
}
