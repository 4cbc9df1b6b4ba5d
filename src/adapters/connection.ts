/**
 * One connection's life: duplicated, greeted, used, lost. It never comes back;
 * `link.ts` opens the next one.
 *
 * @module
 */
import { abortable } from "../internal/abortable.ts";
import { after } from "../internal/timer.ts";
import {
  AdapterError,
  adapterError,
  AdapterReplicaError,
  isReply,
} from "./adapter_error.ts";
import type { AdapterSettings } from "../link/options.ts";
import type { ClientConnection, ClientSource } from "./client_source.ts";

/** Takes the messages of a connection. */
export type MessageHandler = (channel: Uint8Array, payload: Uint8Array) => void;

/** A duplicate of the client that was handed in, with deadlines of our own. */
export class TimedConnection {
  readonly #source: ClientSource;
  readonly #settings: AdapterSettings;
  readonly #lost = Promise.withResolvers<AdapterError>();
  /** What waits for the server, to be told of the end. */
  readonly #waiting = new Set<(cause: AdapterError) => void>();
  #duplicate: ClientConnection | undefined;
  #cause: AdapterError | undefined;
  #destroyed: Promise<void> = Promise.resolve();
  /** Whether the server tells its role: an ACL may forbid that. */
  #tellsRole: boolean;
  #heardAt = performance.now();

  private constructor(
    source: ClientSource,
    settings: AdapterSettings,
    publishes: boolean,
  ) {
    this.#source = source;
    this.#settings = settings;
    this.#tellsRole = publishes && source.masterOnly;
  }

  /**
   * Connects.
   *
   * @param inbox Takes the messages; without one the connection publishes.
   * @param signal Gives up.
   * @throws {AdapterError} If that fails.
   */
  static async open(
    source: ClientSource,
    settings: AdapterSettings,
    inbox: MessageHandler | undefined,
    signal: AbortSignal,
  ): Promise<TimedConnection> {
    const publishes = inbox === undefined;
    const connection = new TimedConnection(source, settings, publishes);
    try {
      await abortable(connection.#open(inbox), signal);
      return connection;
    } catch (error) {
      const cause = connection.#cause ??
        adapterError(error, `connect to ${source.name}`);
      await connection.end(cause);
      throw signal.aborted ? signal.reason : cause;
    }
  }

  async #open(inbox: MessageHandler = () => {}): Promise<void> {
    const lost = (cause: unknown) => {
      this.end(adapterError(cause, `use ${this.#source.name}`));
    };
    const message: MessageHandler = (channel, payload) => {
      this.#heardAt = performance.now();
      inbox(channel, payload);
    };
    const duplicate = await this.#source.duplicate(
      { message, lost },
      this.#settings.handshakeTimeout,
    );
    if (this.#cause !== undefined) return await duplicate.destroy();
    this.#duplicate = duplicate;
    await this.#unlessLost(duplicate.connect());
    // A server that is still loading its data set takes connections all the same.
    await this.#ping();
    await this.verify();
    if (this.#cause !== undefined) throw this.#cause;
  }

  /** Resolves with the reason when the connection has ended. */
  get lost(): Promise<AdapterError> {
    return this.#lost.promise;
  }

  /** Why the connection has ended; `undefined` as long as it lives. */
  get cause(): AdapterError | undefined {
    return this.#cause;
  }

  /** When something last arrived, by `performance.now()`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Publishes; returns how many subscribers the server counted. */
  async publish(channel: string, payload: string): Promise<number> {
    const what = `publish on "${channel}"`;
    return Number(await this.#run(what, ["PUBLISH", channel, payload]));
  }

  /** Subscribes; resolves when the server has confirmed every channel. */
  async subscribe(channels: readonly string[]): Promise<void> {
    if (channels.length === 0) return;
    const what = `subscribe to "${channels.join('", "')}"`;
    await this.#timed(what, (duplicate) => duplicate.subscribe([...channels]));
  }

  /** Unsubscribes; resolves when the server has confirmed it. */
  async unsubscribe(channels: readonly string[]): Promise<void> {
    const what = `unsubscribe from "${channels.join('", "')}"`;
    await this.#timed(
      what,
      (duplicate) => duplicate.unsubscribe([...channels]),
    );
  }

  /** Asks the server whether it is there, and would run commands. */
  async #ping(): Promise<void> {
    await this.#run(
      `use ${this.#source.name}`,
      ["PING"],
      this.#settings.pingTimeout,
    );
  }

  /** Ends the connection unless the server answers, if only with an error. */
  async probe(): Promise<void> {
    try {
      await this.#ping();
    } catch (error) {
      if (!isReply(error)) this.end(error as AdapterError);
    }
  }

  /**
   * Asks whether the server passes on what is published there, and ends the
   * connection if not. Where its role does not matter, or can't be asked for, it
   * is taken to be right.
   */
  async verify(): Promise<void> {
    if (!this.#tellsRole) return;
    let role: unknown;
    try {
      role = await this.#run(
        `use ${this.#source.name}`,
        ["ROLE"],
        this.#settings.pingTimeout,
      );
    } catch (error) {
      this.#tellsRole = !isReply(error);
      return;
    }
    if (Array.isArray(role) && String(role[0]) === "master") return;
    this.end(
      new AdapterReplicaError(
        `The server of ${this.#source.name} is a replica, which passes nothing on`,
      ),
    );
  }

  /** Ends the connection; resolves when nothing is left of it. */
  end(cause: AdapterError): Promise<void> {
    if (this.#cause === undefined) {
      this.#cause = cause;
      this.#lost.resolve(cause);
      for (const reject of [...this.#waiting]) reject(cause);
      this.#destroyed = this.#duplicate?.destroy() ?? Promise.resolve();
    }
    return this.#destroyed;
  }

  #run(
    what: string,
    args: [string, ...string[]],
    timeout?: number,
  ): Promise<unknown> {
    return this.#timed(
      what,
      (duplicate) => duplicate.command(...args),
      timeout,
    );
  }

  async #timed(
    what: string,
    run: (duplicate: ClientConnection) => Promise<unknown>,
    timeout: number = this.#settings.commandTimeout,
  ): Promise<unknown> {
    if (this.#cause !== undefined) throw notSent(what, this.#cause);
    const timer = after(timeout, () => {
      this.end(
        new AdapterError(
          `Cannot ${what} as ${this.#source.name} did not reply within ${timeout} ms`,
        ),
      );
    });
    try {
      const reply = await this.#unlessLost(run(this.#duplicate!));
      this.#heardAt = performance.now();
      return reply;
    } catch (error) {
      const failure = adapterError(error, what, "unknown");
      // What ended the connection says more than what that did to a command.
      const { cause } = this;
      if (isReply(failure) || cause === undefined) throw failure;
      throw new AdapterError(`Cannot ${what}: ${cause.message}`, {
        cause,
        outcome: "unknown",
      });
    } finally {
      timer.cancel();
    }
  }

  /** Not every client settles what a lost connection was to do. */
  async #unlessLost<T>(promise: Promise<T>): Promise<T> {
    const { promise: lost, reject } = Promise.withResolvers<never>();
    this.#waiting.add(reject);
    if (this.#cause !== undefined) reject(this.#cause);
    try {
      return await Promise.race([promise, lost]);
    } finally {
      this.#waiting.delete(reject);
    }
  }
}

function notSent(what: string, cause: AdapterError): AdapterError {
  return new AdapterError(`Cannot ${what}: ${cause.message}`, { cause });
}
