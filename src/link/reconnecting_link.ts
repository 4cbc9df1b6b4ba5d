/**
 * A link opens a connection when one is first needed, and the next one when that
 * is lost, with jittered backoff.
 *
 * Invariant: callers get a connection only after it is prepared, and never after
 * it has ended.
 *
 * @module
 */
import { abortable } from "../internal/abortable.ts";
import { backoff } from "../internal/backoff.ts";
import { after, delay } from "../internal/timer.ts";
import { Waiters } from "../internal/waiters.ts";
import type { LinkChange } from "../transport/transport.ts";
import type {
  DialOptions,
  LinkConnection,
  MessageSink,
  Probe,
} from "./connection.ts";
import {
  isFinal,
  RedisConnectionError,
  RedisProtocolError,
  RedisReplyError,
  RedisRoleError,
  refusedConnection,
} from "./errors.ts";
import type { LinkSettings } from "./options.ts";

/** Where a {@linkcode ReconnectingLink} leads. */
export interface LinkTarget<C extends LinkConnection> {
  /** Names the server in errors; holds no credentials. */
  name: string;
  settings: LinkSettings;
  /** Opens a connection. */
  dial(options: DialOptions): Promise<C>;
  /** Completes the error of a server that stays mute, by what that may mean. */
  hint?: string | undefined;
  /**
   * The number of servers that `dial` tries in turn, without a wait between them.
   *
   * @default {1}
   */
  servers?: number;
}

/** How a {@linkcode ReconnectingLink} is used. */
export interface ReconnectingLinkOptions<C extends LinkConnection>
  extends LinkTarget<C> {
  /** Takes messages; given if the link subscribes. */
  sink?: MessageSink;
  /** Whether another link has shown that the server speaks the Redis protocol. */
  isProven?(): boolean;
  /** Prepares a new connection, before callers get it. */
  prepare?(connection: C): Promise<void>;
  /** What the server is asked; by default PING, unless something has arrived. */
  probe?: Probe;
  /** Called when the link is lost, remade, or given up. */
  changed?(change: LinkChange): void;
}

/** Milliseconds that a connection must have lived for backoff to begin anew. */
const SETTLED_AFTER = 1_000;
/** Least milliseconds of the last try: a shorter one would only hide why the tries before it failed. */
const LEAST_TRY = 250;

/** Keeps one connection open, from its first use until the link is closed. */
export class ReconnectingLink<C extends LinkConnection> {
  readonly #options: ReconnectingLinkOptions<C>;
  readonly #stop = new AbortController();
  readonly #waiters = new Waiters<C>();
  #running: Promise<void> | undefined;
  #current: C | undefined;
  /** Whether there ever was a connection. */
  #isProven = false;
  /** Whether there was a connection since the link was opened. */
  #wasUp = false;
  /** Why there is no connection; `undefined` while the first one is being opened. */
  #trouble: Error | undefined;

  constructor(options: ReconnectingLinkOptions<C>) {
    this.#options = options;
  }

  /** The connection; `undefined` if the link is down. */
  get current(): C | undefined {
    // The connection may have ended before the link has noticed it.
    return this.#current?.cause === undefined ? this.#current : undefined;
  }

  /** Whether the server has shown, to this link or another one, that it speaks the Redis protocol. */
  get isProven(): boolean {
    return this.#isProven || (this.#options.isProven?.() ?? false);
  }

  /** Why the link is down; `undefined` if it is up, or was not tried yet. */
  get trouble(): Error | undefined {
    return this.current === undefined ? this.#trouble : undefined;
  }

  /**
   * Resolves with the connection when the link is up. A link that is not open,
   * or was given up, is opened.
   *
   * @param timeout Milliseconds to wait.
   * @param signal Ends the wait.
   * @throws {Error} If the link is given up, or the wait is over.
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

  /** As {@linkcode whenUp}, for `connectTimeout`, or for the time of one try if that is longer. */
  whenReady(signal?: AbortSignal): Promise<C> {
    // A link that is being opened gives up by itself after that time.
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
        this.#isProven = true;
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
      // The link is given up; the next caller opens it anew.
      const cause = error as Error;
      this.#running = undefined;
      this.#wasUp = false;
      this.#waiters.reject(cause);
      if (lost !== undefined) changed?.({ state: "closed", cause });
    }
  }

  /** Tries until a connection is prepared, or there is a reason to give up. */
  async #connect(timeout: number, failures: number): Promise<C> {
    const { settings, servers = 1 } = this.#options;
    const { signal } = this.#stop;
    const deadline = performance.now() + timeout;
    let refusals = 0; // in a row: as long as one server does not refuse, it may come back
    let refusal: unknown;
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
        // A server that was a Redis before may be behind a proxy that spoils some replies.
        const isStranger = error instanceof RedisProtocolError &&
          !this.isProven;
        if (isStranger || isFinal(error)) {
          refusal = error;
          if (++refusals >= servers) throw error;
        } else refusals = 0;
        this.#trouble = error as Error;
        if (!isRoundOver) continue;
        const left = deadline - performance.now();
        if (left <= 0) throw refusal ?? error;
        // The last try is made when the time is over.
        await delay(
          Math.min(backoff(failures + round, settings), left),
          signal,
        );
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
      // The reason for the end of the connection says more than the error of a command.
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

  /** Dials; a connection that opens after its signal has aborted is closed. */
  async #dial(options: DialOptions): Promise<C> {
    const dialling = this.#options.dial(options);
    try {
      return await abortable(dialling, options.signal);
    } catch (error) {
      dialling.then((late) => late.close(error as Error)).catch(() => {});
      throw error;
    }
  }

  /** Milliseconds to wait after a loss. Even the first wait is random, because other processes may have lost their links at the same time. */
  #pause(failures: number): number {
    const { settings } = this.#options;
    return failures === 0
      ? Math.random() * settings.minBackoff
      : backoff(failures - 1, settings);
  }
}

/** Throws the error of a connection that could not be prepared: a refusal may pass. */
function passing(error: unknown): never {
  throw error instanceof RedisReplyError ? refusedConnection(error) : error;
}
