/**
 * One call of `once()` on its transport, and the function that it runs.
 *
 * Why it refuses a cluster, where a barrier may meet. By rule 4 of `state.ts` a
 * runner whose link was lost goes on if it hears its new entry in time, because no
 * other claim stands before that entry in the log. At another node it hears
 * another log: a party that is left at the first node could have claimed there.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import { onceChannel } from "../../protocol/extension/own_channels.ts";
import type { Transport } from "../../transport/transport.ts";
import { MeetingCall } from "../meeting/call.ts";
import { encodeMessage } from "../meeting/message.ts";
import type { OnceDecision } from "./decision.ts";
import type { OnceLease } from "./lease.ts";
import { type OnceMessage, parseOnceMessage } from "./message.ts";
import type { OnceTerms } from "./options.ts";
import { outcomeOfError, outcomeOfValue } from "./outcome.ts";
import { OnceState } from "./state.ts";

/** Runs one call. */
export class OnceCall extends MeetingCall<OnceMessage, OnceDecision> {
  readonly #terms: OnceTerms;
  readonly #function: (signal: AbortSignal) => unknown;
  readonly #state: OnceState;
  /** Stops the function that runs, and the claim under which it does. */
  #stop: AbortController | undefined;
  #lease: OnceLease | undefined;

  /**
   * @param terms What is called for.
   * @param run The function.
   * @param transport Where.
   * @param logger Takes what becomes of the link, and malformed messages.
   */
  constructor(
    terms: OnceTerms,
    run: (signal: AbortSignal) => unknown,
    transport: Transport,
    logger: Logger,
  ) {
    const state = new OnceState({ ...terms, id: crypto.randomUUID() });
    super(transport, logger, {
      what: `once "${terms.name}"`,
      terms,
      channel: onceChannel(terms.name, terms.namespace),
      state,
      // Whoever knows how things stand says so at once, or comes back itself by then.
      doubt: terms.takeoverAfter,
      encode: encodeMessage,
      parse: parseOnceMessage,
      advice: "use a single server",
    });
    this.#terms = terms;
    this.#function = run;
    this.#state = state;
    this.ended.addEventListener("abort", () => {
      if (this.#lease?.isRunning) this.#stop!.abort(this.ended.reason);
    });
  }

  protected override attend(): void {
    this.#attendFunction();
    if (this.#state.lingers) {
      this.setOnce("linger", this.#terms.takeoverAfter / 2, () => {
        this.#state.conclude();
        this.attend();
      });
    }
    super.attend();
  }

  /** Starts the function when its claim has come to count, and stops it in time. */
  #attendFunction(): void {
    const { lease, decision } = this.#state;
    if (lease === undefined) return;
    if (lease.isRunning && lease !== this.#lease && decision === undefined) {
      this.#lease = lease;
      this.#stop = new AbortController();
      this.#begin(lease, this.#stop.signal);
    }
    if (lease !== this.#lease || this.#stop!.signal.aborted) return;
    const now = performance.now();
    const isLapsed = lease.check(now);
    const wait = lease.isRunning && !isLapsed ? lease.end - now : Infinity;
    this.set("lease", wait, () => this.attend());
    if (isLapsed && lease.isRunning) this.#stop!.abort(this.#lapse());
  }

  #lapse(): Error {
    const { name, takeoverAfter } = this.#terms;
    return new Error(
      `Cannot go on with the function of once "${name}" as this party was not heard for ${
        takeoverAfter / 2
      } ms: another party may take over`,
    );
  }

  async #begin(lease: OnceLease, signal: AbortSignal): Promise<void> {
    let outcome;
    try {
      await undefined; // what the function does at once must not come amid a message
      signal.throwIfAborted();
      outcome = outcomeOfValue(await this.#function(signal));
    } catch (error) {
      outcome = outcomeOfError(error);
    }
    this.#state.settle(lease.claim, outcome);
    this.attend();
  }
}
