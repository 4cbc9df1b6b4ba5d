/**
 * Publishes the states of a process and waits until subscribers have acted on them.
 *
 * @module
 */
import { checkConnectOptions, openTransport } from "../../connect.ts";
import { abortable } from "../../internal/abortable.ts";
import {
  checkFilledTexts,
  checkOptions,
  checkSignal,
  checkText,
  checkWhole,
} from "../../internal/check.ts";
import { showAs } from "../../internal/inspect.ts";
import { every, type Timer } from "../../internal/timer.ts";
import { TypedEventTarget } from "../../internal/typed_event_target.ts";
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import type { OpenTransport } from "../../transport/open_transport.ts";
import type { ExporterEvents } from "../events.ts";
import {
  EXPORTER_NAMES,
  type ExporterCounts,
  type ExporterOptions,
  type ExporterSettings,
  INITIALIZE_NAMES,
  type InitializeAndWaitOptions,
  type InitializeOptions,
  type LegalEvents,
  NO_STRAYS,
  PERIOD,
  type PublishOptions,
  settingsOf,
  type ShutdownOptions,
  waitSettingsOf,
} from "./options.ts";
import { type ExporterParts, makeParts } from "./parts.ts";
import { checkLegalEvents, checkPublish } from "./publish_request.ts";
import type { PublishResult } from "./publish_result.ts";
import { Identity } from "./sender.ts";
import type { ExporterSession } from "./session.ts";

/**
 * Publishes the states of one process, keeps a roster of subscribers, and waits
 * until each of them has answered.
 *
 * @category Exporter
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
  readonly #settings: ExporterSettings;
  readonly #identity: Identity;
  readonly #parts: ExporterParts;
  #session: ExporterSession | undefined;
  #legalEvents: LegalEvents | undefined;
  /** How often the exporter was shut down or closed. */
  #retired = 0;
  #closing: Promise<void> | undefined;

  static {
    showAs(SignalExporter, (it) => ({
      publisherId: it.publisherId,
      state: it.#closing
        ? "closed"
        : it.#parts.inFlight.state?.event ?? "not initialized",
      subscribers: it.subscribers,
    }));
  }

  private constructor(
    identity: Identity,
    settings: ExporterSettings,
    transport: OpenTransport,
  ) {
    super();
    this.#settings = settings;
    this.#identity = identity;
    const session = () => this.#session;
    this.#parts = makeParts(identity, settings, transport, session);
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
    checkConnectOptions(options, EXPORTER_NAMES);
    const settings = settingsOf(options);
    const identity = new Identity(processName, options);
    const transport = await openTransport(options);
    return new SignalExporter<E>(identity, settings, transport);
  }

  /** `<process name>-<uuid4>`: names this exporter on the wire. */
  get publisherId(): string {
    return this.#identity.publisherId;
  }

  /** The process whose states these are. */
  get processName(): string {
    return this.#identity.processName;
  }

  /** The host that the process runs on. */
  get runnerHost(): string {
    return this.#identity.runnerHost;
  }

  /** The subscribers, by responder id; changes as they join. */
  get subscribers(): ReadonlySet<string> {
    return this.#parts.roster.ids;
  }

  /** Whether subscribers are accepted: from `initialize` to `shutdown`. */
  get initialized(): boolean {
    return this.#legalEvents !== undefined;
  }

  /** Counts of the messages that were passed over so far. */
  get counts(): ExporterCounts {
    return this.#session?.counts ?? { ...NO_STRAYS, malformed: 0 };
  }

  /**
   * Accepts subscribers from now on and asks for them: publishes `initialization`.
   *
   * @param legalEvents The events that may be published; `"any"`: every event.
   * @param options The signal's tag, and the subscribers from the start.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} If the subscription or the signal was not confirmed, or the
   * exporter was shut down or closed meanwhile.
   */
  async initialize(
    legalEvents: readonly E[] | "any",
    options: InitializeOptions = {},
  ): Promise<void> {
    checkOptions(options, INITIALIZE_NAMES);
    await this.#initialize(legalEvents, options, checkSignal(options.signal));
  }

  async #initialize(
    legalEvents: readonly E[] | "any",
    { tag, expected = [] }: InitializeOptions,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#checkOpen("initialize");
    const legal = checkLegalEvents(legalEvents);
    checkFilledTexts(expected, "expected");
    const payload = this.#parts.sender.encodeControl(INITIALIZATION, { tag });
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
    // Loaded by `initialize`: an exporter that only publishes does without it (bench f).
    const { ExporterSession } = await import("./session.ts");
    checkWanted();
    this.#session ??= new ExporterSession(this, {
      ...this.#settings,
      ...this.#parts,
    });
    await abortable(this.#session.listen(), signal).finally(checkWanted);
    this.#legalEvents = legal;
    this.#parts.sender.initialization = payload;
    await this.#session.accept(tag, expected, signal);
  }

  /**
   * Does as {@linkcode initialize}, then waits for subscribers: for responders
   * that answer this `initialization`, or are proven to be there.
   *
   * @param count How many subscribers to wait for.
   * @param legalEvents The events that may be published; `"any"`: every event.
   * @param options How long to wait, and whether to ask again.
   * @returns Whether there are that many; `false`: the timeout came first.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} If the subscription or the first signal was not confirmed,
   * or the exporter is shut down or closed, or its link lost for good, meanwhile.
   */
  async initializeAndWait(
    count: number,
    legalEvents: readonly E[] | "any",
    options: InitializeAndWaitOptions = {},
  ): Promise<boolean> {
    checkWhole(count, "count", 0);
    const { timeout, period, signal, rest } = waitSettingsOf(options);
    signal?.throwIfAborted();
    const wait = this.#parts.roster.wait({ timeout, signal });
    let repeat: Timer | undefined;
    try {
      const initialized = this.#initialize(legalEvents, rest, signal)
        .then(() => wait.until(count));
      await Promise.race([initialized, wait.result]);
      // Responders that connect later must be asked, where they can't say so themselves.
      const isDeaf = this.#session?.hearsResponders === false;
      repeat = every(
        isDeaf ? Math.min(period, PERIOD) : period,
        () => this.#session?.askAgain(),
      );
      const isComplete = await wait.result;
      if (!isComplete) {
        const { trouble } = this.#parts.sender.transport;
        this.#settings.logger.warn(wait.shortfall(rest.expected, trouble));
      }
      return isComplete;
    } finally {
      repeat?.cancel();
      this.#parts.roster.leave(wait);
    }
  }

  /**
   * Publishes a signal and waits until every subscriber has answered it. An
   * exporter that is not initialized warns, checks nothing and waits for no
   * subscriber. Publishes of one event follow each other where a subscriber is a
   * peer of 1.0.1, because its responses to them could not be told apart.
   *
   * @param event The event, one of the legal ones.
   * @param options Sample, tag, metadata, and how long to wait.
   * @returns The acknowledgements and their latencies, and the missing subscribers with the reasons.
   * @throws {TypeError} If a field can't be sent; it is named.
   * @throws {RangeError} If the event is not legal, or has a method of its own.
   * @throws {Error} If the signal was not sent (its `outcome` is `"not-sent"`),
   * or that can't be known (`"unknown"`) and there is no subscriber to prove it.
   */
  publishSignal(
    event: E,
    options: PublishOptions = {},
  ): Promise<PublishResult> {
    try {
      this.#checkOpen("publish");
      const legal = this.#legalEvents;
      const request = checkPublish(this.#parts.sender, event, options, legal);
      if (legal === undefined) {
        this.#settings.logger.warn(
          `Publishing "${event}" without checks and without waiting, as the exporter is not initialized`,
        );
      } else this.#session?.checkHearing(event);
      const result = this.#parts.inFlight.publish(request);
      const membership = this.#session?.membership;
      if (!membership?.evictsSilent) return result;
      return result.then((it) => (membership.evict(it), it));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes a subscriber off the roster, such as a worker that is to be replaced;
   * publishes that wait for it have it `"removed"`.
   *
   * @param responderId The subscriber.
   * @returns Whether it was on the roster.
   */
  remove(responderId: string): boolean {
    checkText(responderId, "responderId");
    return this.#session?.membership.remove(responderId) ?? false;
  }

  /**
   * Stops accepting subscribers, empties the roster and publishes `shutdown`;
   * waits for no subscriber. The exporter may be initialized again.
   *
   * @param options The signal's tag, and why the exporter ends.
   * @throws {TypeError | RangeError} If an option can't be used.
   * @throws {Error} If the signal was not confirmed.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    this.#checkOpen("shut down");
    checkOptions(options, { tag: true, reason: true, signal: true });
    const signal = checkSignal(options.signal);
    const payload = this.#parts.sender.encodeControl(SHUTDOWN, options);
    this.#retire("shutdown", payload);
    await this.#parts.sender.sendControl(SHUTDOWN, payload, { signal });
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
    this.#parts.sender.stop(this.#retire("closed"));
    await this.#session?.close();
    await this.#parts.sender.transport.close();
  }

  /** Accepts no subscriber any more and ends every wait; returns why. */
  #retire(reason: "shutdown" | "closed", farewell?: string): Error {
    this.#legalEvents = undefined;
    this.#retired++;
    this.#parts.inFlight.stop(reason);
    this.#session?.retire(farewell);
    const cause = new Error(
      `The exporter ${this.publisherId} stopped waiting: ${reason}`,
    );
    this.#parts.roster.fail(cause);
    return cause;
  }

  #checkOpen(what: string): void {
    if (this.#closing === undefined) return;
    throw new Error(
      `Cannot ${what} as the exporter ${this.publisherId} is closed`,
    );
  }
}
