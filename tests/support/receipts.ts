/**
 * Conversions between receipts and promises.
 *
 * @module
 */

import type { Receipt } from "../../src/transport/transport.ts";

/** Calls back with a receipt; settles when the receipt is called. */
export function receiptOf(
  send: (receipt: Receipt) => void,
): Promise<number> {
  return new Promise((sent, failed) => send({ sent, failed }));
}

/** A send function that calls its receipt when a promise settles. */
export function sendingBy(
  send: () => Promise<number>,
): (payload: string, wait: unknown, receipt: Receipt) => void {
  return (_payload, _wait, receipt) => {
    send().then(
      (receivers) => receipt.sent(receivers),
      (error) => receipt.failed(error),
    );
  };
}
