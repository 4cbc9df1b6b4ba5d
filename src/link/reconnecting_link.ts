/**
 * A connection that comes back: opens the next when one is lost, with jittered
 * backoff, and tells who waits for it.
 *
 * @module
 */
import { backoff } from "../internal/backoff.ts";
import { delay } from "../internal/timer.ts";
import { Waiters } from "../internal/waiters.ts";
import type { LinkChange } from "../transport/transport.ts";
import type { Connection } from "../redis/connection/connection.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
} from "./errors.ts";
import { openConnection, type OpenOptions } from "../redis/handshake.ts";
import { masterEndpoint, ReplicaError } from "./role.ts";
import { nameOf, type Settings } from "../redis/settings.ts";

/** How a {@linkcode Link} is used. */
export interface LinkHooks
  extends Pick<OpenOptions, "sink" | "prepare" | "probe"> {
  /** Is told when the link is lost, remade, or given up. */
  changed?(change: LinkChange): void;
}

/** How long a connection must have lived for backoff to begin anew. */
const SETTLED_AFTER = 1_000;
/** The last try gets this long at least: one cut shorter would only hide why the others failed. */
const LEAST_TRY = 250;
/** How often one try lets a replica send it on. */
const MAX_HOPS = 3;

/** Keeps one connection to the server open until it is closed. */
export class Link {
  readonly #settings: Settings;
  readonly #hooks: LinkHooks;
  readonly #stop = new AbortController();
  readonly #waiters = new Waiters<Connection>();
  #current: Connection | undefined;
  /** Why there will be no connection any more. */
  #ended: Error | undefined;
  /** Why the link is down, or was; nothing as long as it is opened for the first time. */
  #trouble: Error | undefined;
  #done: Promise<void> | undefined;

  constructor(settings: Settings, hooks: LinkHooks = {}) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** The connection, where the link is up. */
  get current(): Connection | undefined {
    // One that has just ended, as those learn first whose commands it took along, is none.
    return this.#current?.cause === undefined ? this.#current : undefined;
  }

  /**
   * Opens the first connection.
   *
   * @param signal Gives up.
   * @throws {Error} If that fails for good, or for `connectTimeout`.
   */
  async open(signal?: AbortSignal): Promise<void> {
    const opening = this.#open(signal);
    this.#done = opening.then(
      (connection) => this.#keep(connection),
      () => {},
    );
    await opening;
  }

  async #open(signal: AbortSignal | undefined): Promise<Connection> {
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
      return connection;
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
    const { current } = this;
    if (current !== undefined) return Promise.resolve(current);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return this.#waiters.wait(timeout, signal, () => {
      const cause = this.#trouble;
      return new RedisConnectionError(
        `The link to ${this.#settings.name} is down and did not come back within ${timeout} ms: ${
          cause?.message ?? "it is still being opened"
        }`,
        cause === undefined ? {} : { cause },
      );
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
      this.#trouble = cause;
      if (this.#ended !== undefined) return;
      this.#hooks.changed?.({ state: "down", cause });
      const { heardAt } = connection;
      const lostAt = performance.now();
      attempt = lostAt - since > SETTLED_AFTER ? 0 : attempt + 1;
      try {
        await delay(this.#pause(attempt), this.#stop.signal);
        connection = await this.#connect(
          this.#settings.reconnectTimeout,
          this.#stop.signal,
          attempt,
        );
        this.#up(connection);
      } catch (error) {
        if (this.#giveUp(error as Error)) {
          this.#hooks.changed?.({ state: "closed", cause: error as Error });
        }
        return;
      }
      const now = performance.now();
      this.#hooks.changed?.({
        state: "up",
        downtime: now - lostAt,
        silence: now - heardAt,
      });
    }
  }

  /** Tries until it has a prepared connection, or a reason not to go on. */
  async #connect(
    timeout: number,
    signal: AbortSignal,
    failures: number,
  ): Promise<Connection> {
    const { handshakeTimeout } = this.#settings;
    const { sink, prepare, probe } = this.#hooks;
    const deadline = performance.now() + timeout;
    for (let attempt = failures;; attempt++) {
      try {
        const left = Math.max(deadline - performance.now(), LEAST_TRY);
        return await this.#openMaster({
          signal,
          timeout: timeout === 0
            ? handshakeTimeout
            : Math.min(handshakeTimeout, left),
          sink,
          prepare,
          probe,
        });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (isFinal(error)) throw error;
        this.#trouble = error as Error;
        const wait = this.#backoff(attempt);
        if (performance.now() + wait >= deadline) throw error;
        await delay(wait, signal);
      }
    }
  }

  /** Opens a connection; a replica leads to its master, where going there is permitted. */
  async #openMaster(options: OpenOptions): Promise<Connection> {
    let settings = this.#settings;
    for (let hops = 0;; hops++) {
      try {
        return await openConnection(settings, options);
      } catch (error) {
        if (!(error instanceof ReplicaError) || hops === MAX_HOPS) throw error;
        const endpoint = masterEndpoint(error.master, settings.endpoint);
        if (endpoint === undefined) throw error;
        settings = { ...settings, endpoint, name: nameOf(endpoint) };
      }
    }
  }

  /** How long to wait before a lost link is tried again: others may have lost theirs with it. */
  #pause(failures: number): number {
    return failures === 0
      ? Math.random() * this.#settings.minBackoff
      : this.#backoff(failures - 1);
  }

  #backoff(attempt: number): number {
    const { minBackoff, maxBackoff } = this.#settings;
    return backoff(attempt, { minDelay: minBackoff, maxDelay: maxBackoff });
  }

  #up(connection: Connection): void {
    if (this.#ended !== undefined) {
      connection.close("the client was closed");
      throw this.#ended;
    }
    this.#current = connection;
    this.#waiters.resolve(connection);
  }

  /** Notes that there will be no connection any more; `false` where that was known. */
  #giveUp(cause: Error): boolean {
    if (this.#ended !== undefined) return false;
    this.#ended = cause;
    this.#waiters.reject(cause);
    return true;
  }
}

/** Whether trying again could not help. */
function isFinal(error: unknown): boolean {
  return error instanceof RedisAuthError ||
    error instanceof RedisPermissionError ||
    error instanceof Deno.errors.NotCapable;
}
