/**
 * Finds dead connections: asks each one something that has given no proof of
 * life for `pingInterval`, and ends it if nothing has arrived by `pingTimeout`.
 *
 * Invariant: a dead connection is ended at most `pingInterval` and `pingTimeout`
 * after its last proof of life.
 *
 * @module
 */
import { after, type Timer } from "../internal/timer.ts";
import type { LinkSettings } from "./options.ts";

/** Connections whose question is due within this part of the interval are asked together. */
const TOGETHER = 1 / 4;

/** A connection that is asked. */
export interface Probed {
  /** When it last proved what a question asks for, by `performance.now()`. */
  readonly provenAt: number;
  /** Asks the server something. */
  probe(): void;
  /** Ends the connection if nothing has arrived since this time, by `performance.now()`. */
  check(since: number): void;
}

/**
 * Asks connections. Connections with the same interval and timeout are asked
 * together, by one timer, because there may be thousands (bench g).
 */
export class KeepAlive {
  static readonly #all = new Map<string, KeepAlive>();
  readonly #key: string;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #probed = new Set<Probed>();
  #round: Timer;
  /** The timers of the rounds whose timeout is not over yet. */
  readonly #deadlines = new Set<Timer>();

  private constructor(key: string, settings: LinkSettings) {
    this.#key = key;
    this.#interval = settings.pingInterval;
    this.#timeout = settings.pingTimeout;
    this.#round = after(this.#interval, this.#ask);
  }

  /** Asks a connection until it leaves. */
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

  /** Stops asking a connection. Idempotent. */
  leave(connection: Probed): void {
    if (!this.#probed.delete(connection) || this.#probed.size > 0) return;
    KeepAlive.#all.delete(this.#key);
    this.#round.cancel();
    for (const deadline of this.#deadlines) deadline.cancel();
  }

  readonly #ask = (): void => {
    const askedAt = performance.now();
    const asked: Probed[] = [];
    let next = askedAt + this.#interval;
    for (const connection of this.#probed) {
      const due = connection.provenAt + this.#interval;
      if (due > askedAt + this.#interval * TOGETHER) {
        next = Math.min(next, due);
      } else asked.push(connection);
    }
    this.#round = after(next - askedAt, this.#ask);
    if (asked.length === 0) return;
    for (const connection of asked) connection.probe();
    if (this.#probed.size === 0 || this.#timeout === Infinity) return;
    const deadline = after(this.#timeout, () => {
      this.#deadlines.delete(deadline);
      for (const connection of asked) {
        if (this.#probed.has(connection)) connection.check(askedAt);
      }
    });
    this.#deadlines.add(deadline);
  };
}
