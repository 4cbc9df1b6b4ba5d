/**
 * One connection of an existing client, with deadlines of this module: it is
 * duplicated, greeted, used, lost. It never comes back; a `ReconnectingLink`
 * opens the next one.
 *
 * @module
 */
import { abortable } from "../internal/abortable.ts";
import { atMost } from "../internal/patience.ts";
import { after } from "../internal/timer.ts";
import type {
  DialOptions,
  LinkConnection,
  MessageSink,
  PendingCommand,
} from "../link/connection.ts";
import {
  RedisConnectionError,
  RedisReplyError,
  refusedConnection,
} from "../link/errors.ts";
import type { LinkSettings } from "../link/options.ts";
import { checkRole } from "../link/role.ts";
import { WatchedConnection } from "../link/watched_connection.ts";
import { clientError } from "./client_error.ts";
import type { ClientConnection, ClientSource } from "./client_source.ts";

/** Milliseconds in which a client may end a connection; after that it goes on in the background. */
const DESTROY_PATIENCE = 300;

/** A duplicate of the user's client. */
export class TimedConnection extends WatchedConnection
  implements LinkConnection {
  readonly mode: "standalone" | "cluster" | undefined;
  override heardAt: number = performance.now();
  readonly #source: ClientSource;
  readonly #settings: LinkSettings;
  /** Reject the calls that wait for the server, because some clients never settle the calls of a lost connection. */
  readonly #waiting = new Set<(cause: Error) => void>();
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #channel = new TextDecoder();
  #duplicate: ClientConnection | undefined;
  #destroyed: Promise<void> = Promise.resolve();

  private constructor(source: ClientSource, settings: LinkSettings) {
    super(`connection of ${source.name}`, settings);
    this.#source = source;
    this.#settings = settings;
    this.mode = source.mode;
  }

  /**
   * Connects.
   *
   * @throws {RedisReplyError} If the server refuses for good.
   * @throws {RedisConnectionError} If anything else fails.
   */
  static async open(
    source: ClientSource,
    settings: LinkSettings,
    { sink, signal }: Pick<DialOptions, "sink" | "signal">,
  ): Promise<TimedConnection> {
    const connection = new TimedConnection(source, settings);
    try {
      await abortable(connection.#open(sink), signal);
      return connection;
    } catch (error) {
      const cause = signal.aborted
        ? signal.reason
        : connection.cause ?? clientError(error, `connect to ${source.name}`);
      await connection.close(cause);
      throw cause instanceof RedisReplyError ? refusedConnection(cause) : cause;
    }
  }

  publish(channel: string, payload: string, command: PendingCommand): void {
    this.send(["PUBLISH", channel, payload], () => command.what()).then(
      (receivers) => command.take(Number(receivers)),
    ).catch((error) => command.reject(error));
  }

  async send(
    args: readonly string[],
    what: () => string = () => `run ${args[0]}`,
  ): Promise<unknown> {
    return await this.#timed(
      what(),
      (duplicate) => duplicate.command(...args as [string, ...string[]]),
    );
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    const what = `subscribe to "${channels.join('", "')}"`;
    await this.#timed(what, (duplicate) => duplicate.subscribe([...channels]));
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    const what = `unsubscribe from "${channels.join('", "')}"`;
    await this.#timed(
      what,
      (duplicate) => duplicate.unsubscribe([...channels]),
    );
  }

  close(cause: Error): Promise<void> {
    this.end(cause, () => {
      for (const reject of [...this.#waiting]) reject(cause);
      this.#destroyed = atMost(DESTROY_PATIENCE, this.#duplicate?.destroy());
    });
    return this.#destroyed;
  }

  protected ping(): void {
    this.send(["PING"]).catch(() => {}); // an error is an answer, too
  }

  async #open(sink: MessageSink | undefined): Promise<void> {
    const { name } = this.#source;
    const duplicate = await this.#source.duplicate(
      {
        message: (channel, payload) => this.#take(sink, channel, payload),
        lost: (cause) => void this.close(clientError(cause, `use ${name}`)),
      },
      this.#settings.handshakeTimeout,
    );
    if (this.cause !== undefined) return await duplicate.destroy();
    this.#duplicate = duplicate;
    await this.#unlessLost(duplicate.connect());
    // A server that is still loading its data set accepts connections, but refuses PING.
    await this.send(["PING"], () => `use ${name}`);
    await checkRole(this, `the server of ${name}`);
    if (this.cause !== undefined) throw this.cause;
  }

  #take(
    sink: MessageSink | undefined,
    name: Uint8Array,
    payload: Uint8Array,
  ): void {
    this.heardAt = performance.now();
    const channel = this.#channel.decode(name);
    const { maxPayload } = this.#settings;
    if (payload.length > maxPayload) {
      const reason = `it has ${payload.length} bytes, more than ${maxPayload}`;
      return sink?.unreadable(channel, reason);
    }
    let text: string;
    try {
      text = this.#text.decode(payload);
    } catch {
      return sink?.unreadable(channel, "it is not valid UTF-8");
    }
    sink?.message(channel, text);
  }

  async #timed(
    what: string,
    run: (duplicate: ClientConnection) => Promise<unknown>,
  ): Promise<unknown> {
    const { commandTimeout } = this.#settings;
    if (this.cause !== undefined) throw failed(what, this.cause, "not-sent");
    const timer = after(commandTimeout, () => {
      const { name } = this.#source;
      const reason = `${name} did not reply within ${commandTimeout} ms`;
      void this.close(
        new RedisConnectionError(`Cannot ${what} as ${reason}`),
      );
    });
    try {
      const reply = await this.#unlessLost(run(this.#duplicate!));
      this.heardAt = performance.now();
      return reply;
    } catch (error) {
      const failure = clientError(error, what, "unknown");
      if (failure instanceof RedisReplyError) {
        this.heardAt = performance.now();
        throw failure;
      }
      // The reason for the end of the connection says more than the error of a command.
      const { cause } = this;
      throw cause === undefined ? failure : failed(what, cause, "unknown");
    } finally {
      timer.cancel();
    }
  }

  async #unlessLost<T>(promise: Promise<T>): Promise<T> {
    const { promise: lost, reject } = Promise.withResolvers<never>();
    this.#waiting.add(reject);
    if (this.cause !== undefined) reject(this.cause);
    try {
      return await Promise.race([promise, lost]);
    } finally {
      this.#waiting.delete(reject);
    }
  }
}

function failed(
  what: string,
  cause: Error,
  outcome: "not-sent" | "unknown",
): RedisConnectionError {
  return new RedisConnectionError(`Cannot ${what}: ${cause.message}`, {
    cause,
    outcome,
  });
}
