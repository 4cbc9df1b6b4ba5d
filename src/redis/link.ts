/**
 * A connection that comes back: opens the next when one is lost, with jittered
 * backoff, and tells who waits for it.
 *
 * @module
 */
import { backoff } from "../internal/backoff.ts";
import { after, delay } from "../internal/timer.ts";
import type { LinkChange } from "../transport/transport.ts";
import type { Connection, Inbox } from "./connection.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
} from "./errors.ts";
import { openConnection } from "./handshake.ts";
import type { Settings } from "./options.ts";

/** How a {@linkcode Link} is used. */
export interface LinkHooks {
  /** Takes what the server sends unasked; given for the subscribing link alone. */
  inbox?: Inbox;
  /** Is awaited on each new connection before it counts as up. */
  prepare?(connection: Connection): Promise<void>;
  /** Is told when the link is lost, remade, or given up. */
  changed?(change: LinkChange): void;
}

interface Waiter {
  resolve(connection: Connection): void;
  reject(error: unknown): void;
}

/** How long a connection must have lived for backoff to begin anew. */
const SETTLED_AFTER = 1_000;

/** Keeps one connection to the server open until it is closed. */
export class Link {
  readonly #settings: Settings;
  readonly #hooks: LinkHooks;
  readonly #stop = new AbortController();
  readonly #waiters = new Set<Waiter>();
  #current: Connection | undefined;
  /** Why there will be no connection any more. */
  #ended: Error | undefined;
  #done: Promise<void> | undefined;

  constructor(settings: Settings, hooks: LinkHooks = {}) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** The connection, where the link is up. */
  get current(): Connection | undefined {
    return this.#current;
  }

  /**
   * Opens the first connection.
   *
   * @param signal Gives up.
   * @throws {Error} If that fails for good, or for `connectTimeout`.
   */
  async open(signal?: AbortSignal): Promise<void> {
    const stop = this.#stop.signal;
    const giveUp = signal === undefined
      ? stop
      : AbortSignal.any([stop, signal]);
    try {
      const connection = await this.#connect(
        this.#settings.connectTimeout,
        giveUp,
        0,
      );
      this.#up(connection);
      this.#done = this.#keep(connection);
    } catch (error) {
      this.#giveUp(error as Error);
      throw error;
    }
  }

  /**
   * The connection, waited for where the link is down.
   *
   * @param timeout Milliseconds to wait.
   * @param signal Ends the wait.
   * @throws {RedisConnectionError} If it stays down, or is down for good.
   */
  whenUp(timeout: number, signal?: AbortSignal): Promise<Connection> {
    if (this.#current !== undefined) return Promise.resolve(this.#current);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        timer.cancel();
        signal?.removeEventListener("abort", abort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: (connection) => (leave(), resolve(connection)),
        reject: (error) => (leave(), reject(error)),
      };
      const abort = () => waiter.reject(signal!.reason);
      const timer = after(timeout, () => {
        waiter.reject(
          new RedisConnectionError(
            `The link to ${this.#settings.name} is down and did not come back within ${timeout} ms`,
          ),
        );
      });
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Closes the connection and opens no other. */
  async close(): Promise<void> {
    const closed = new RedisConnectionError(
      `The client of ${this.#settings.name} is closed`,
    );
    const first = this.#giveUp(closed);
    this.#stop.abort(closed);
    this.#current?.close("the client was closed");
    await this.#done;
    if (first) this.#hooks.changed?.({ state: "closed", cause: closed });
  }

  async #keep(first: Connection): Promise<void> {
    let connection = first;
    let attempt = 0;
    for (;;) {
      const since = performance.now();
      const cause = await connection.lost;
      this.#current = undefined;
      if (this.#ended !== undefined) return;
      this.#hooks.changed?.({ state: "down", cause });
      const lostAt = performance.now();
      attempt = lostAt - since > SETTLED_AFTER ? 0 : attempt + 1;
      try {
        connection = await this.#connect(
          this.#settings.reconnectTimeout,
          this.#stop.signal,
          attempt,
        );
      } catch (error) {
        if (this.#giveUp(error as Error)) {
          this.#hooks.changed?.({ state: "closed", cause: error as Error });
        }
        return;
      }
      this.#up(connection);
      this.#hooks.changed?.({
        state: "up",
        downtime: performance.now() - lostAt,
      });
    }
  }

  /** Tries until it has a prepared connection, or a reason not to go on. */
  async #connect(
    timeout: number,
    signal: AbortSignal,
    failures: number,
  ): Promise<Connection> {
    const deadline = performance.now() + timeout;
    if (failures > 0) await delay(this.#backoff(failures - 1), signal);
    for (let attempt = failures;; attempt++) {
      try {
        return await this.#tryOnce(signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (isFinal(error)) throw error;
        const wait = this.#backoff(attempt);
        if (performance.now() + wait >= deadline) throw error;
        await delay(wait, signal);
      }
    }
  }

  async #tryOnce(signal: AbortSignal): Promise<Connection> {
    const connection = await openConnection(
      this.#settings,
      signal,
      this.#hooks.inbox,
    );
    try {
      await this.#hooks.prepare?.(connection);
      signal.throwIfAborted();
      return connection;
    } catch (error) {
      connection.close("preparing it failed");
      throw error;
    }
  }

  #backoff(attempt: number): number {
    const { minBackoff, maxBackoff } = this.#settings;
    return backoff(attempt, { minDelay: minBackoff, maxDelay: maxBackoff });
  }

  #up(connection: Connection): void {
    this.#current = connection;
    for (const waiter of [...this.#waiters]) waiter.resolve(connection);
  }

  /** Notes that there will be no connection any more; `false` where that was known. */
  #giveUp(cause: Error): boolean {
    if (this.#ended !== undefined) return false;
    this.#ended = cause;
    for (const waiter of [...this.#waiters]) waiter.reject(cause);
    return true;
  }
}

/** Whether trying again could not help. */
function isFinal(error: unknown): boolean {
  return error instanceof RedisAuthError ||
    error instanceof RedisPermissionError ||
    error instanceof Deno.errors.NotCapable;
}
