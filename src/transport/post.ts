/**
 * Publishing with a receipt: on whatever transport, and whether it takes one or not.
 *
 * @module
 */
import type {
  Receipt,
  Transport,
  TransportPublishOptions,
} from "./transport.ts";

/** Sends one message, and tells a receipt what became of it, at once or later; never throws. */
export function post(
  transport: Transport,
  channel: string,
  payload: string,
  options: TransportPublishOptions,
  receipt: Receipt,
): void {
  try { // one of the caller's own may throw at once, or return no promise
    if (transport.post !== undefined) {
      return transport.post(channel, payload, options, receipt);
    }
    Promise.resolve(
      transport.publish(channel, payload, withdrawable(options, receipt)),
    ).then(
      (receivers) => receipt.sent(receivers),
      (error) => receipt.failed(error),
    );
  } catch (error) {
    receipt.failed(error);
  }
}

/** The options with the receipt's signal, which is made where somebody looks at it. */
function withdrawable(
  options: TransportPublishOptions,
  receipt: Receipt,
): TransportPublishOptions {
  if (!("over" in receipt)) return options;
  return {
    ...options,
    get signal() {
      return receipt.over ?? options.signal;
    },
  };
}
