/**
 * What an error says of the message that it is about.
 *
 * @module
 */
import type { DeliveryError } from "./transport.ts";

/** Whether the message may have been sent; nothing where the error, which may be anything, does not say. */
export function outcomeOf(
  error: unknown,
): DeliveryError["outcome"] | undefined {
  return (error as Partial<DeliveryError> | null | undefined)?.outcome;
}
