/**
 * Publishes the states of a process and waits until every subscriber has acted
 * on them.
 *
 * @module
 */
import { openTransport } from "../../connect.ts";
import { checkSpan, checkTexts, checkWhole } from "../../internal/check.ts";
import { leveledLogger } from "../../internal/logger.ts";
import { every, type Timer } from "../../internal/timer.ts";
import { TypedEventTarget } from "../../internal/typed_event_target.ts";
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import { closeSignal } from "../../protocol/signal/encoder.ts";
import type { ExporterEvents } from "../events.ts";
import type { Exchange, ExchangeOptions } from "./session.ts";
import type {
  ExporterCounts,
  ExporterOptions,
  InitializeAndWaitOptions,
  InitializeOptions,
  PublishOptions,
  ShutdownOptions,
} from "./options.ts";
import { checkEvent, legalEventsOf } from "./legal_events.ts";
import type { PublishResult } from "./publish_result.ts";
import { Roster } from "./roster.ts";
import { Sender } from "./sender.ts";
import { Sends } from "./sends.ts";
import { enoughOf } from "./until.ts";

const NOTHING_COUNTED: ExporterCounts = {
  duplicate: 0,
  conflict: 0,
  unknown: 0,
  late: 0,
  stale: 0,
  malformed: 0,
};

/**
 * Publishes the states of one process, keeps a roster of subscribers, and waits
 * until each of them has answered.
 *
 * @example
 * ```ts
 * import { SignalExporter } from "@dsa/state-signals";
 *
 * await using exporter = await SignalExporter.connect<"start" | "stop">("fio", {
 *   redis: "redis://127.0.0.1:6379",
 * });
 * if (await exporter.initializeAndWait(3, ["start", "stop"], { timeout: 30_000 })) {
 *   const { ok, messages, missing } = await exporter.publishSignal("start");
 *   console.log(ok, messages, missing);
 *   await exporter.shutdown();
 * }
 * ```
 */
export class SignalExporter<E extends string = string>
  extends TypedEventTarget<ExporterEvents>
  implements AsyncDisposable {
  readonly #sender: Sender;
  readonly #roster = new Roster();
  readonly #sends: Sends;
  readonly #exchangeOptions: ExchangeOptions;
  #exchange: Exchange | undefined;
  #legalEvents: ReadonlySet<string> | undefined;
  /** How often it was shut down or closed. */
  #retired = 0;
  #closing: Promise<void> | undefined;

  private constructor(processName: string, options: ExporterOptions) {
    super();
    const { evictAfterMisses = Infinity, heartbeatTimeout = 15_000 } = options;
    this.#sender = new Sender(processName, options);
    this.#sends = new Sends(this.#sender.send);
    this.#exchangeOptions = {
      sender: this.#sender,
      roster: this.#roster,
      sends: this.#sends,
      logger: leveledLogger(options.logger, options.logLevel),
      checkLegal: (event) => this.#checkStillLegal(event),
      namespace: options.namespace,
      correlates: options.correlation !== "off",
      evictAfterMisses: checkSpan(evictAfterMisses, "evictAfterMisses"),
      heartbeatTimeout: checkSpan(heartbeatTimeout, "heartbeatTimeout"),
    };
  }

  /**
   * Connects an exporter.
   *
   * @param processName The process whose states are published.
   * @param options Where Redis is, and the like.
   * @returns The exporter, not initialized.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} A `RedisConnectionError` or `RedisAuthError` if the server
   * can't be reached or refuses; `Deno.errors.NotCapable` if the network
   * permission is missing.
   */
  static async connect<E extends string = string>(
    processName: string,
    options: ExporterOptions = {},
  ): Promise<SignalExporter<E>> {
    const exporter = new SignalExporter<E>(processName, options);
    exporter.#sender.opened = await openTransport(options);
    return exporter;
  }

  /** `<process name>-<uuid4>`: names this exporter on the wire. */
  get publisherId(): string {
    return this.#sender.publisherId;
  }

  /** The process whose states these are. */
  get processName(): string {
    return this.#sender.processName;
  }

  /** Where it runs. */
  get runnerHost(): string {
    return this.#sender.runnerHost;
  }

  /** Who has subscribed, by responder id; changes as they join. */
  get subscribers(): ReadonlySet<string> {
    return this.#roster.members;
  }

  /** Whether subscribers are accepted: from `initialize` to `shutdown`. */
  get initialized(): boolean {
    return this.#legalEvents !== undefined;
  }

  /** What was passed over so far. */
  get counts(): ExporterCounts {
    return this.#exchange?.counts ?? { ...NOTHING_COUNTED };
  }

  /**
   * Accepts subscribers from now on and asks for them: publishes `initialization`.
   *
   * @param legalEvents The events that may be published.
   * @param options Its tag, and who is a subscriber from the start.
   * @throws {TypeError} If the events are not an array of strings with one at least.
   * @throws {Error} If the subscription or the signal was not confirmed, or the
   * exporter was shut down or closed meanwhile.
   */
  async initialize(
    legalEvents: readonly E[],
    options: InitializeOptions = {},
  ): Promise<void> {
    await this.#initialize(legalEvents, options);
  }

  async #initialize(
    legalEvents: readonly E[],
    { tag, expected = [] }: InitializeOptions,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#checkOpen("initialize");
    const legal = legalEventsOf(legalEvents);
    checkTexts(expected, "expected");
    const payload = this.#sender.encode(INITIALIZATION, { tag });
    const retired = this.#retired;
    const checkWanted = () => {
      signal?.throwIfAborted();
      this.#checkOpen("initialize");
      if (this.#retired > retired) {
        throw new Error(
          `Cannot initialize as the exporter ${this.publisherId} was shut down meanwhile`,
        );
      }
    };
    // Loaded by those who want answers: an exporter that only tells does without.
    const { Exchange } = await import("./session.ts");
    checkWanted();
    this.#exchange ??= new Exchange(this, this.#exchangeOptions);
    await this.#exchange.listen();
    checkWanted();
    this.#legalEvents = legal;
    await this.#exchange.accept(payload, expected);
  }

  /**
   * Does as {@linkcode initialize}, then waits for subscribers.
   *
   * @param count How many subscribers to wait for.
   * @param legalEvents The events that may be published.
   * @param options How long to wait, and whether to ask again.
   * @returns Whether there are that many; `false`: the timeout came first.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} If the subscription or the first signal was not confirmed,
   * or the exporter is shut down or closed, or its link lost for good, meanwhile.
   */
  async initializeAndWait(
    count: number,
    legalEvents: readonly E[],
    options: InitializeAndWaitOptions = {},
  ): Promise<boolean> {
    const { timeout = 60_000, periodic = false, signal, ...rest } = options;
    checkWhole(count, "count", 0, Number.MAX_SAFE_INTEGER);
    checkSpan(timeout, "timeout");
    const interval = typeof periodic === "boolean"
      ? periodic ? 1_000 : Infinity
      : checkWhole(periodic, "periodic", 1, Number.MAX_SAFE_INTEGER);
    signal?.throwIfAborted();
    const wait = this.#roster.wait({ timeout, signal });
    let repeat: Timer | undefined;
    try {
      const initialized = this.#initialize(legalEvents, rest, signal);
      await Promise.race([initialized, wait.result]);
      wait.until(count);
      repeat = every(interval, () => this.#exchange?.askAgain());
      return await wait.result;
    } finally {
      repeat?.cancel();
      this.#roster.leave(wait);
    }
  }

  /**
   * Publishes a signal and waits until every subscriber has answered it. Not
   * initialized, it warns, checks nothing and waits for nobody. Publishes of one
   * event follow each other where a subscriber is a peer of 1.0.1, whose answers
   * to them could not be told apart.
   *
   * @param event The event, one of the legal ones.
   * @param options Sample, tag, metadata, and how long to wait.
   * @returns Who answered what and how fast, and who is missing and why.
   * @throws {TypeError} If a field can't be sent; it is named.
   * @throws {RangeError} If the event is not legal, or has a method of its own.
   * @throws {Error} If the signal was not sent (its `outcome` is `"not-sent"`),
   * or nobody can tell (`"unknown"`) and there is no subscriber to prove it.
   */
  publishSignal(
    event: E,
    options: PublishOptions = {},
  ): Promise<PublishResult> {
    // No async functions on this path: they would cost more than what they do.
    try {
      return this.#publish(event, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #publish(event: E, options: PublishOptions): Promise<PublishResult> {
    const { timeout = 20_000, idleTimeout = Infinity, signal } = options;
    this.#checkOpen("publish");
    checkEvent(event, this.#legalEvents);
    checkSpan(timeout, "timeout");
    checkSpan(idleTimeout, "idleTimeout");
    const enough = enoughOf(options.until);
    const open = this.#sender.encodeOpen(event, options);
    const fields = this.#sender.encodeFields(options);
    signal?.throwIfAborted();
    const wait = { timeout, signal };
    if (this.#exchange === undefined || !this.initialized) {
      this.#exchangeOptions.logger.warn(
        `Publishing "${event}" without checks and without waiting, as the exporter is not initialized`,
      );
      return this.#sends.send(closeSignal(open, fields), wait);
    }
    // What the caller may change until its turn comes is taken now.
    const { tag, failFast } = options;
    return this.#exchange.announce({
      event,
      tag,
      open,
      fields,
      wait,
      enough,
      failFast,
      idleTimeout,
    });
  }

  /**
   * Stops accepting subscribers, empties the roster and publishes `shutdown`;
   * waits for nobody. The exporter may be initialized again.
   *
   * @param options Its tag.
   * @throws {Error} If the signal was not confirmed.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    this.#checkOpen("shut down");
    const payload = this.#sender.encode(SHUTDOWN, options);
    this.#retire("shutdown");
    await this.#sender.announce(payload);
  }

  /** Ends every wait, unsubscribes, and closes the connection if it is its own. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As {@linkcode close}. It publishes no `shutdown`: how it ended is yours to say. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#sender.stop(this.#retire("closed"));
    await this.#exchange?.close();
    await this.#sender.close();
  }

  /** Accepts nobody any more and ends every wait; returns why. */
  #retire(reason: "shutdown" | "closed"): Error {
    this.#legalEvents = undefined;
    this.#retired++;
    this.#exchange?.retire(reason);
    this.#sends.end();
    const cause = new Error(
      `The exporter ${this.publisherId} stopped waiting: ${reason}`,
    );
    this.#roster.fail(cause);
    return cause;
  }

  /** Looked at when a publish's turn has come. */
  #checkStillLegal(event: string): void {
    this.#checkOpen("publish");
    if (!this.initialized) {
      const reason = "the exporter was shut down before its turn came";
      throw Object.assign(
        new Error(`Cannot publish "${event}" as ${reason}`),
        { outcome: "not-sent" as const },
      );
    }
  }

  #checkOpen(what: string): void {
    if (this.#closing !== undefined) {
      throw new Error(
        `Cannot ${what} as the exporter ${this.publisherId} is closed`,
      );
    }
  }
}
