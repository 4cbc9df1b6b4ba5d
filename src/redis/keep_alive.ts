/**
 * Finds out which connections are dead: all of them are asked something again
 * and again, and who has not been heard by the deadline has ended.
 *
 * @module
 */
import { after, afterAbout, type Timer } from "../internal/timer.ts";
import type { Settings } from "./settings.ts";

/** Who is asked. */
export interface Probed {
  /** Asks the other end anything. */
  probe(): void;
  /** Ends, unless something has arrived since. */
  check(since: number): void;
}

/**
 * Asks connections as often as their settings say. Those with the same settings
 * are asked together, by two timers for all of them: there may be thousands.
 */
export class KeepAlive {
  static readonly #all = new Map<string, KeepAlive>();
  readonly #key: string;
  readonly #settings: Settings;
  readonly #probed = new Set<Probed>();
  #round: Timer;
  /** By when the answers to a question must be there. */
  #deadline: Timer | undefined;

  private constructor(key: string, settings: Settings) {
    this.#key = key;
    this.#settings = settings;
    this.#round = this.#later();
  }

  /** Begins to ask a connection, until it leaves. */
  static join(settings: Settings, connection: Probed): KeepAlive {
    const key = `${settings.pingInterval} ${settings.pingTimeout}`;
    let keepAlive = KeepAlive.#all.get(key);
    if (keepAlive === undefined) {
      keepAlive = new KeepAlive(key, settings);
      KeepAlive.#all.set(key, keepAlive);
    }
    keepAlive.#probed.add(connection);
    return keepAlive;
  }

  /** Asks a connection no more. */
  leave(connection: Probed): void {
    this.#probed.delete(connection);
    if (this.#probed.size > 0) return;
    KeepAlive.#all.delete(this.#key);
    this.#round.cancel();
    this.#deadline?.cancel();
  }

  #later(): Timer {
    return afterAbout(this.#settings.pingInterval, this.#ask);
  }

  readonly #ask = (): void => {
    this.#round = this.#later();
    const askedAt = performance.now();
    for (const connection of this.#probed) connection.probe();
    // Where a question is still open, its deadline comes first.
    this.#deadline ??= after(this.#settings.pingTimeout, () => {
      this.#deadline = undefined;
      for (const connection of this.#probed) connection.check(askedAt);
    });
  };
}
