/**
 * Which events an exporter may publish.
 *
 * @module
 */
import { checkText, checkTexts } from "../../internal/check.ts";
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";

/**
 * Checks the events that a caller calls legal.
 *
 * @returns Them, as a set.
 * @throws {TypeError} If they are not an array of strings with one at least.
 */
export function legalEventsOf(events: readonly string[]): ReadonlySet<string> {
  checkTexts(events, "legalEvents");
  if (events.length === 0) {
    throw new TypeError(
      "Cannot initialize as legalEvents must hold one event at least",
    );
  }
  return new Set(events);
}

/**
 * Checks an event that is to be published.
 *
 * @param event The event.
 * @param legal The legal events; any event will do before there are some.
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is not legal, or has a method of its own.
 */
export function checkEvent(
  event: string,
  legal: ReadonlySet<string> | undefined,
): void {
  checkText(event, "event");
  if (event === INITIALIZATION || event === SHUTDOWN) {
    throw new RangeError(
      `Cannot publish "${event}" as a signal of its own: call ${
        event === SHUTDOWN ? "shutdown()" : "initialize()"
      } instead`,
    );
  }
  if (legal !== undefined && !legal.has(event)) {
    throw new RangeError(
      `Cannot publish "${event}" as it must be one of the legal events: ${
        [...legal].join(", ")
      }`,
    );
  }
}
