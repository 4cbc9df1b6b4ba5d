/**
 * Signals and answers of a wanted size, as they go over the wire.
 *
 * @module
 */

import { encodeResponse } from "../../src/protocol/response/response.ts";
import { encodeSignal } from "../../src/protocol/signal/encoder.ts";

/** A signal with a number; its metadata makes it about so many bytes long. */
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

/** An answer of success. */
export function answerText(
  responderId: string,
  publisherId: string,
  event: string,
): string {
  return encodeResponse({ responderId, publisherId, event, ras: 1 });
}
