/**
 * Tells of events that no handler takes, whose publishes wait in vain.
 *
 * @module
 */
import { describeValue } from "../../internal/describe_value.ts";
import type { Logger } from "../../internal/logger.ts";
import { emit } from "../../internal/typed_event_target.ts";
import type { Signal } from "../../protocol/signal/signal.ts";
import type { UnhandledDetail } from "../events.ts";
import type { SignalFeed } from "./signal_feed.ts";

/** Most events that are told of, because peers choose their names. */
const MAX_EVENTS = 100;

/** Tells of each event once. */
export class UnhandledEvents {
  readonly #target: EventTarget;
  readonly #logger: Logger;
  readonly #feed: Pick<SignalFeed, "isShared">;
  readonly #told = new Set<string>();

  /** @param target Dispatches `unhandled`. */
  constructor(
    target: EventTarget,
    logger: Logger,
    feed: Pick<SignalFeed, "isShared">,
  ) {
    this.#target = target;
    this.#logger = logger;
    this.#feed = feed;
  }

  /**
   * Tells of the event of a signal that was passed over, unless another listener
   * gets the signal, which may answer it.
   *
   * @param isMeant Whether the caller has said that such events are to be passed over.
   */
  tell(signal: Signal, isMeant: boolean): void {
    if (this.#feed.isShared) return;
    const event = describeValue(signal.event);
    if (this.#told.has(event) || this.#told.size >= MAX_EVENTS) return;
    this.#told.add(event);
    const detail: UnhandledDetail = { signal };
    emit(this.#target, "unhandled", detail);
    if (isMeant) return;
    this.#logger.warn(
      `No handler takes ${event} of ${signal.publisherId}, so its publishes get no answer from here: add a handler of that event or of "*", or say unknown: "pass" if that is meant`,
    );
  }
}
