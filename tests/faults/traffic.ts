/**
 * Signals and responses of a given size in their wire format.
 *
 * @module
 */

import { encodeResponse, encodeSignal } from "../support/payloads.ts";

/** A signal with a sample number and about `bytes` bytes of metadata. */
export function signalText(sampleNo: number, bytes = 0): string {
  return encodeSignal({
    publisherId: "fio-1",
    processName: "fio",
    event: "state",
    runnerHost: "node-1",
    sampleNo,
    tag: "t",
    ...(bytes > 0 && { metadata: { filling: "x".repeat(bytes) } }),
  });
}

/** A successful response. */
export function answerText(
  responderId: string,
  publisherId: string,
  event: string,
): string {
  return encodeResponse({ responderId, publisherId, event, ras: 1 });
}
