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
    const { over: signal } = receipt;
    const withdrawable = signal === undefined
      ? options
      : { ...options, signal };
    Promise.resolve(transport.publish(channel, payload, withdrawable)).then(
      (receivers) => receipt.sent(receivers),
      (error) => receipt.failed(error),
    );
  } catch (error) {
    receipt.failed(error);
  }
}
