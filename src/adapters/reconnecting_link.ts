/**
 * A connection that comes back: opens the next when one is lost, with jittered
 * backoff, and tells who waits for it.
 *
 * @module
 */
import { backoff } from "../internal/backoff.ts";
import { after, delay } from "../internal/timer.ts";
import { Waiters } from "../internal/waiters.ts";
import type { LinkChange } from "../transport/transport.ts";
import { AdapterError, isFinal } from "./adapter_error.ts";
import { type MessageHandler, TimedConnection } from "./connection.ts";
import type { AdapterSettings } from "../link/options.ts";
import type { ClientSource } from "./client_source.ts";

/** How a {@linkcode ReconnectingLink} is used. */
export interface LifelineHooks {
  /** Takes the messages that come; given where the link subscribes. */
  inbox?: MessageHandler;
  /** What has to be done before a new connection counts. */
  prepare?(connection: TimedConnection): Promise<void>;
  /** Is told when the link is lost, remade, or given up. */
  changed?(change: LinkChange): void;
}

/** How long a connection must have lived for backoff to begin anew. */
const SETTLED_AFTER = 1_000;

/** Keeps one connection open from when it is first needed until it is closed. */
export class ReconnectingLink {
  readonly #source: ClientSource;
  readonly #settings: AdapterSettings;
  readonly #hooks: LifelineHooks;
  readonly #stop = new AbortController();
  readonly #waiters = new Waiters<TimedConnection>();
  #running: Promise<void> | undefined;
  #current: TimedConnection | undefined;
  /** Why there will be no connection any more. */
  #ended: Error | undefined;
  /** Why there is no connection yet, or was none. */
  #trouble: Error = new AdapterError("it is still being opened");

  constructor(
    source: ClientSource,
    settings: AdapterSettings,
    hooks: LifelineHooks = {},
  ) {
    this.#source = source;
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** The connection, where the link is up. */
  get current(): TimedConnection | undefined {
    return this.#current?.cause === undefined ? this.#current : undefined;
  }

  /**
   * The connection, waited for where the link is down.
   *
   * @param timeout Milliseconds to wait.
   * @param signal Ends the wait.
   * @throws {AdapterError} If it stays down, or is down for good.
   */
  whenUp(timeout: number, signal?: AbortSignal): Promise<TimedConnection> {
    const { current } = this;
    if (current !== undefined) return Promise.resolve(current);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#running ??= this.#run();
    return this.#waiters.wait(timeout, signal, () => {
      const cause = this.#trouble;
      return new AdapterError(
        `The link of ${this.#source.name} is down and did not come back within ${timeout} ms: ${cause.message}`,
        { cause },
      );
    });
  }

  /** Closes the connection and opens no other. */
  async close(cause: Error): Promise<void> {
    const first = this.#giveUp(cause);
    this.#stop.abort(cause);
    await this.#running;
    if (first) this.#hooks.changed?.({ state: "closed", cause });
  }

  /** Opens one connection after the other; never rejects. */
  async #run(): Promise<void> {
    let lostAt: number | undefined;
    let heardAt = 0;
    let failures = 0;
    try {
      for (;;) {
        const connection = await this.#openRepeatedly(failures);
        const since = performance.now();
        this.#up(connection);
        if (lostAt !== undefined) {
          this.#hooks.changed?.({
            state: "up",
            downtime: since - lostAt,
            silence: since - heardAt,
          });
        }
        const cause = await this.#watch(connection);
        lostAt = performance.now();
        heardAt = connection.heardAt;
        failures = lostAt - since > SETTLED_AFTER ? 0 : failures + 1;
        this.#current = undefined;
        this.#trouble = cause;
        if (this.#ended === undefined) {
          this.#hooks.changed?.({ state: "down", cause });
        }
        await connection.end(cause);
        this.#stop.signal.throwIfAborted();
      }
    } catch (error) {
      if (this.#ended !== undefined) return;
      const cause = error as Error;
      if (lostAt === undefined) {
        this.#running = undefined; // the next one to ask tries anew
        this.#waiters.reject(cause);
      } else if (this.#giveUp(cause)) {
        this.#hooks.changed?.({ state: "closed", cause });
      }
    }
  }

  /** Tries until it has a prepared connection, or a reason not to go on. */
  async #openRepeatedly(failures: number): Promise<TimedConnection> {
    const { reconnectTimeout, minBackoff, maxBackoff } = this.#settings;
    const deadline = performance.now() + reconnectTimeout;
    for (let attempt = failures;; attempt++) {
      if (attempt > 0) {
        const wait = backoff(attempt - 1, {
          minDelay: minBackoff,
          maxDelay: maxBackoff,
        });
        await delay(wait, this.#stop.signal);
      }
      try {
        return await this.#open();
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        if (isFinal(error) || performance.now() >= deadline) throw error;
        this.#trouble = error as Error;
      }
    }
  }

  async #open(): Promise<TimedConnection> {
    const { handshakeTimeout } = this.#settings;
    const { inbox, prepare } = this.#hooks;
    const deadline = new AbortController();
    const giveUp = AbortSignal.any([this.#stop.signal, deadline.signal]);
    let connection: TimedConnection | undefined;
    const timer = after(handshakeTimeout, () => {
      const cause = new AdapterError(
        `Cannot connect to ${this.#source.name}: it was not ready within ${handshakeTimeout} ms`,
      );
      deadline.abort(cause);
      connection?.end(cause);
    });
    try {
      connection = await TimedConnection.open(
        this.#source,
        this.#settings,
        inbox,
        giveUp,
      );
      await prepare?.(connection);
      giveUp.throwIfAborted();
      return connection;
    } catch (error) {
      await connection?.end(error as AdapterError);
      throw error;
    } finally {
      timer.cancel();
    }
  }

  /** Watches over a connection until it is lost; returns why it was. */
  async #watch(connection: TimedConnection): Promise<AdapterError> {
    const { signal } = this.#stop;
    const lost = new AbortController();
    const stop = () => connection.end(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const probing = this.#probe(connection, lost.signal);
    const cause = await connection.lost;
    signal.removeEventListener("abort", stop);
    lost.abort();
    await probing;
    return cause;
  }

  async #probe(connection: TimedConnection, lost: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await delay(this.#settings.pingInterval, lost);
        await connection.probe();
      }
    } catch {
      // The connection is lost: nothing is left to probe.
    }
  }

  #up(connection: TimedConnection): void {
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
