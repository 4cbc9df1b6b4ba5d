/**
 * One call of `once()` on its transport: its subscription, its timers, what it
 * publishes, and the function that it runs.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import type { Logger } from "../../internal/logger.ts";
import { atMost, within } from "../../internal/patience.ts";
import { after, type Timer } from "../../internal/timer.ts";
import { onceChannel } from "../../protocol/extension/own_channels.ts";
import { isRefused, outcomeOf } from "../../transport/outcome.ts";
import type { Transport } from "../../transport/transport.ts";
import { ChannelListener } from "../channel_listener.ts";
import type { DisconnectDetail } from "../events.ts";
import type { OnceDecision } from "./decision.ts";
import type { OnceLease } from "./lease.ts";
import {
  encodeOnceMessage,
  type OnceMessage,
  parseOnceMessage,
} from "./message.ts";
import type { OnceTerms } from "./options.ts";
import { outcomeOfError, outcomeOfValue } from "./outcome.ts";
import { OnceState } from "./state.ts";

/** Milliseconds in which a call that gave up may hear a last word. */
const LAST_WORD = 400;
/** Milliseconds until what was not heard is said again. */
const REPEAT = 500;
/** Milliseconds beyond the timeout in which the channel must be reached. */
const GRACE = 500;
/** Milliseconds that the goodbye of a call may take. */
const FAREWELL = 100;

/** Runs one call. */
export class OnceCall {
  readonly #terms: OnceTerms;
  readonly #function: (signal: AbortSignal) => unknown;
  readonly #transport: Transport;
  readonly #channel: string;
  readonly #state: OnceState;
  readonly #listener: ChannelListener;
  readonly #settled = Promise.withResolvers<OnceDecision>();
  readonly #timers = new Map<string, Timer>();
  /** Withdraws what was not sent by the end. */
  readonly #ended = new AbortController();
  /** Stops the function that runs, and the claim under which it does. */
  #stop: AbortController | undefined;
  #lease: OnceLease | undefined;
  #isDown = false;
  #about: string | undefined;
  #since = 0;
  #cause: unknown;

  /**
   * @param terms What is called for.
   * @param run The function.
   * @param transport Where.
   * @param namespace The prefix of the channel, if any.
   * @param logger Takes what becomes of the link, and malformed messages.
   */
  constructor(
    terms: OnceTerms,
    run: (signal: AbortSignal) => unknown,
    transport: Transport,
    namespace: string | undefined,
    logger: Logger,
  ) {
    this.#terms = terms;
    this.#function = run;
    this.#transport = transport;
    this.#channel = onceChannel(terms.name, namespace);
    this.#state = new OnceState({ ...terms, id: crypto.randomUUID() });
    const events = new EventTarget();
    events.addEventListener("disconnect", (event) => {
      this.#cause = (event as CustomEvent<DisconnectDetail>).detail.cause;
    });
    this.#listener = new ChannelListener(events, logger, {
      take: (payload) => this.#take(payload),
      down: () => this.#lose(),
      up: () => this.#return(),
      lost: () => this.#do((state) => state.abandon()),
    });
  }

  /** How many messages were passed over. */
  get ignored(): number {
    return this.#listener.malformed;
  }

  /** Milliseconds since the party arrived. */
  get elapsed(): number {
    return performance.now() - this.#since;
  }

  /** What lies beneath a failure: why the link was lost, or what was aborted with. */
  get cause(): unknown {
    return this.#cause;
  }

  /**
   * Arrives, runs the function if it is this party's to run, and waits for the
   * end.
   *
   * @throws If the server refused, or the signal aborted before the arrival.
   */
  async run(): Promise<OnceDecision> {
    const { name, timeout, signal } = this.#terms;
    const abort = () => {
      this.#cause = signal!.reason;
      this.#do((state) => state.expire("aborted"));
    };
    try {
      await abortable(
        within(
          timeout + GRACE,
          this.#listener.subscribe(this.#transport, this.#channel),
          () => new Error(`The channel of once "${name}" could not be reached`),
        ),
        signal,
      );
      this.#checkOrder();
      this.#since = performance.now();
      signal?.addEventListener("abort", abort, { once: true });
      this.#set(
        "deadline",
        after(timeout, () => this.#do((state) => state.expire("timeout"))),
      );
      this.#attend();
      const decision = await this.#settled.promise;
      if (decision.kind === "failed") {
        await atMost(FAREWELL, this.#publish(this.#state.farewell(), 0));
      }
      return decision;
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const timer of this.#timers.values()) timer.cancel();
      this.#ended.abort();
      if (this.#lease?.isRunning) {
        this.#stop!.abort(
          this.#cause ?? new Error(`The call of once "${name}" has ended`),
        );
      }
      await this.#listener.close();
    }
  }

  /** Every party must hear the messages in the same order. */
  #checkOrder(): void {
    if (this.#transport.mode !== "cluster") return;
    throw new TypeError(
      `Cannot use once "${this.#terms.name}" at ${this.#transport.name} as the nodes of a cluster deliver messages in different orders: use a single server`,
    );
  }

  #take(payload: string): void {
    const message = parseOnceMessage(payload);
    if (message === undefined) throw new Error("it is no message of once");
    if (message.round !== this.#terms.round) {
      throw new Error("it is of another round");
    }
    this.#do((state) => state.take(message));
  }

  #lose(): void {
    this.#isDown = true;
    this.#timers.get("doubt")?.cancel();
    this.#do((state) => state.lost());
  }

  #return(): void {
    this.#isDown = false;
    this.#about = undefined;
    // Whoever knows how things stand says so at once, or comes back itself by then.
    const patience = this.#terms.takeoverAfter;
    this.#set(
      "doubt",
      after(patience, () => {
        if (this.#state.doubtful) this.#do((state) => state.abandon());
      }),
    );
    this.#attend();
  }

  #do(act: (state: OnceState) => void): void {
    act(this.#state);
    this.#attend();
  }

  /** Does what the present state asks for. */
  #attend(): void {
    const { decision, doubtful, leaving, lingers } = this.#state;
    this.#attendFunction();
    if (decision !== undefined) return this.#settled.resolve(decision);
    if (!this.#isDown && !doubtful && !leaving) this.#cause = undefined; // it did no harm
    if (leaving) this.#setOnce("last word", LAST_WORD, (it) => it.abandon());
    const { takeoverAfter } = this.#terms;
    if (lingers) {
      this.#setOnce("linger", takeoverAfter / 2, (it) => it.conclude());
    }
    const duty = this.#isDown ? undefined : this.#state.duties[0];
    if (duty?.about === this.#about) return;
    this.#about = duty?.about;
    this.#set("duty", after(duty?.delay ?? Infinity, () => this.#perform()));
  }

  #perform(): void {
    const duty = this.#isDown ? undefined : this.#state.duties[0];
    if (duty === undefined) return;
    if (duty.about !== this.#about) return this.#attend();
    this.#set("duty", after(REPEAT, () => this.#perform()));
    // What could not be sent is said again, unless another party says it.
    this.#publish(this.#state.perform(duty)).catch((error) => {
      if (outcomeOf(error) === undefined || isRefused(error)) {
        this.#settled.reject(error);
      }
    });
    this.#attend();
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
    if (lease.check(now)) {
      this.#timers.get("lease")?.cancel();
      return this.#stop!.abort(this.#lapse());
    }
    this.#set(
      "lease",
      lease.isRunning
        ? after(lease.end - now, () => this.#attend())
        : after(Infinity, () => {}),
    );
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
    this.#do((state) => state.settle(lease.claim, outcome));
  }

  #publish(message: OnceMessage, timeout?: number): Promise<number> {
    return this.#transport.publish(this.#channel, encodeOnceMessage(message), {
      signal: this.#ended.signal,
      ...(timeout === undefined ? {} : { timeout }),
    });
  }

  #setOnce(name: string, ms: number, act: (state: OnceState) => void): void {
    if (this.#timers.has(name)) return;
    this.#set(name, after(ms, () => this.#do(act)));
  }

  #set(name: string, timer: Timer): void {
    // What was on its way when the call ended may still fail, and be tried again no more.
    if (this.#ended.signal.aborted) return timer.cancel();
    this.#timers.get(name)?.cancel();
    this.#timers.set(name, timer);
  }
}
