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
  return (Object(error) as Partial<DeliveryError>).outcome;
}

/** Refusals that may pass by themselves. */
const PASSING = /^(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|TRYAGAIN)$/;

/** Whether the server has refused the message, and would refuse it again. */
export function isRefused(error: unknown): boolean {
  const { code } = Object(error) as Partial<DeliveryError>;
  return typeof code === "string" && !PASSING.test(code);
}
