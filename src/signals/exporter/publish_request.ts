/**
 * What a caller asks an exporter to publish, checked.
 *
 * @module
 */
import {
  checkBoolean,
  checkOptions,
  checkSignal,
  checkSpan,
  checkText,
  checkTexts,
  checkWhole,
  mustBe,
} from "../../internal/check.ts";
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import {
  type LegalEvents,
  PUBLISH_NAMES,
  type PublishOptions,
} from "./options.ts";
import type { Sender } from "./sender.ts";

/** One publish, as it was asked for: the caller may change its objects while the publish waits for its turn. */
export interface PublishRequest {
  readonly event: string;
  readonly tag: string | undefined;
  /** The signal, encoded up to its metadata. */
  readonly head: string;
  /** Its metadata, encoded without their braces; `undefined` where there are none. */
  readonly fields: string | undefined;
  /** When the publish was called, by `performance.now()`. */
  readonly calledAt: number;
  /** Milliseconds from the call to the deadline. */
  readonly timeout: number;
  /** Milliseconds without a response after which the wait ends. */
  readonly idleTimeout: number;
  /** Ends the publish with an error. */
  readonly signal: AbortSignal | undefined;
  /** Whether the first failure ends the wait. */
  readonly failFast: boolean;
  /** How many successes of so many subscribers are enough; `undefined`: all. */
  enough(subscribers: number): number | undefined;
}

const ALL = () => undefined;

/** Milliseconds until the deadline of a publish. */
export function timeLeft({ calledAt, timeout }: PublishRequest): number {
  return Math.max(0, calledAt + timeout - performance.now());
}

/**
 * Checks what is to be published, and encodes it.
 *
 * @param legal The legal events; without them any event may be published.
 * @throws {TypeError | RangeError} If something can't be published; it is named.
 */
export function checkPublish(
  sender: Sender,
  event: string,
  options: PublishOptions,
  legal: LegalEvents | undefined,
): PublishRequest {
  checkOptions(options, PUBLISH_NAMES);
  const { timeout = 20_000, idleTimeout = Infinity, signal, tag } = options;
  const { failFast = false } = options;
  checkEvent(event, legal);
  checkSpan(timeout, "timeout");
  checkSpan(idleTimeout, "idleTimeout");
  const enough = enoughOf(options.until);
  const head = sender.encodeHead(event, options);
  const fields = sender.encodeFields(options);
  checkSignal(signal)?.throwIfAborted();
  return {
    event,
    tag,
    head,
    fields,
    calledAt: performance.now(),
    timeout,
    idleTimeout,
    signal,
    failFast: checkBoolean(failFast, "failFast"),
    enough,
  };
}

/**
 * Checks the events that a caller calls legal.
 *
 * @throws {TypeError} If they are neither an array of strings with one at least, nor `"any"`.
 * @throws {RangeError} If one of them has a method of its own.
 */
export function checkLegalEvents(
  events: readonly string[] | "any",
): LegalEvents {
  if (events === "any") return events;
  checkTexts(events, "legalEvents", 'an array of strings, or "any"');
  if (events.length === 0) {
    throw new TypeError(
      "Cannot initialize as legalEvents must hold one event at least",
    );
  }
  const own = events.find(isControl);
  if (own !== undefined) {
    throw new RangeError(
      `Cannot use "${own}" as a legal event: leave it out, because ${
        methodOf(own)
      } publishes it`,
    );
  }
  return new Set(events);
}

/** Whether a signal of this event has a method of its own. */
function isControl(event: string): boolean {
  return event === INITIALIZATION || event === SHUTDOWN;
}

function methodOf(event: string): string {
  return event === SHUTDOWN ? "shutdown()" : "initialize()";
}

/**
 * Checks an event that is to be published.
 *
 * @param legal The legal events; without them any event will do.
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is not legal, or has a method of its own.
 */
export function checkEvent(
  event: string,
  legal: LegalEvents | undefined,
): void {
  checkText(event, "event");
  if (isControl(event)) {
    throw new RangeError(
      `Cannot publish "${event}" as a signal of its own: call ${
        methodOf(event)
      } instead`,
    );
  }
  if (legal !== undefined && legal !== "any" && !legal.has(event)) {
    throw new RangeError(
      `Cannot publish "${event}" as it must be one of the legal events: ${
        [...legal].join(", ")
      }`,
    );
  }
}

/**
 * Reads and checks `until`.
 *
 * @returns As {@linkcode PublishRequest.enough}.
 * @throws {TypeError | RangeError} If it is neither a count nor a quorum.
 */
export function enoughOf(
  until: PublishOptions["until"] = "all",
): (subscribers: number) => number | undefined {
  if (until === "all") return ALL;
  if (typeof until !== "object" || until === null) {
    const what = '"all", a count or a quorum';
    throw new TypeError(mustBe("until", what, until));
  }
  checkOptions(until, { count: true, quorum: true }, "until option");
  if ("count" in until && "quorum" in until) {
    throw new TypeError("Cannot use until.count together with until.quorum");
  }
  if ("count" in until) {
    const count = checkWhole(until.count, "until.count", 1, 2 ** 31);
    return () => count;
  }
  const { quorum } = until;
  if (typeof quorum !== "number" || !(quorum > 0 && quorum <= 1)) {
    const what = "more than 0 and at most 1";
    throw new RangeError(mustBe("until.quorum", what, quorum));
  }
  return (subscribers) => Math.ceil(subscribers * quorum);
}
