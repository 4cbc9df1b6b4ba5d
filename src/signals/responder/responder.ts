/**
 * Listens to the states of other processes and answers them.
 *
 * @module
 */
import { checkConnectOptions, openTransport } from "../../connect.ts";
import {
  checkBoolean,
  checkFilled,
  checkOptions,
  checkText,
  checkWhole,
} from "../../internal/check.ts";
import { leveledLogger } from "../../internal/logger.ts";
import { intervalsOf } from "../../internal/intervals.ts";
import { showAs } from "../../internal/inspect.ts";
import { TypedEventTarget } from "../../internal/typed_event_target.ts";
import type { Signal } from "../../protocol/signal/signal.ts";
import type { ResponderEvents } from "../events.ts";
import { hostName } from "../host.ts";
import type {
  Handlers,
  ListenOptions,
  RequestStopOptions,
  ResponderCounts,
  ResponderOptions,
  RespondOptions,
  ServeOptions,
} from "./options.ts";
import type { SignalReceiver } from "./signal_receiver.ts";

/**
 * Receives signals and answers them.
 *
 * @category Responder
 * @example
 * ```ts
 * import { SignalResponder } from "@dsa/state-signals";
 *
 * await using responder = await SignalResponder.connect({
 *   redis: "redis://127.0.0.1:6379",
 *   name: "collector",
 * });
 * for await (const signal of responder) {
 *   await responder.srespond(signal, 1, "done");
 *   if (signal.event === "shutdown") break;
 * }
 * ```
 */
export class SignalResponder extends TypedEventTarget<ResponderEvents>
  implements AsyncDisposable {
  readonly #receiver: SignalReceiver;

  static {
    showAs(SignalResponder, (it) => it.#receiver.view);
  }

  private constructor(receive: (target: EventTarget) => SignalReceiver) {
    super();
    this.#receiver = receive(this);
  }

  /**
   * Connects a responder; its subscription is confirmed by then, and signals
   * that come before the first `listen()` are kept for it.
   *
   * @param options Where Redis is, a name, and the like.
   * @returns The responder.
   * @throws {TypeError | RangeError} If an option can't be used.
   * @throws {Error} A `RedisConnectionError`, `RedisAuthError` or
   * `RedisPermissionError` if the server can't be reached or refuses;
   * `Deno.errors.NotCapable` if the network permission is missing.
   */
  static async connect(
    options: ResponderOptions = {},
  ): Promise<SignalResponder> {
    checkConnectOptions(options, {
      name: true,
      id: true,
      queueCapacity: true,
      unlockLost: true,
      heartbeatTimeout: true,
      countSubscribers: true,
      quiet: true,
    });
    const {
      name = hostName(),
      queueCapacity = 10_000,
      unlockLost = false,
      countSubscribers = true,
    } = options;
    checkText(name, "name");
    const { id = `${name}-${crypto.randomUUID()}-resp` } = options;
    checkFilled(id, "id");
    checkBoolean(unlockLost, "unlockLost");
    checkBoolean(countSubscribers, "countSubscribers");
    checkWhole(queueCapacity, "queueCapacity", 1);
    const intervals = intervalsOf(options);
    // Loaded by responders: a program that only publishes does without it (bench f).
    const { SignalReceiver } = await import("./signal_receiver.ts");
    const transport = await openTransport(options);
    const responder = new SignalResponder((target) =>
      new SignalReceiver(target, {
        transport,
        responderId: id,
        namespace: options.namespace,
        queueCapacity,
        unlockLost,
        intervals,
        counts: countSubscribers,
        logger: leveledLogger(options.logger, options.logLevel),
      })
    );
    await responder.#receiver.open(options.signal);
    return responder;
  }

  /** `<name>-<uuid4>-resp`: names this responder on the wire. */
  get responderId(): string {
    return this.#receiver.responderId;
  }

  /** Counts of the messages that were passed over so far. */
  get counts(): ResponderCounts {
    return this.#receiver.counts;
  }

  /**
   * Yields signals, filtered by the locks as they are when a signal is taken.
   * Several at once each see every signal; the first one also gets the
   * signals that arrived while there was no listener.
   *
   * @param options What ends the iteration.
   * @returns The signals, until the responder is closed; one that is closed
   * already yields those that it has kept, and ends.
   * @throws {Error} While iterating, if the link is lost for good.
   */
  listen(options: ListenOptions = {}): AsyncIterableIterator<Signal> {
    checkOptions(options, { signal: true });
    return this.#receiver.listen(options.signal);
  }

  /** As {@linkcode listen}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Signal> {
    return this.listen();
  }

  /**
   * Answers a signal. An answer to `initialization` subscribes, and needs no
   * `ras`.
   *
   * @param to The signal, or a copy of it such as `{ ...signal }`. Publisher and
   * event alone will do where exactly one signal of them is unanswered here.
   * Where none is, the answer goes out without saying which signal it is for,
   * and an exporter of this module does not count it.
   * @param options The answer.
   * @throws {TypeError} If a field can't be sent; it is named.
   * @throws {Error} If several signals of publisher and event are unanswered,
   * the answer was not confirmed, or the responder is closed.
   */
  respond(
    to: Pick<Signal, "publisherId" | "event" | "ticket">,
    options: RespondOptions = {},
  ): Promise<void> {
    return this.#receiver.respond(to, options);
  }

  /**
   * Answers a signal; as {@linkcode respond} with its options in a row.
   *
   * @param signal The signal to answer.
   * @param ras 1 acted on it, anything else did not; without it this is a sign of
   * progress.
   * @param message What there is to say.
   */
  srespond(signal: Signal, ras?: number, message?: string): Promise<void> {
    return this.respond(signal, { ras, message });
  }

  /**
   * Serves handlers: each signal of an event that has one is acted on, and the
   * outcome is its answer. `initialization` is answered by itself, and while a
   * handler runs so is the question whether it is still at work.
   *
   * @param handlers The handlers by event.
   * @param options How many at a time, what ends it, and the like.
   * @returns Resolves when serving was ended, or the responder closed.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} If the link is lost for good, or the responder is closed
   * already.
   *
   * @example
   * ```ts
   * import { SignalResponder } from "@dsa/state-signals";
   *
   * await using responder = await SignalResponder.connect({ name: "vm-1" });
   * await responder.serve({
   *   "benchmark-start": async (signal, { progress, signal: abort }) => {
   *     await progress("warming up");
   *     await fetch("http://127.0.0.1:8080/run", { signal: abort });
   *     return `ran sample ${signal.sampleNo}`;
   *   },
   * }, { until: "shutdown" });
   * ```
   */
  serve(handlers: Handlers, options: ServeOptions = {}): Promise<void> {
    return this.#receiver.serve(handlers, options);
  }

  /**
   * Asks an exporter to stop, and says why. The exporter dispatches
   * `stop-requested`; what it does then is its program's choice. The request is
   * sent each second until the exporter has confirmed it, and becomes one event.
   *
   * @param of A signal of the exporter, or its publisher id.
   * @param reason Why, one character at least; what is beyond 4,096 is cut.
   * @param options How long to wait for the receipt, in milliseconds.
   * @returns Resolves when the exporter has confirmed that the request has
   * reached it; one that has shut down confirms it, too, and dispatches nothing.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} If no receipt came in time: the exporter is gone, was never
   * initialized, is a Python peer or of an older version, or one of the two may
   * not use the channels `state-signals:*`. A lost receipt looks the same, so
   * the request may have reached the exporter all the same.
   *
   * @example
   * ```ts
   * import { SignalResponder } from "@dsa/state-signals";
   *
   * await using responder = await SignalResponder.connect({ name: "vm-1" });
   * for await (const signal of responder) {
   *   if (signal.event === "shutdown") break;
   *   await responder.requestStop(signal, "the disk is full");
   * }
   * ```
   */
  async requestStop(
    of: Pick<Signal, "publisherId"> | string,
    reason: string,
    options: RequestStopOptions = {},
  ): Promise<void> {
    const publisherId = typeof of === "string" ? of : Object(of).publisherId;
    await this.#receiver.stops.request(publisherId, reason, options);
  }

  /** Yields signals of this publisher only, from now on. */
  lockId(publisherId: string): void {
    checkFilled(publisherId, "publisherId");
    this.#receiver.lockId(publisherId);
  }

  /** Yields signals with this tag only, from now on. */
  lockTag(tag: string): void {
    checkText(tag, "tag");
    this.#receiver.lockTag(tag);
  }

  /** Releases both locks. */
  unlock(): void {
    this.#receiver.lockId(undefined);
    this.#receiver.lockTag(undefined);
  }

  /** Ends every iteration, unsubscribes, and closes the connection if it is its own. Idempotent. */
  close(): Promise<void> {
    return this.#receiver.close();
  }

  /** As {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
