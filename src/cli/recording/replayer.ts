/**
 * Publishes payloads once more, as far apart as they were.
 *
 * @module
 */
import { openTransport } from "../../connect.ts";
import type { ConnectOptions } from "../../connect_options.ts";
import { delay } from "../../internal/timer.ts";
import { channelsOf } from "../../protocol/channels.ts";
import { takeTicket } from "../../protocol/signal/ticketed_signal.ts";
import { publisherInbox } from "../../protocol/extension/own_channels.ts";
import { SHUTDOWN, type Signal } from "../../protocol/signal/signal.ts";
import { parseSignal } from "../../protocol/signal/parser.ts";
import type { Subscription, Transport } from "../../transport/transport.ts";

/** Most publishes that wait for the server to confirm them. */
const MAX_PENDING = 256;
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** How to replay. */
export interface ReplayOptions {
  /** How many times as fast as it was. */
  readonly speed: number;
  /** Whether each publisher gets a new id. */
  readonly newIds: boolean;
  /** Ends it. */
  readonly interrupted: AbortSignal;
}

/** What a replay comes to. */
export interface ReplayCounts {
  readonly published: number;
  readonly publishers: number;
  /** How many signals no subscriber received. */
  readonly unheard: number;
  /** Milliseconds. */
  readonly elapsed: number;
}

/** Stands for all publishers of a recording. */
export class Replayer implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #namespace: string | undefined;
  readonly #options: ReplayOptions;
  /** The id under which each publisher is replayed. */
  readonly #ids = new Map<string, string>();
  /** The channels of publishers that are there. */
  readonly #alive = new Map<string, Subscription>();
  readonly #pending = new Set<Promise<void>>();
  #began: number | undefined;
  /** When the first signal was recorded. */
  #first = 0;
  #published = 0;
  #unheard = 0;
  #failure: { cause: unknown } | undefined;

  private constructor(
    transport: Transport,
    namespace: string | undefined,
    options: ReplayOptions,
  ) {
    this.#transport = transport;
    this.#namespace = namespace;
    this.#options = options;
  }

  /** Connects. */
  static async open(
    connection: ConnectOptions,
    options: ReplayOptions,
  ): Promise<Replayer> {
    const transport = await openTransport(connection);
    return new Replayer(transport, connection.namespace, options);
  }

  /** How many signals were published. */
  get published(): number {
    return this.#published;
  }

  /**
   * Publishes a payload when it is its turn.
   *
   * @param payload The payload, as it was recorded.
   * @param t When it was, in milliseconds.
   * @returns Whether to go on; false after an interruption.
   * @throws {Error} If one before could not be published.
   */
  async publish(payload: string, t: number): Promise<boolean> {
    if (this.#began === undefined) {
      this.#began = performance.now();
      this.#first = t;
    }
    const due = this.#began + (t - this.#first) / this.#options.speed;
    if (!await this.#wait(due - performance.now())) return false;
    if (this.#pending.size >= MAX_PENDING) await Promise.race(this.#pending);
    if (this.#failure !== undefined) throw this.#failure.cause;
    const read = readSignal(payload);
    if (read !== undefined) {
      const { publisherId } = read.signal;
      const id = this.#idOf(publisherId);
      if (read.alive) await this.#live(id);
      payload = renamed(payload, publisherId, id);
    }
    const publishing = this.#send(payload);
    this.#pending.add(publishing);
    publishing.finally(() => this.#pending.delete(publishing));
    if (read?.signal.event === SHUTDOWN) {
      await publishing;
      await this.#die(this.#idOf(read.signal.publisherId));
    }
    return true;
  }

  /**
   * Waits until all is published.
   *
   * @throws {Error} If something could not be.
   */
  async finish(): Promise<ReplayCounts> {
    await Promise.all(this.#pending);
    if (this.#failure !== undefined) throw this.#failure.cause;
    return {
      published: this.#published,
      publishers: this.#ids.size,
      unheard: this.#unheard,
      elapsed: this.#began === undefined ? 0 : performance.now() - this.#began,
    };
  }

  /** Lets go of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.#alive.keys()]) await this.#die(id);
    await this.#transport.close();
  }

  async #wait(ms: number): Promise<boolean> {
    const { interrupted } = this.#options;
    if (ms <= 0) return !interrupted.aborted;
    try {
      await delay(ms, interrupted);
      return true;
    } catch {
      return false;
    }
  }

  async #send(payload: string): Promise<void> {
    const { signals } = channelsOf(this.#namespace);
    try {
      const receivers = await this.#transport.publish(signals, payload, {
        signal: this.#options.interrupted,
      });
      this.#published++;
      if (receivers === 0) this.#unheard++;
    } catch (cause) {
      this.#failure ??= { cause };
    }
  }

  #idOf(publisherId: string): string {
    const known = this.#ids.get(publisherId);
    if (known !== undefined) return known;
    const id = this.#options.newIds
      ? publisherId.replace(UUID, crypto.randomUUID())
      : publisherId;
    this.#ids.set(publisherId, id);
    return id;
  }

  /** Holds the channel without which a publisher counts as lost. */
  async #live(id: string): Promise<void> {
    if (this.#alive.has(id)) return;
    const channel = publisherInbox(id, this.#namespace);
    const sink = { message: () => {} };
    this.#alive.set(id, await this.#transport.subscribe([channel], sink));
  }

  async #die(id: string): Promise<void> {
    const subscription = this.#alive.get(id);
    this.#alive.delete(id);
    await subscription?.close();
  }
}

/** What is no signal is replayed all the same. */
function readSignal(
  payload: string,
): { signal: Signal; alive: boolean } | undefined {
  try {
    const { signal, ticket } = takeTicket(parseSignal(payload));
    return { signal, alive: ticket?.alive === true };
  } catch {
    return undefined;
  }
}

/** Changes the id wherever it stands, and not a character besides. */
function renamed(payload: string, from: string, to: string): string {
  const [old] = UUID.exec(from) ?? [];
  const [now] = UUID.exec(to) ?? [];
  return old === undefined || now === undefined
    ? payload
    : payload.replaceAll(old, now);
}
