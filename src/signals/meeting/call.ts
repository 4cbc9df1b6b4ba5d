/**
 * One call of a party on its transport: its subscription, its timers, and what
 * it publishes.
 *
 * Why all calls that hear each other read one log, in a cluster as well, where
 * each node has a log of its own. A call publishes only while both of its
 * connections lead to one node, says in each message which one, and takes only
 * messages of the node that it listens to. So its log is that of one node, as on
 * a single server, and calls at different nodes never hear each other. A call
 * that is led to another node has lost its link.
 *
 * Why that holds when a master becomes a replica, and keeps its clients. From then
 * on its log also has what is published at the new master, but not the other way.
 * What a call says because of a message that it has heard, it says only after its
 * server was found to be a master. A message that came from a new master came when
 * the server was a replica, so the call leaves that server, and says nothing.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import type { Logger } from "../../internal/logger.ts";
import { atMost, within } from "../../internal/patience.ts";
import { after, type Timer } from "../../internal/timer.ts";
import { isRefused, outcomeOf } from "../../transport/outcome.ts";
import type { Transport } from "../../transport/transport.ts";
import { ChannelListener } from "../channel_listener.ts";
import type { DisconnectDetail } from "../events.ts";
import type { CallMessage } from "./message.ts";
import type { MeetingTerms } from "./terms.ts";

/** Milliseconds in which a call that gave up may hear a last word: the call must end within 1 s of its timeout. */
const LAST_WORD = 400;
/** Milliseconds until what was not heard is said again. */
const REPEAT = 500;
/** Milliseconds beyond the timeout in which the channel must be reached. */
const GRACE = 500;
/** Milliseconds until a call asks again whether both connections lead to one node. */
const ASIDE = 50;
/** Milliseconds that the goodbye of a call may take. */
const FAREWELL = 100;

/** Something to publish after `delay` milliseconds, unless it is needless by then. */
export interface CallDuty {
  /** Changes with what the duty is about. */
  readonly about: string;
  readonly delay: number;
  /** Whether the call makes itself known by this message, which all hear once it is sent. */
  readonly isEntry?: boolean;
}

/** What a call knows, says and decides. */
export interface CallState<Message, Decision> {
  /** How the call ended, if it has. */
  readonly decision: Decision | undefined;
  /** Whether the call does not know what was decided while its link was lost. */
  readonly doubtful: boolean;
  /** Whether the call gives up, and waits for the last word. */
  readonly leaving: boolean;
  /** What there is to say, if anything: at first an entry, and again after a lost link. */
  readonly due: CallDuty | undefined;
  /** What to publish as the duty that is due. */
  perform(due: CallDuty): Message;
  /** What to publish, if it can be, when the call has ended. */
  farewell(): Message | undefined;
  /** Takes a message of the round. */
  take(message: Message): void;
  /** The link was lost, if only for a moment. */
  lost(): void;
  /** The call will not wait any longer. */
  expire(reason: "timeout" | "aborted"): void;
  /** Ends the call, as well as can be without more messages. */
  abandon(): void;
}

/** One call, and how its messages are written and read. */
export interface CallOptions<Message, Decision> {
  /** Names what is called, in errors. */
  readonly what: string;
  readonly terms: Pick<MeetingTerms, "round" | "timeout" | "signal">;
  readonly channel: string;
  readonly state: CallState<Message, Decision>;
  /** Milliseconds that a call in doubt waits for calls that know. */
  readonly doubt: number;
  readonly encode: (message: Message) => string;
  readonly parse: (text: string) => Message | undefined;
  /** What to do in a cluster whose nodes order messages differently. */
  readonly advice: string;
  /** Whether the state allows for calls that are led to another node. */
  readonly mayMove?: boolean;
}

/** Runs one call. */
export class MeetingCall<Message extends CallMessage, Decision> {
  readonly #options: CallOptions<Message, Decision>;
  readonly #transport: Transport;
  readonly #listener: ChannelListener;
  readonly #settled = Promise.withResolvers<Decision>();
  readonly #timers = new Map<string, Timer>();
  readonly #ended = new AbortController();
  /** The nodes of a cluster at which it spoke; none on a single server. */
  readonly #nodes = new Set<string | undefined>();
  #node: string | undefined;
  #isDown = false;
  #about: string | undefined;
  #since = 0;
  #cause: unknown;

  /** @param logger Takes what becomes of the link, and malformed messages. */
  constructor(
    transport: Transport,
    logger: Logger,
    options: CallOptions<Message, Decision>,
  ) {
    this.#options = options;
    this.#transport = transport;
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

  /** Aborts when the call ends. */
  protected get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /**
   * Arrives and waits for the end.
   *
   * @throws If the server refused, or the signal aborted before the arrival.
   */
  async run(): Promise<Decision> {
    const { what, state, channel, terms: { timeout, signal } } = this.#options;
    const abort = () => {
      this.#cause = signal!.reason;
      this.#expire("aborted");
    };
    try {
      await abortable(
        within(
          timeout + GRACE,
          this.#listener.subscribe(this.#transport, channel),
          () => new Error(`The channel of ${what} could not be reached`),
        ),
        signal,
      );
      this.#checkOrder();
      this.#since = performance.now();
      signal?.addEventListener("abort", abort, { once: true });
      this.set("deadline", timeout, () => this.#expire("timeout"));
      this.attend();
      const decision = await this.#settled.promise;
      const farewell = state.farewell();
      if (farewell !== undefined && this.#isAtNode) {
        await atMost(FAREWELL, this.#publish(farewell, 0));
      }
      return decision;
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const timer of this.#timers.values()) timer.cancel();
      this.#ended.abort(
        this.#cause ?? new Error(`The call of ${what} has ended`),
      );
      await this.#listener.close();
    }
  }

  /** Does what the present state asks for. */
  protected attend(): void {
    const { decision, doubtful, leaving } = this.#options.state;
    if (decision !== undefined) return this.#settled.resolve(decision);
    if (!this.#isDown && !doubtful && !leaving) this.#cause = undefined; // it did no harm
    if (leaving) this.setOnce("last word", LAST_WORD, () => this.#abandon());
    const due = this.#due;
    if (due?.about === this.#about) return;
    this.#about = due?.about;
    if (due?.isEntry) return this.#perform(); // a timer would cost milliseconds
    this.set("duty", due?.delay ?? Infinity, () => this.#perform());
  }

  /** Calls back after so many milliseconds, instead of what was set by this name before. */
  protected set(name: string, ms: number, act: () => void): void {
    this.#timers.get(name)?.cancel();
    // What was on its way when the call ended may still fail, and be tried again no more.
    if (!this.ended.aborted) this.#timers.set(name, after(ms, act));
  }

  /** As `set`, but the first time counts. */
  protected setOnce(name: string, ms: number, act: () => void): void {
    if (!this.#timers.has(name)) this.set(name, ms, act);
  }

  /** Every party must hear the messages in the same order. */
  #checkOrder(): void {
    const { mode, node, name } = this.#transport;
    const { what, advice, mayMove } = this.#options;
    if (mode !== "cluster" || mayMove && node !== undefined) return;
    throw new TypeError(
      `Cannot use ${what} at ${name} as the nodes of a cluster deliver messages in different orders: ${advice}`,
    );
  }

  #take(payload: string): void {
    const { what, terms, state, parse } = this.#options;
    const message = parse(payload);
    if (message === undefined) throw new Error(`it is none of ${what}`);
    const [round, node] = message.round.split("@");
    if (round !== terms.round) throw new Error("it is of another round");
    if (node !== nodeTag(this.#node)) return;
    state.take(message);
    this.attend();
  }

  #lose(): void {
    this.#isDown = true;
    this.#timers.get("doubt")?.cancel();
    this.#options.state.lost();
    this.attend();
  }

  #return(): void {
    const { state, doubt } = this.#options;
    this.#isDown = false;
    this.#about = undefined;
    // Again: an entry that was sent meanwhile may have been heard by others.
    state.lost();
    this.set("doubt", doubt, () => {
      if (state.doubtful) this.#abandon();
    });
    this.attend();
  }

  #expire(reason: "timeout" | "aborted"): void {
    this.#options.state.expire(reason);
    this.attend();
  }

  #abandon(): void {
    this.#options.state.abandon();
    this.attend();
  }

  /** What there is to say at present. */
  get #due(): CallDuty | undefined {
    return this.#isDown ? undefined : this.#options.state.due;
  }

  #perform(): void {
    const due = this.#due;
    if (due === undefined) return;
    if (due.about !== this.#about) return this.attend();
    if (due.isEntry && !this.#settleAtNode()) return this.#abandon();
    if (!this.#isAtNode) return this.#performAfter(ASIDE);
    this.#performAfter(due.isEntry ? Infinity : REPEAT);
    if (due.isEntry) this.#say(due);
    else void this.#sayAtMaster(due);
  }

  /** Says it if the server is a master; the link to another one is lost by that question. */
  async #sayAtMaster(due: CallDuty): Promise<void> {
    const isMaster = await this.#transport.verify?.().catch(() => false);
    if (isMaster === false || this.ended.aborted) return;
    if (due.about === this.#due?.about) this.#say(due);
  }

  #say(due: CallDuty): void {
    this.#publish(this.#options.state.perform(due)).catch((error) => {
      if (this.ended.aborted) return;
      if (outcomeOf(error) === undefined || isRefused(error)) {
        return this.#settled.reject(error);
      }
      // What could not be sent is said again, unless another party says it.
      if (due.about === this.#about) this.#performAfter(REPEAT);
    });
    this.attend();
  }

  #performAfter(ms: number): void {
    this.set("duty", ms, () => this.#perform());
  }

  /** Takes the node to which the connections lead; returns whether the call may speak there. */
  #settleAtNode(): boolean {
    const { node } = this.#transport;
    if (node === null || node === this.#node) return true;
    if (this.#nodes.has(node)) return false;
    this.#nodes.add(node);
    this.#node = node;
    return true;
  }

  /** Whether what is published goes out at the node that it listens to. */
  get #isAtNode(): boolean {
    return this.#transport.node === this.#node;
  }

  #publish(message: Message, timeout?: number): Promise<number> {
    const round = this.#node === undefined
      ? message.round
      : `${message.round}@${nodeTag(this.#node)}`;
    return this.#transport.publish(
      this.#options.channel,
      this.#options.encode({ ...message, round }),
      {
        signal: this.ended,
        ...(timeout === undefined ? {} : { timeout }),
      },
    );
  }
}

/** Enough of a node's id to tell it from all others; a round is short. */
function nodeTag(node: string | undefined): string | undefined {
  return node?.slice(0, 16);
}
