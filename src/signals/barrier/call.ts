/**
 * One call of `barrier()` on its transport: its subscription, its timers, and
 * what it publishes.
 *
 * Why a barrier is safe in a cluster, where each node has a log of its own. A
 * call publishes only while both of its connections lead to one node, says in each
 * message which one, and takes only messages of the node that it listens to. So
 * its log is that of one node, as on a single server, and calls at different nodes
 * never hear each other. A call that is led to another node has lost its link.
 * Calls that meet there may trust that no other call is left behind, because a
 * call that comes back to a node that it left for another one gives up, and each
 * call says which entry of the others it has heard last, at whatever node.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import type { Logger } from "../../internal/logger.ts";
import { atMost, within } from "../../internal/patience.ts";
import { after, type Timer } from "../../internal/timer.ts";
import { barrierChannel } from "../../protocol/extension/own_channels.ts";
import { isRefused, outcomeOf } from "../../transport/outcome.ts";
import type { Transport } from "../../transport/transport.ts";
import type { Decision } from "./decision.ts";
import {
  type BarrierMessage,
  encodeBarrierMessage,
  parseBarrierMessage,
} from "./message.ts";
import type { BarrierTerms } from "./options.ts";
import { BarrierState } from "./state.ts";
import type { DisconnectDetail } from "../events.ts";
import { ChannelListener } from "../channel_listener.ts";

/** Milliseconds in which a call that gave up may hear a decision: the call must end within 1 s of its timeout. */
const LAST_WORD = 400;
/** Milliseconds that a call in doubt waits for calls that know the decision: longer than any backoff. */
const DOUBT = 10_000;
/** Milliseconds until what was not heard is said again. */
const REPEAT = 500;
/** Milliseconds beyond the timeout in which the barrier must be reached. */
const GRACE = 500;
/** Milliseconds until a call asks again whether both connections lead to one node. */
const ASIDE = 50;
/** Milliseconds that the goodbye of a call in doubt may take. */
const FAREWELL = 100;

/** Runs one call. */
export class BarrierCall {
  readonly #terms: BarrierTerms;
  readonly #transport: Transport;
  readonly #channel: string;
  readonly #state: BarrierState;
  readonly #listener: ChannelListener;
  readonly #settled = Promise.withResolvers<Decision>();
  readonly #timers = new Map<string, Timer>();
  /** Withdraws what was not sent by the end. */
  readonly #ended = new AbortController();
  /** The nodes of a cluster at which it spoke, in this order; none on a single server. */
  readonly #nodes = new Set<string>();
  #node: string | undefined;
  #down = false;
  #about: string | undefined;
  #since = 0;
  #cause: unknown;

  /**
   * @param id What no other call is called.
   * @param terms What is called for.
   * @param transport Where.
   * @param namespace The prefix of the barrier's channel, if any.
   * @param logger Takes what becomes of the link, and malformed messages.
   */
  constructor(
    id: string,
    terms: BarrierTerms,
    transport: Transport,
    namespace: string | undefined,
    logger: Logger,
  ) {
    this.#terms = terms;
    this.#transport = transport;
    this.#channel = barrierChannel(terms.name, namespace);
    this.#state = new BarrierState({ ...terms, id });
    const events = new EventTarget();
    events.addEventListener("disconnect", (event) => {
      this.#cause = (event as CustomEvent<DisconnectDetail>).detail.cause;
    });
    this.#listener = new ChannelListener(events, logger, {
      take: (payload) => this.#take(payload),
      down: () => this.#lose(),
      up: () => this.#return(),
      lost: () => this.#abandon(),
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
   * Arrives and waits for the decision.
   *
   * @throws If the server refused, or the signal aborted before the arrival.
   */
  async run(): Promise<Decision> {
    const { timeout, signal } = this.#terms;
    const abort = () => {
      this.#cause = signal!.reason;
      this.#expire("aborted");
    };
    try {
      await abortable(
        within(
          timeout + GRACE,
          this.#listener.subscribe(this.#transport, this.#channel),
          () =>
            new Error(`The barrier "${this.#terms.name}" could not be reached`),
        ),
        signal,
      );
      this.#checkOrder();
      this.#since = performance.now();
      signal?.addEventListener("abort", abort, { once: true });
      this.#set("deadline", after(timeout, () => this.#expire("timeout")));
      if (!this.#down) this.#enter();
      const decision = await this.#settled.promise;
      if (decision.kind === "failed" && decision.unknown) {
        await this.#farewell();
      }
      return decision;
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const timer of this.#timers.values()) timer.cancel();
      this.#ended.abort();
      await this.#listener.close();
    }
  }

  /** Every party must hear the messages in the same order. */
  #checkOrder(): void {
    const { mode, node, name } = this.#transport;
    if (mode !== "cluster" || node !== undefined) return;
    throw new TypeError(
      `Cannot use the barrier "${this.#terms.name}" at ${name} as the nodes of a cluster deliver messages in different orders: connect all parties by redis+cluster://, use a single server, or let one party lead the others`,
    );
  }

  #take(payload: string): void {
    const message = parseBarrierMessage(payload);
    if (message === undefined) throw new Error("it is no barrier's");
    const [round, node] = message.round.split("@");
    if (round !== this.#terms.round) throw new Error("it is of another round");
    if (node !== nodeTag(this.#node)) return;
    this.#state.take(message);
    this.#attend();
  }

  #lose(): void {
    this.#down = true;
    this.#state.lost();
    this.#attend();
  }

  #return(): void {
    this.#down = false;
    // Again: an arrival that was sent meanwhile may have been heard by others.
    this.#state.lost();
    this.#set("doubt", after(DOUBT, () => this.#endDoubt()));
    this.#enter();
  }

  #endDoubt(): void {
    if (this.#state.doubtful) this.#abandon();
  }

  #expire(reason: "timeout" | "aborted"): void {
    this.#state.expire(reason);
    this.#attend();
  }

  #abandon(): void {
    this.#state.abandon();
    this.#attend();
  }

  /** Does what the present state asks for. */
  #attend(): void {
    const { decision, doubtful, duty, leaving } = this.#state;
    if (decision !== undefined) return this.#settled.resolve(decision);
    if (!doubtful && !leaving) this.#cause = undefined; // it did no harm
    if (leaving && !this.#timers.has("last word")) {
      this.#set("last word", after(LAST_WORD, () => this.#abandon()));
    }
    if (duty?.about === this.#about) return;
    this.#about = duty?.about;
    this.#set("duty", after(duty?.delay ?? Infinity, () => this.#perform()));
  }

  #perform(): void {
    const { duty } = this.#state;
    if (duty === undefined) return;
    this.#set("duty", after(REPEAT, () => this.#perform()));
    if (!this.#isAtNode) return;
    // What could not be sent is said again, unless another party says it.
    this.#publish(this.#state.perform(duty)).catch((error) => {
      if (isRefused(error)) this.#settled.reject(error);
    });
    this.#attend();
  }

  #enter(): void {
    const { node } = this.#transport;
    if (node === null) return this.#enterAfter(ASIDE);
    if (node !== undefined && node !== this.#node) {
      if (this.#nodes.has(node)) return this.#abandon();
      this.#nodes.add(node);
    }
    this.#node = node;
    this.#publish(this.#state.enter()).catch((error) => {
      if (outcomeOf(error) === undefined || isRefused(error)) {
        return this.#settled.reject(error);
      }
      this.#enterAfter(REPEAT);
    });
  }

  #enterAfter(ms: number): void {
    this.#set(
      "entry",
      after(ms, () => {
        if (!this.#down && !this.#state.entered) this.#enter();
      }),
    );
  }

  /** Whether what is published goes out at the node that it listens to. */
  get #isAtNode(): boolean {
    return this.#transport.node === this.#node;
  }

  /** Tells the others, where that is possible still, that this one is gone. */
  async #farewell(): Promise<void> {
    if (!this.#isAtNode) return;
    await atMost(FAREWELL, this.#publish(this.#state.farewell(), 0));
  }

  #publish(message: BarrierMessage, timeout?: number): Promise<number> {
    return this.#transport.publish(
      this.#channel,
      encodeBarrierMessage(
        this.#node === undefined
          ? message
          : { ...message, round: `${message.round}@${nodeTag(this.#node)}` },
      ),
      {
        signal: this.#ended.signal,
        ...(timeout === undefined ? {} : { timeout }),
      },
    );
  }

  #set(name: string, timer: Timer): void {
    // What was on its way when the call ended may still fail, and be tried again no more.
    if (this.#ended.signal.aborted) return timer.cancel();
    this.#timers.get(name)?.cancel();
    this.#timers.set(name, timer);
  }
}

/** Enough of a node's id to tell it from all others; a round is short. */
function nodeTag(node: string | undefined): string | undefined {
  return node?.slice(0, 16);
}
