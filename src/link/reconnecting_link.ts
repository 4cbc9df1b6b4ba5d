/**
 * A connection that comes back: the link opens one when it is first needed, and
 * the next one when that is lost, with jittered backoff.
 *
 * Invariant: a connection is handed out only once it is prepared, and never
 * after it has ended.
 *
 * @module
 */
import { abortable } from "../internal/abortable.ts";
import { backoff } from "../internal/backoff.ts";
import { after, delay } from "../internal/timer.ts";
import { Waiters } from "../internal/waiters.ts";
import type { LinkChange } from "../transport/transport.ts";
import type { DialOptions, LinkConnection, MessageSink } from "./connection.ts";
import {
  isFinal,
  RedisConnectionError,
  RedisReplyError,
  RedisRoleError,
  refusedConnection,
} from "./errors.ts";
import type { LinkSettings } from "./options.ts";

/** How a {@linkcode ReconnectingLink} is used. */
export interface ReconnectingLinkOptions<C extends LinkConnection> {
  /** Names the server in errors. */
  name: string;
  settings: LinkSettings;
  /** Opens a connection. */
  dial(options: DialOptions): Promise<C>;
  /** What a server that stays mute may mean: completes an error. */
  hint?: string | undefined;
  /** How many servers `dial` tries in turn. No time is let pass between them. */
  servers: number;
  /** Takes messages; given where the link subscribes. */
  sink?: MessageSink;
  /** What has to be done before a new connection counts. */
  prepare?(connection: C): Promise<void>;
  /** Asks the server something again and again; PING where left out. */
  probe?(): void;
  /** Called when the link is lost, remade, or given up. */
  changed?(change: LinkChange): void;
}

/** How long a connection must have lived for backoff to begin anew. */
const SETTLED_AFTER = 1_000;
/** The last try gets this long at least: one cut shorter would only hide why the others failed. */
const LEAST_TRY = 250;

/** Keeps one connection open, from when it is first needed until the link is closed. */
export class ReconnectingLink<C extends LinkConnection> {
  readonly #options: ReconnectingLinkOptions<C>;
  readonly #stop = new AbortController();
  readonly #waiters = new Waiters<C>();
  #running: Promise<void> | undefined;
  #current: C | undefined;
  /** Whether there was a connection since the link was opened. */
  #wasUp = false;
  /** Why there is no connection; `undefined` as long as the first one is being opened. */
  #trouble: Error | undefined;

  constructor(options: ReconnectingLinkOptions<C>) {
    this.#options = options;
  }

  /** The connection, where the link is up. */
  get current(): C | undefined {
    // A connection's own callers learn of its end before the link does.
    return this.#current?.cause === undefined ? this.#current : undefined;
  }

  /** Why the link is not up; `undefined` where it is, or was not tried yet. */
  get trouble(): Error | undefined {
    return this.current === undefined ? this.#trouble : undefined;
  }

  /**
   * The connection, waited for where the link is down. A link that is not open,
   * or was given up, is opened.
   *
   * @param timeout Milliseconds to wait.
   * @param signal Ends the wait.
   * @throws {Error} If that fails for good, or the wait is over.
   */
  whenUp(timeout: number, signal?: AbortSignal): Promise<C> {
    const { current } = this;
    if (current !== undefined) return Promise.resolve(current);
    if (this.#stop.signal.aborted) {
      return Promise.reject(this.#stop.signal.reason);
    }
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#running ??= this.#run();
    return this.#waiters.wait(timeout, signal, () => {
      const cause = this.#trouble;
      return new RedisConnectionError(
        `The link to ${this.#options.name} is down and did not come back within ${
          Math.round(timeout)
        } ms: ${cause?.message ?? "it is still being opened"}`,
        cause === undefined ? {} : { cause },
      );
    });
  }

  /** As {@linkcode whenUp}, for `connectTimeout`, or for the time of one try where that is longer. */
  whenReady(signal?: AbortSignal): Promise<C> {
    // A link that is opened gives up by itself.
    const { connectTimeout } = this.#options.settings;
    return this.whenUp(this.#wasUp ? connectTimeout : Infinity, signal);
  }

  /** Closes the connection and opens no other. Idempotent. */
  async close(cause: Error): Promise<void> {
    if (this.#stop.signal.aborted) return await this.#running;
    this.#stop.abort(cause);
    this.#waiters.reject(cause);
    const ended = this.#current?.close(cause);
    if (this.#wasUp) this.#options.changed?.({ state: "closed", cause });
    await this.#running;
    await ended;
  }

  /** Opens one connection after the other; never rejects. */
  async #run(): Promise<void> {
    const { settings, changed } = this.#options;
    const { signal } = this.#stop;
    let lost: { at: number; heardAt: number } | undefined;
    let failures = 0;
    try {
      for (;;) {
        const connection = await this.#connect(
          lost === undefined
            ? settings.connectTimeout
            : settings.reconnectTimeout,
          failures,
        );
        if (signal.aborted) return await connection.close(signal.reason);
        const since = performance.now();
        this.#current = connection;
        this.#wasUp = true;
        this.#waiters.resolve(connection);
        if (lost !== undefined) {
          changed?.({
            state: "up",
            downtime: since - lost.at,
            silence: since - lost.heardAt,
          });
        }
        const cause = await connection.lost;
        lost = { at: performance.now(), heardAt: connection.heardAt };
        this.#current = undefined;
        this.#trouble = cause;
        const moved = cause instanceof RedisRoleError;
        if (!signal.aborted) changed?.({ state: "down", cause, moved });
        await connection.close(cause);
        failures = lost.at - since > SETTLED_AFTER ? 0 : failures + 1;
        await delay(this.#pause(failures), signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      // The next caller opens the link anew.
      const cause = error as Error;
      this.#running = undefined;
      this.#wasUp = false;
      this.#waiters.reject(cause);
      if (lost !== undefined) changed?.({ state: "closed", cause });
    }
  }

  /** Tries until it has a prepared connection, or a reason not to go on. */
  async #connect(timeout: number, failures: number): Promise<C> {
    const { settings, servers } = this.#options;
    const { signal } = this.#stop;
    const deadline = performance.now() + timeout;
    for (let attempt = 0;; attempt++) {
      try {
        const left = Math.max(deadline - performance.now(), LEAST_TRY);
        const { handshakeTimeout } = settings;
        return await this.#open(
          timeout === 0 ? handshakeTimeout : Math.min(handshakeTimeout, left),
          attempt,
        );
      } catch (error) {
        signal.throwIfAborted();
        const round = Math.floor(attempt / servers);
        const isRoundOver = attempt % servers === servers - 1;
        if (isFinal(error)) throw error;
        this.#trouble = error as Error;
        if (!isRoundOver) continue;
        const wait = this.#backoff(failures + round);
        if (performance.now() + wait >= deadline) throw error;
        await delay(wait, signal);
      }
    }
  }

  /** Opens and prepares one connection. */
  async #open(timeout: number, attempt: number): Promise<C> {
    const { name, hint = "", sink, prepare, probe } = this.#options;
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const stop = () => giveUp.abort(this.#stop.signal.reason);
    this.#stop.signal.addEventListener("abort", stop);
    const timer = after(timeout, () =>
      giveUp.abort(
        new RedisConnectionError(
          `Cannot connect to ${name}: it was not ready within ${
            Math.round(timeout)
          } ms${hint}`,
        ),
      ));
    let connection: C | undefined;
    try {
      if (this.#stop.signal.aborted) stop();
      connection = await this.#dial({ sink, signal, attempt });
      if (prepare !== undefined) {
        await abortable(prepare(connection), signal).catch(passing);
      }
      if (connection.cause !== undefined) throw connection.cause;
      connection.watch(probe);
      return connection;
    } catch (error) {
      // What ended the connection says more than what that did to a command.
      const cause = signal.aborted
        ? signal.reason
        : connection?.cause ?? error as Error;
      await connection?.close(cause);
      throw cause;
    } finally {
      timer.cancel();
      this.#stop.signal.removeEventListener("abort", stop);
    }
  }

  /** Dials; a connection that comes after its signal has aborted is closed. */
  async #dial(options: DialOptions): Promise<C> {
    const dialling = this.#options.dial(options);
    try {
      return await abortable(dialling, options.signal);
    } catch (error) {
      dialling.then((late) => late.close(error as Error)).catch(() => {});
      throw error;
    }
  }

  /** How long to wait before a lost link is tried again: others may have lost theirs with it. */
  #pause(failures: number): number {
    return failures === 0
      ? Math.random() * this.#options.settings.minBackoff
      : this.#backoff(failures - 1);
  }

  #backoff(attempt: number): number {
    const { minBackoff, maxBackoff } = this.#options.settings;
    return backoff(attempt, { minDelay: minBackoff, maxDelay: maxBackoff });
  }
}

/** What a server replies while a connection is prepared may be another thing the next time. */
function passing(error: unknown): never {
  throw error instanceof RedisReplyError ? refusedConnection(error) : error;
}
