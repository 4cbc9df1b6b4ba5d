/**
 * Publishes the states of a process and waits until every subscriber has acted
 * on them.
 *
 * @module
 */
import { openTransport } from "../connect.ts";
import { checkSpan, checkTexts, checkWhole } from "../internal/check.ts";
import { leveledLogger, type Logger } from "../internal/logger.ts";
import { every, type Timer } from "../internal/timer.ts";
import { emit, TypedEventTarget } from "../internal/typed_event_target.ts";
import { type Channels, channelsOf } from "../protocol/channels.ts";
import { parseResponse } from "../protocol/response.ts";
import { INITIALIZATION, SHUTDOWN } from "../protocol/signal.ts";
import type { ExporterEvents } from "./events.ts";
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
import { Publishes } from "./publishes.ts";
import { Roster } from "./roster.ts";
import { Sender } from "./sender.ts";
import { Subscriber } from "./subscriber.ts";

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
  readonly #channels: Channels;
  readonly #logger: Logger;
  readonly #responses: Subscriber;
  readonly #roster = new Roster();
  readonly #publishes: Publishes;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;
  #legalEvents: ReadonlySet<string> | undefined;
  #initialization: string | undefined;

  private constructor(processName: string, options: ExporterOptions) {
    super();
    const { namespace, logger, logLevel, runnerHost } = options;
    this.#channels = channelsOf(namespace);
    this.#sender = new Sender(
      processName,
      this.#channels.signals,
      runnerHost,
    );
    this.#logger = leveledLogger(logger, logLevel);
    this.#publishes = new Publishes(
      this,
      this.#logger,
      () => this.#sender.verify(),
    );
    this.#responses = new Subscriber(this, this.#logger, {
      take: (payload) => this.#take(payload),
      down: () => this.#publishes.down(),
      up: () => {
        this.#publishes.up();
        this.#reinitialize();
      },
      lost: (cause) => {
        this.#publishes.end("disconnected");
        this.#roster.fail(cause);
      },
    });
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
    return {
      ...this.#publishes.strays,
      malformed: this.#responses.malformed,
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
    const payload = this.#sender.encode(INITIALIZATION, { tag });
    await this.#responses.subscribe(
      this.#sender.opened.transport,
      this.#channels.responses,
    );
    this.#checkOpen("initialize");
    this.#legalEvents = legal;
    this.#initialization = payload;
    for (const responderId of expected) this.#join(responderId);
    await this.#sender.send(payload, { signal: this.#closed.signal });
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
      await Promise.race([this.initialize(legalEvents, rest), wait.result]);
      wait.until(count);
      repeat = every(interval, () => this.#reinitialize());
      return await wait.result;
    } finally {
      repeat?.cancel();
      this.#roster.leave(wait);
    }
  }

  /**
   * Publishes a signal and waits until every subscriber has answered it. Not
   * initialized, it warns, checks nothing and waits for nobody. Publishes of one
   * event follow each other: on the wire their answers could not be told apart.
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
    const { timeout = 20_000, signal } = options;
    this.#checkOpen("publish");
    checkEvent(event, this.#legalEvents);
    checkSpan(timeout, "timeout");
    const payload = this.#sender.encode(event, options);
    signal?.throwIfAborted();
    const wait = { timeout, signal };
    const send = () => this.#sender.send(payload, wait);
    if (this.#legalEvents === undefined) {
      this.#logger.warn(
        `Publishing "${event}" without checks and without waiting, as the exporter is not initialized`,
      );
      return await this.#publishes.send(wait, send);
    }
    return await this.#publishes.exchange(
      event,
      () => this.#owing(event),
      wait,
      send,
    );
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
    await this.#sender.send(payload, { signal: this.#closed.signal });
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
    this.#closed.abort(this.#retire("closed"));
    await this.#responses.close();
    if (this.#sender.opened.owned) await this.#sender.opened.transport.close();
  }

  /** Who owes an answer to a publish whose turn has come. */
  #owing(event: string): Iterable<string> {
    this.#checkOpen("publish");
    if (!this.initialized) {
      throw new Error(
        `Cannot publish "${event}" as the exporter was shut down before its turn came`,
      );
    }
    return this.#roster.members;
  }

  /** Asks for subscribers again; a link that is down asks by itself when it is back. */
  #reinitialize(): void {
    if (this.#initialization === undefined) return;
    const { signal } = this.#closed;
    this.#sender.send(this.#initialization, { signal }).catch(
      (error: Error) => {
        this.#logger.warn(
          `Could not publish "${INITIALIZATION}" again: ${error.message}`,
        );
      },
    );
  }

  #retire(reason: "shutdown" | "closed"): Error {
    this.#legalEvents = undefined;
    this.#initialization = undefined;
    this.#roster.clear();
    this.#publishes.end(reason);
    const cause = new Error(
      `The exporter ${this.publisherId} stopped waiting: ${reason}`,
    );
    this.#roster.fail(cause);
    return cause;
  }

  #join(responderId: string): void {
    if (this.#roster.add(responderId)) emit(this, "subscribe", { responderId });
  }

  #take(payload: string): void {
    // Most responses are for others: telling them by text is far cheaper than parsing them.
    if (!payload.includes(this.#sender.uuid)) {
      if (payload.startsWith("{") && payload.includes('"publisher_id"')) return;
    }
    const response = parseResponse(payload);
    if (response.publisherId !== this.publisherId) return;
    if (response.event === INITIALIZATION) {
      if (this.initialized) this.#join(response.responderId);
    } else this.#publishes.take(response);
  }

  #checkOpen(what: string): void {
    if (this.#closed.signal.aborted) {
      throw new Error(
        `Cannot ${what} as the exporter ${this.publisherId} is closed`,
      );
    }
  }
}
