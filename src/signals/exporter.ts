/**
 * Publishes the states of a process and waits until every subscriber has acted
 * on them.
 *
 * @module
 */
import { type OpenedTransport, openTransport } from "../connect.ts";
import {
  checkSpan,
  checkText,
  checkTexts,
  checkWhole,
} from "../internal/check.ts";
import { leveledLogger, type Logger } from "../internal/logger.ts";
import { after } from "../internal/timer.ts";
import { Turns } from "../internal/turns.ts";
import { emit, TypedEventTarget } from "../internal/typed_event_target.ts";
import { type Channels, channelsOf } from "../protocol/channels.ts";
import { parseResponse, type Response } from "../protocol/response.ts";
import {
  DEFAULT_SAMPLE,
  DEFAULT_TAG,
  encodeSignal,
  INITIALIZATION,
  SHUTDOWN,
} from "../protocol/signal.ts";
import type { DeliveryError } from "../transport/transport.ts";
import type { ExporterEvents } from "./events.ts";
import type {
  ExporterCounts,
  ExporterOptions,
  InitializeAndWaitOptions,
  InitializeOptions,
  PublishOptions,
  ShutdownOptions,
} from "./exporter_options.ts";
import { hostName } from "./host.ts";
import { PendingPublish, type Wait } from "./pending_publish.ts";
import type { PublishResult } from "./publish_result.ts";
import { Roster } from "./roster.ts";
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
  /** `<process name>-<uuid4>`: names this exporter on the wire. */
  readonly publisherId: string;
  /** The process whose states these are. */
  readonly processName: string;
  /** Where it runs. */
  readonly runnerHost: string;
  readonly #uuid = crypto.randomUUID();
  #opened!: OpenedTransport;
  readonly #channels: Channels;
  readonly #logger: Logger;
  readonly #responses: Subscriber;
  readonly #roster = new Roster();
  readonly #turns = new Turns();
  readonly #pending = new Set<PendingPublish>();
  /** The one publish of each event that answers count for. */
  readonly #waiting = new Map<string, PendingPublish>();
  readonly #strays = { duplicate: 0, conflict: 0, unknown: 0, late: 0 };
  readonly #closed = new AbortController();
  #subscribing: Promise<void> | undefined;
  #legalEvents: ReadonlySet<string> | undefined;
  #initialization: string | undefined;

  private constructor(processName: string, options: ExporterOptions) {
    super();
    const { namespace, logger, logLevel, runnerHost = hostName() } = options;
    checkText(processName, "processName");
    checkText(runnerHost, "runnerHost");
    this.processName = processName;
    this.publisherId = `${processName}-${this.#uuid}`;
    this.runnerHost = runnerHost;
    this.#channels = channelsOf(namespace);
    this.#logger = leveledLogger(logger, logLevel);
    this.#responses = new Subscriber(this, this.#logger, {
      take: (payload) => this.#take(payload),
      down: () => this.#pending.forEach((each) => each.disturb()),
      up: () => this.#reinitialize(),
      lost: () => this.#pending.forEach((each) => each.end("disconnected")),
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
    exporter.#opened = await openTransport(options);
    return exporter;
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
    return { ...this.#strays, malformed: this.#responses.malformed };
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
    const { tag = DEFAULT_TAG, expected = [] } = options;
    this.#checkOpen("initialize");
    checkTexts(legalEvents, "legalEvents");
    if (legalEvents.length === 0) {
      throw new TypeError(
        "Cannot initialize as legalEvents must hold one event at least",
      );
    }
    checkTexts(expected, "expected");
    const payload = this.#encode(INITIALIZATION, { tag });
    await this.#subscribe();
    this.#checkOpen("initialize");
    this.#legalEvents = new Set(legalEvents);
    this.#initialization = payload;
    for (const responderId of expected) this.#join(responderId);
    await this.#send(payload);
  }

  /**
   * Does as {@linkcode initialize}, then waits for subscribers.
   *
   * @param count How many subscribers to wait for.
   * @param legalEvents The events that may be published.
   * @param options How long to wait, and whether to ask again.
   * @returns Whether there are that many; `false`: the timeout came first.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} If the subscription or the first signal was not confirmed.
   */
  async initializeAndWait(
    count: number,
    legalEvents: readonly E[],
    options: InitializeAndWaitOptions = {},
  ): Promise<boolean> {
    const { timeout = 60_000, periodic = false, signal, ...rest } = options;
    checkWhole(count, "count", 0, Number.MAX_SAFE_INTEGER);
    checkSpan(timeout, "timeout");
    const interval = periodic === true ? 1_000 : periodic || Infinity;
    checkSpan(interval, "periodic");
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const timer = after(timeout, () => resolve(false));
    const giveUp = signal === undefined
      ? this.#closed.signal
      : AbortSignal.any([this.#closed.signal, signal]);
    const abort = () => reject(giveUp.reason);
    giveUp.addEventListener("abort", abort, { once: true });
    let repeat: ReturnType<typeof setInterval> | undefined;
    let leave = () => {};
    try {
      await Promise.race([this.initialize(legalEvents, rest), promise]);
      leave = this.#roster.whenAtLeast(count, () => resolve(true));
      if (interval !== Infinity) {
        repeat = setInterval(() => this.#reinitialize(), interval);
      }
      return await promise;
    } finally {
      timer.cancel();
      clearInterval(repeat);
      giveUp.removeEventListener("abort", abort);
      leave();
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
    checkText(event, "event");
    checkSpan(timeout, "timeout");
    if (event === INITIALIZATION || event === SHUTDOWN) {
      throw new RangeError(
        `Cannot publish "${event}" as a signal of its own: call ${
          event === SHUTDOWN ? "shutdown()" : "initialize()"
        } instead`,
      );
    }
    if (this.#legalEvents !== undefined && !this.#legalEvents.has(event)) {
      throw new RangeError(
        `Cannot publish "${event}" as it must be one of the legal events: ${
          [...this.#legalEvents].join(", ")
        }`,
      );
    }
    const payload = this.#encode(event, options);
    signal?.throwIfAborted();
    const wait = { timeout, signal };
    if (this.#legalEvents === undefined) {
      this.#logger.warn(
        `Publishing "${event}" without checks and without waiting, as the exporter is not initialized`,
      );
      return await this.#exchange(new PendingPublish([], wait), payload, wait);
    }
    const endTurn = await this.#turns.take(event, signal);
    try {
      this.#checkOpen("publish");
      // Who owes an answer is noted before anything is sent: an answer can be quicker than the send.
      const pending = new PendingPublish(this.#roster.members, wait);
      this.#waiting.set(event, pending);
      return await this.#exchange(pending, payload, wait);
    } finally {
      this.#waiting.delete(event);
      endTurn();
    }
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
    const payload = this.#encode(SHUTDOWN, options);
    this.#retire("shutdown");
    await this.#send(payload);
  }

  /** Ends every wait, unsubscribes, and closes the connection if it is its own. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#retire("closed");
    this.#closed.abort(
      new Error(`The exporter ${this.publisherId} was closed`),
    );
    await this.#subscribing?.catch(() => {});
    await this.#responses.close();
    if (this.#opened.owned) await this.#opened.transport.close();
  }

  /** As {@linkcode close}. It publishes no `shutdown`: how it ended is yours to say. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #exchange(
    pending: PendingPublish,
    payload: string,
    options: Wait,
  ): Promise<PublishResult> {
    this.#pending.add(pending);
    this.#opened.transport.publish(this.#channels.signals, payload, options)
      .then(
        (receivers) => pending.sent(receivers),
        (error: DeliveryError) => pending.unconfirmed(error),
      );
    try {
      return await pending.result;
    } finally {
      this.#pending.delete(pending);
    }
  }

  async #send(payload: string): Promise<void> {
    const { signal } = this.#closed;
    await this.#opened.transport.publish(this.#channels.signals, payload, {
      signal,
    });
  }

  /** Asks for subscribers again; a link that is down asks by itself when it is back. */
  #reinitialize(): void {
    if (this.#initialization === undefined) return;
    this.#send(this.#initialization).catch((error: Error) => {
      this.#logger.warn(
        `Could not publish "${INITIALIZATION}" again: ${error.message}`,
      );
    });
  }

  /** The one subscription to responses, made when first needed. */
  #subscribe(): Promise<void> {
    return this.#subscribing ??= this.#responses
      .subscribe(this.#opened.transport, this.#channels.responses)
      .catch((error) => {
        this.#subscribing = undefined;
        throw error;
      });
  }

  #retire(reason: "shutdown" | "closed"): void {
    this.#legalEvents = undefined;
    this.#initialization = undefined;
    this.#roster.clear();
    this.#pending.forEach((each) => each.end(reason));
  }

  #join(responderId: string): void {
    if (this.#roster.add(responderId)) emit(this, "subscribe", { responderId });
  }

  #take(payload: string): void {
    // Most responses are for others: telling them by text is far cheaper than parsing them.
    if (!payload.includes(this.#uuid)) {
      if (payload.startsWith("{") && payload.includes('"publisher_id"')) return;
    }
    const response = parseResponse(payload);
    if (response.publisherId !== this.publisherId) return;
    if (response.event === INITIALIZATION) {
      if (this.initialized) this.#join(response.responderId);
    } else this.#acknowledge(response);
  }

  #acknowledge(response: Response): void {
    const { event, responderId, ras, message } = response;
    const pending = this.#waiting.get(event);
    const latency = pending?.age ?? 0;
    const verdict = pending?.take(response, latency) ?? "late";
    if (verdict === "progress" || ras === undefined) return;
    const answer = { responderId, event, ras, message };
    if (verdict === "counted") {
      return emit(this, "ack", { ...answer, latency });
    }
    this.#strays[verdict]++;
    this.#logger.info(
      `Did not count the answer of ${responderId} to "${event}": ${verdict}`,
    );
    emit(this, "stray", { ...answer, reason: verdict });
  }

  #encode(event: string, { sample, tag, metadata }: PublishOptions): string {
    return encodeSignal({
      publisherId: this.publisherId,
      processName: this.processName,
      event,
      runnerHost: this.runnerHost,
      sampleNo: sample ?? DEFAULT_SAMPLE,
      tag: tag ?? DEFAULT_TAG,
      metadata,
    });
  }

  #checkOpen(what: string): void {
    if (this.#closed.signal.aborted) {
      throw new Error(
        `Cannot ${what} as the exporter ${this.publisherId} is closed`,
      );
    }
  }
}
