/**
 * Payloads of whole signals and responses, as peers send them.
 *
 * @module
 */
import {
  type Response,
  ResponseEncoder,
} from "../../src/protocol/response/response.ts";
import {
  closeSignal,
  encodeFields,
  SignalEncoder,
} from "../../src/protocol/signal/encoder.ts";
import type { Signal } from "../../src/protocol/signal/signal.ts";

/**
 * Writes a signal as the payload of the signal channel.
 *
 * @throws {TypeError} If a peer could not read a field; names the field.
 */
export function encodeSignal(signal: Signal): string {
  return closeSignal(
    new SignalEncoder(signal).encodeOpen(signal),
    encodeFields(signal.metadata),
  );
}

/**
 * Writes a response as the payload of the response channel.
 *
 * @throws {TypeError} If a peer could not read a field; names the field.
 */
export function encodeResponse(response: Response): string {
  return new ResponseEncoder(response.responderId).encode(response);
}
