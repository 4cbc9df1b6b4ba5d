/**
 * What all connections of links have in common: a connection is opened once,
 * watched, and lost once.
 *
 * @module
 */
import type { Probe } from "./connection.ts";
import { RedisConnectionError } from "./errors.ts";
import { KeepAlive, type Probed } from "./keep_alive.ts";
import type { LinkSettings } from "./options.ts";

/** Keeps the times and the end of one connection, and ends it if the server is mute. */
export abstract class WatchedConnection implements Probed {
  /** When something last arrived, by `performance.now()`. */
  heardAt = 0;
  readonly #title: string;
  readonly #settings: LinkSettings;
  readonly #lost = Promise.withResolvers<Error>();
  #cause: Error | undefined;
  #openedAt = Infinity;
  #keepAlive: KeepAlive | undefined;
  #probe: Probe | undefined;

  /** @param title Names the connection in errors. */
  constructor(title: string, settings: LinkSettings) {
    this.#title = title;
    this.#settings = settings;
  }

  /** Resolves with the reason when the connection has ended. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** Why the connection has ended; `undefined` until then. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /** When the connection was ready for commands, by `performance.now()`. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /**
   * Begins to check that the server is alive; must be called once.
   *
   * @param probe What the server is asked; by default PING, unless something has arrived.
   */
  watch(probe?: Probe): void {
    this.#openedAt = performance.now();
    this.#probe = probe;
    if (this.#cause !== undefined) return;
    this.#keepAlive = KeepAlive.join(this.#settings, this);
  }

  get provenAt(): number {
    return this.#probe?.answeredAt() ?? this.heardAt;
  }

  probe(): void {
    if (this.#probe === undefined) this.ping();
    else this.#probe.ask();
  }

  check(since: number): void {
    // A connection that was opened since was not asked.
    if (this.heardAt >= since || this.#openedAt >= since) return;
    const { pingTimeout } = this.#settings;
    const reason = `nothing answered a PING or ROLE within ${pingTimeout} ms`;
    void this.close(new RedisConnectionError(this.ended(reason)));
  }

  /** Ends the connection; resolves when nothing is left of it. */
  abstract close(cause: Error): Promise<void>;

  /** Sends PING; ignores the reply. */
  protected abstract ping(): void;

  /** The message of an error that ends the connection. */
  protected ended(reason: string): string {
    return `The ${this.#title} ended as ${reason}`;
  }

  /**
   * Notes that the connection has ended. Idempotent.
   *
   * @param release Frees what the connection holds and rejects its commands:
   * their callers learn of the end before the link does.
   */
  protected end(cause: Error, release: () => void): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#keepAlive?.leave(this);
    release();
    this.#lost.resolve(cause);
  }
}
