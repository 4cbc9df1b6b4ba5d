/**
 * Publishes the states of a process and waits until every subscriber has acted
 * on them.
 *
 * @module
 */
import { openTransport } from "../connect.ts";
import { checkSpan, checkTexts, checkWhole } from "../internal/check.ts";
import { every, type Timer } from "../internal/timer.ts";
import { TypedEventTarget } from "../internal/typed_event_target.ts";
import { INITIALIZATION, SHUTDOWN } from "../protocol/signal.ts";
import type { ExporterEvents } from "./events.ts";
import { type Announcement, Exchange } from "./exchange.ts";
import type {
  ExporterCounts,
  ExporterOptions,
  InitializeAndWaitOptions,
  InitializeOptions,
  PublishOptions,
  ShutdownOptions,
} from "./exporter_options.ts";
import { checkEvent, legalEventsOf } from "./legal_events.ts";
import type { PublishResult } from "./publish_result.ts";
import { enoughOf } from "./until.ts";

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
  readonly #exchange: Exchange;
  #legalEvents: ReadonlySet<string> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(processName: string, options: ExporterOptions) {
    super();
    this.#exchange = new Exchange(this, processName, options);
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
    exporter.#exchange.sender.opened = await openTransport(options);
    return exporter;
  }

  /** `<process name>-<uuid4>`: names this exporter on the wire. */
  get publisherId(): string {
    return this.#exchange.sender.publisherId;
  }

  /** The process whose states these are. */
  get processName(): string {
    return this.#exchange.sender.processName;
  }

  /** Where it runs. */
  get runnerHost(): string {
    return this.#exchange.sender.runnerHost;
  }

  /** Who has subscribed, by responder id; changes as they join. */
  get subscribers(): ReadonlySet<string> {
    return this.#exchange.roster.members;
  }

  /** Whether subscribers are accepted: from `initialize` to `shutdown`. */
  get initialized(): boolean {
    return this.#legalEvents !== undefined;
  }

  /** What was passed over so far. */
  get counts(): ExporterCounts {
    return {
      ...this.#exchange.publishes.strays,
      malformed: this.#exchange.responses.malformed,
    };
  }

  /**
   * Accepts subscribers from now on and asks for them: publishes `initialization`.
   *
   * @param legalEvents The events that may be published.
   * @param options Its tag, and who is a subscriber from the start.
   * @throws {TypeError} If the events are not an array of strings with one at least.
   * @throws {Error} If the subscription or the signal was not confirmed.
   */
  async initialize(
    legalEvents: readonly E[],
    options: InitializeOptions = {},
  ): Promise<void> {
    const { tag, expected = [] } = options;
    this.#checkOpen("initialize");
    const legal = legalEventsOf(legalEvents);
    checkTexts(expected, "expected");
    const payload = this.#exchange.sender.encode(INITIALIZATION, { tag });
    await this.#exchange.listen();
    this.#checkOpen("initialize");
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
    const wait = this.#exchange.roster.wait({ timeout, signal });
    let repeat: Timer | undefined;
    try {
      await Promise.race([this.initialize(legalEvents, rest), wait.result]);
      wait.until(count);
      repeat = every(interval, () => this.#exchange.askAgain());
      return await wait.result;
    } finally {
      repeat?.cancel();
      this.#exchange.roster.leave(wait);
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
  async publishSignal(
    event: E,
    options: PublishOptions = {},
  ): Promise<PublishResult> {
    const { timeout = 20_000, idleTimeout = Infinity, signal } = options;
    this.#checkOpen("publish");
    checkEvent(event, this.#legalEvents);
    checkSpan(timeout, "timeout");
    checkSpan(idleTimeout, "idleTimeout");
    const enough = enoughOf(options.until);
    const payload = this.#exchange.sender.encode(event, options);
    signal?.throwIfAborted();
    const announcement: Announcement = {
      event,
      fields: options,
      payload,
      wait: { timeout, signal },
      terms: (subscribers) => {
        this.#checkStillLegal(event);
        const { failFast } = options;
        return { enough: enough(subscribers), failFast, idleTimeout };
      },
    };
    if (this.initialized) return await this.#exchange.announce(announcement);
    this.#exchange.logger.warn(
      `Publishing "${event}" without checks and without waiting, as the exporter is not initialized`,
    );
    return await this.#exchange.tell(announcement);
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
    const payload = this.#exchange.sender.encode(SHUTDOWN, options);
    this.#legalEvents = undefined;
    this.#exchange.retire("shutdown");
    await this.#exchange.send(payload);
  }

  /** Ends every wait, unsubscribes, and closes the connection if it is its own. Idempotent. */
  close(): Promise<void> {
    this.#legalEvents = undefined;
    return this.#closing ??= this.#exchange.close();
  }

  /** As {@linkcode close}. It publishes no `shutdown`: how it ended is yours to say. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Looked at when a publish's turn has come. */
  #checkStillLegal(event: string): void {
    this.#checkOpen("publish");
    if (!this.initialized) {
      throw new Error(
        `Cannot publish "${event}" as the exporter was shut down before its turn came`,
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
