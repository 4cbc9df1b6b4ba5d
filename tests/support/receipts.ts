/**
 * Receipts and promises, each made of the other.
 *
 * @module
 */

import type { Receipt } from "../../src/transport/transport.ts";

/** Calls back with a receipt, and waits until it is told. */
export function receiptOf(
  send: (receipt: Receipt) => void,
): Promise<number> {
  return new Promise((sent, failed) => send({ sent, failed }));
}

/** Sends by a promise whatever is to be sent, and tells the receipt. */
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
