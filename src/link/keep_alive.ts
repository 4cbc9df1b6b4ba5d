/**
 * Finds out which connections are dead: each is asked something every
 * `pingInterval`, and is ended if nothing has arrived by `pingTimeout`.
 *
 * @module
 */
import { after, type Timer } from "../internal/timer.ts";
import type { LinkSettings } from "./options.ts";

/** A connection that is asked. */
export interface Probed {
  /** Asks the other end anything. */
  probe(): void;
  /** Ends, unless something has arrived since. */
  check(since: number): void;
}

/**
 * Asks connections as often as their settings say. Those with the same interval
 * and timeout are asked together, by one timer, because there may be thousands
 * (bench g).
 */
export class KeepAlive {
  static readonly #all = new Map<string, KeepAlive>();
  readonly #key: string;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #probed = new Set<Probed>();
  #round: Timer;
  /** By when the answers must be there, of each round that was asked. */
  readonly #deadlines = new Set<Timer>();

  private constructor(key: string, settings: LinkSettings) {
    this.#key = key;
    this.#interval = settings.pingInterval;
    this.#timeout = settings.pingTimeout;
    this.#round = after(this.#interval, this.#ask);
  }

  /** Begins to ask a connection, until it leaves. */
  static join(settings: LinkSettings, connection: Probed): KeepAlive {
    const key = `${settings.pingInterval} ${settings.pingTimeout}`;
    let keepAlive = KeepAlive.#all.get(key);
    if (keepAlive === undefined) {
      keepAlive = new KeepAlive(key, settings);
      KeepAlive.#all.set(key, keepAlive);
    }
    keepAlive.#probed.add(connection);
    return keepAlive;
  }

  /** Asks a connection no more. Idempotent. */
  leave(connection: Probed): void {
    if (!this.#probed.delete(connection) || this.#probed.size > 0) return;
    KeepAlive.#all.delete(this.#key);
    this.#round.cancel();
    for (const deadline of this.#deadlines) deadline.cancel();
  }

  readonly #ask = (): void => {
    this.#round = after(this.#interval, this.#ask);
    const askedAt = performance.now();
    for (const connection of this.#probed) connection.probe();
    if (this.#probed.size === 0 || this.#timeout === Infinity) return;
    const deadline = after(this.#timeout, () => {
      this.#deadlines.delete(deadline);
      for (const connection of this.#probed) connection.check(askedAt);
    });
    this.#deadlines.add(deadline);
  };
}
