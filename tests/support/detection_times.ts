/**
 * The most milliseconds from the end of something until that is noticed, computed
 * from the intervals of the module.
 *
 * @module
 */

import type { Intervals } from "../../src/internal/intervals.ts";
import { resolveLinkOptions } from "../../src/link/options.ts";
import { SERVER_EVERY } from "../../src/signals/exporter/subscriber_monitor.ts";
import { QUESTION_TIMEOUT } from "../../src/signals/liveness.ts";

/** For peers that the server counts, peers that it does not count, and the server. */
export interface DetectionTimes {
  readonly counted: PeerDetection;
  readonly uncounted: PeerDetection;
  /** A server that stays mute. */
  readonly server: number;
  /** A server that has become a replica, while a publish waits and while none does. */
  readonly replica: { readonly waiting: number; readonly idle: number };
}

/** For each role. */
export interface PeerDetection {
  /** A subscriber, while a publish waits for it. */
  readonly subscriber: number;
  readonly publisher: number;
}

export function detectionTimes(
  {
    pingInterval,
    subscriberCount,
    publisherCount,
    publisherCountLater,
    heartbeatTimeout,
  }: Intervals,
): DetectionTimes {
  // A publisher that was heard after one look is taken for alive at the next one.
  const heard = publisherCount;
  return {
    counted: {
      subscriber: subscriberCount + QUESTION_TIMEOUT,
      publisher: Math.max(heard + publisherCount, publisherCountLater) +
        QUESTION_TIMEOUT,
    },
    uncounted: {
      subscriber: heartbeatTimeout + subscriberCount,
      publisher: heard + heartbeatTimeout + publisherCountLater,
    },
    server: pingInterval + resolveLinkOptions({}).pingTimeout,
    replica: { waiting: SERVER_EVERY * subscriberCount, idle: pingInterval },
  };
}
