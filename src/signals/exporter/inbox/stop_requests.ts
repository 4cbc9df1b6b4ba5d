/**
 * Turns requests to stop into events.
 *
 * Invariant: each request becomes at most one event, however often it arrives,
 * and none while the exporter accepts no subscribers, because what was to stop
 * has ended. A request is confirmed each time, because a receipt may be lost. A
 * request beyond the limit is dropped, because its sender sends it again.
 *
 * @module
 */
import { dropOldest } from "../../../internal/drop_oldest.ts";
import type { Logger } from "../../../internal/logger.ts";
import { emit } from "../../../internal/typed_event_target.ts";
import type { StopRequest } from "../../../protocol/extension/stop.ts";
import { peerName } from "../../../protocol/peer_name.ts";
import type { StopRequestedDetail } from "../../events.ts";

/** Most requests that are remembered. */
const MAX_KNOWN = 10_000;
/** Most receipts under way: a flood of requests must not become one of receipts. */
const MAX_CONFIRMING = 1_000;

/** The dependencies of {@linkcode StopRequests}. */
export interface StopRequestsOptions {
  /** Dispatches `stop-requested`. */
  readonly target: EventTarget;
  /** Whether there is something to stop. */
  isRunning(): boolean;
  /** Says to the sender of a request that the request has arrived. */
  confirm(request: StopRequest): Promise<void>;
  readonly logger: Logger;
}

/** Takes the requests to stop of one exporter. */
export class StopRequests {
  readonly #options: StopRequestsOptions;
  /** The keys of requests, the oldest first. */
  readonly #known = new Set<string>();
  #confirming = 0;

  constructor(options: StopRequestsOptions) {
    this.#options = options;
  }

  /** Takes a request. */
  take(request: StopRequest): void {
    if (this.#confirming >= MAX_CONFIRMING) return;
    const { target, isRunning, logger } = this.#options;
    this.#confirm(request); // before a listener can close the exporter
    if (this.#known.has(request.key)) return;
    this.#known.add(request.key);
    dropOldest(this.#known, MAX_KNOWN);
    const { id: responderId, reason } = request;
    logger.info(`${responderId} asks to stop: ${reason}`);
    if (!isRunning()) return;
    const name = peerName(responderId);
    const detail: StopRequestedDetail = { responderId, name, reason };
    emit(target, "stop-requested", detail);
  }

  #confirm(request: StopRequest): void {
    const { confirm, logger } = this.#options;
    this.#confirming++;
    confirm(request).catch((error: Error) =>
      logger.info(
        `Could not confirm the request of ${request.id} to stop: ${error.message}`,
      )
    ).finally(() => this.#confirming--);
  }
}
