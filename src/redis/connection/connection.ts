/**
 * One connection of the module's own client: dialled, greeted, read, written,
 * watched, lost. It never comes back; a `ReconnectingLink` opens the next one.
 *
 * @module
 */
import { after, afterAbout, type Timer } from "../../internal/timer.ts";
import { Decoder } from "../../resp/decoder.ts";
import { command, type CommandHead, commandHead } from "../../resp/encode.ts";
import {
  ErrorReply,
  Message,
  Push,
  type Received,
  type Reply,
  RespSyntaxError,
} from "../../resp/reply.ts";
import type {
  LinkConnection,
  MessageSink,
  PendingCommand,
} from "../../link/connection.ts";
import {
  RedisConnectionError,
  RedisProtocolError,
  withhold,
} from "../../link/errors.ts";
import { WatchedConnection } from "../../link/watched_connection.ts";
import { CommandQueue } from "./command_queue.ts";
import { Outbox } from "./outbox.ts";
import { SubscribeQueue } from "./subscribe_queue.ts";
import { addressOf, type Endpoint, type ServerSettings } from "../settings.ts";
import { dialError, openWire } from "./dial.ts";
import type { Wire } from "./wire.ts";

const PING = command(["PING"]);
const RESOLVED = Promise.resolve();
/** Bytes of one read from which more bytes are likely to be waiting. */
const MUCH = 8 * 1024;

/** A greeted connection to a server. */
export class Connection extends WatchedConnection implements LinkConnection {
  /** What the server is part of, by its reply to HELLO. */
  mode: "standalone" | "cluster" | undefined;
  /** The id of the cluster's node that it leads to, if that is known. */
  node: string | undefined;
  readonly #settings: ServerSettings;
  readonly #wire: Wire;
  readonly #decoder: Decoder;
  readonly #subscribing: SubscribeQueue | undefined;
  readonly #outbox: Outbox;
  readonly #queue: CommandQueue;
  /** The channel of the last publish, and what its command begins with (bench b). */
  #target: { readonly channel: string; readonly head: CommandHead } | undefined;
  /** Since when a command has been waiting without a break; 0 before the first command. */
  #owedSince = 0;
  #commandWatch: Timer | undefined;
  /** Whether more bytes are likely to be waiting, because the last read was long. */
  #cameMuch = false;

  /**
   * @param sink Given for a connection that subscribes: takes its messages.
   * Without one, a reply that no command waits for is a protocol error.
   */
  constructor(wire: Wire, settings: ServerSettings, sink?: MessageSink) {
    super(`connection to ${settings.name}`, settings);
    this.#wire = wire;
    this.#settings = settings;
    this.#subscribing = sink && new SubscribeQueue(sink, settings.password);
    this.#queue = new CommandQueue(settings.password);
    this.#outbox = new Outbox(wire, (cause) => {
      void this.close(this.#failure("writing failed", cause));
    });
    this.#decoder = new Decoder({
      maxBulk: settings.maxPayload,
      messages: sink !== undefined,
    });
    this.#read();
  }

  /**
   * Dials; the caller must greet the server.
   *
   * @throws {RedisConnectionError} With the cause, if that fails.
   */
  static async dial(
    settings: ServerSettings,
    signal: AbortSignal,
    sink?: MessageSink,
  ): Promise<Connection> {
    try {
      return new Connection(
        await openWire(settings.endpoint, signal),
        settings,
        sink,
      );
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw dialError(settings, cause);
    }
  }

  /** The address of the server. */
  get address(): string {
    return addressOf(this.endpoint);
  }

  /** Where it leads to. */
  get endpoint(): Endpoint {
    return this.#settings.endpoint;
  }

  /** Whether anything has arrived. */
  get wasHeard(): boolean {
    return this.heardAt > 0;
  }

  /**
   * Sends a command.
   *
   * @param what Completes "Cannot …" in an error.
   * @throws {RedisReplyError} If the server refuses the command.
   * @throws {RedisConnectionError} If the connection ends first.
   */
  send(
    args: readonly string[],
    what: () => string = () => `run ${args[0]}`,
  ): Promise<Reply> {
    return new Promise((take, reject) =>
      this.#enqueue(this.#outbox.post(command(args)), { what, take, reject })
    );
  }

  /** Publishes a message, and gives the command the reply, or the reason for which there is none. */
  publish(channel: string, payload: string, command: PendingCommand): void {
    const posted = this.#outbox.postBulk(this.#headFor(channel), payload);
    this.#enqueue(posted, command);
  }

  #headFor(channel: string): CommandHead {
    if (this.#target?.channel !== channel) {
      this.#target = { channel, head: commandHead(["PUBLISH", channel]) };
    }
    return this.#target.head;
  }

  #enqueue(posted: boolean, command: PendingCommand): void {
    if (this.cause !== undefined) return command.reject(this.cause);
    if (!posted) {
      const reason = `${this.#settings.name} reads too slowly what is sent`;
      const error = `Cannot ${command.what()} as ${reason}`;
      return command.reject(new RedisConnectionError(error));
    }
    if (this.#queue.size === 0) this.#owedSince = performance.now();
    this.#queue.push(command);
    this.#commandWatch ??= afterAbout( // #checkCommands waits for the rest
      this.#settings.commandTimeout,
      this.#checkCommands,
    );
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#sendSubscribe("SUBSCRIBE", channels);
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#sendSubscribe("UNSUBSCRIBE", channels);
  }

  #sendSubscribe(name: string, channels: readonly string[]): Promise<void> {
    if (this.cause !== undefined) return Promise.reject(this.cause);
    this.#outbox.post(command([name, ...channels]));
    return this.#subscribing!.sent(channels);
  }

  protected ping(): void {
    if (this.#subscribing !== undefined) this.#outbox.post(PING);
    else this.send(["PING"]).catch(() => {}); // an error is an answer, too
  }

  close(cause: Error): Promise<void> {
    this.end(cause, () => this.#release(cause));
    return RESOLVED;
  }

  // Callbacks, because the frame of an async function would be a kilobyte to look up for each read (bench d).
  #read(): void {
    if (this.cause !== undefined) return;
    try {
      this.#wire.read(this.#decoder.space()).then(this.#arrived, this.#unread);
    } catch (cause) { // there is no memory for the next bytes
      this.#unread(cause);
    }
  }

  // Reads that find bytes waiting could go on without end. The consumers of
  // messages must get their turn meanwhile, or their queues overflow.
  readonly #readOn = (): void => {
    if (this.#cameMuch) setImmediate(() => this.#read());
    else this.#read();
  };

  readonly #arrived = (count: number | null): void => {
    if (count === null) {
      return void this.close(this.#failure("the server closed the connection"));
    }
    this.heardAt = performance.now();
    try {
      this.#decoder.commit(count);
      for (
        let reply = this.#decoder.next();
        reply !== undefined;
        reply = this.#decoder.next()
      ) this.#take(reply);
    } catch (cause) {
      return this.#unread(cause);
    }
    this.#cameMuch = count >= MUCH;
    if (this.#subscribing === undefined) this.#readOn();
    // Consumers that wait for a message by a promise act on it before the next read.
    else RESOLVED.then(this.#readOn);
  };

  readonly #unread = (cause: unknown): void => {
    void this.close(this.#readError(cause));
  };

  #readError(cause: unknown): Error {
    if (cause instanceof RedisProtocolError) return cause;
    return cause instanceof RespSyntaxError
      ? this.#violation(this.#quoted(cause))
      : this.#failure("reading failed", cause);
  }

  #take(reply: Received): void {
    if (this.cause !== undefined) return;
    // A server may send pushes of other kinds on any connection.
    const isPush = reply instanceof Message || reply instanceof Push;
    const wasAsked = this.#owedSince > 0;
    if (!isPush && this.#queue.size > 0) this.#queue.settle(reply);
    else if (this.#subscribing !== undefined && wasAsked) {
      if (!this.#subscribing.take(reply)) {
        throw this.#violation("it got what no subscriber expects");
      }
    } else if (isPush) return;
    else if (reply instanceof ErrorReply) {
      // The last words of a server that hangs up, such as "max number of clients reached".
      const said = withhold(reply.message, this.#settings.password);
      void this.close(this.#failure(`the server said: ${said}`));
    } else throw this.#violation("it got a reply that no command waits for");
  }

  #violation(reason: string): RedisProtocolError {
    return new RedisProtocolError(this.ended(reason));
  }

  readonly #checkCommands = (): void => {
    this.#commandWatch = undefined;
    if (this.#queue.size === 0) return;
    const { commandTimeout } = this.#settings;
    const silence = performance.now() -
      Math.max(this.heardAt, this.#owedSince);
    if (silence >= commandTimeout) {
      void this.close(
        this.#failure(`nothing answered a command within ${commandTimeout} ms`),
      );
    } else {
      this.#commandWatch = after(
        commandTimeout - silence,
        this.#checkCommands,
      );
    }
  };

  #release(cause: Error): void {
    this.#commandWatch?.cancel();
    this.#outbox.stop();
    try {
      this.#wire.close();
    } catch {
      // The wire is closed already.
    }
    const unsent = this.#subscribing === undefined
      ? this.#outbox.unsent
      : this.#queue.size;
    const unknown = new RedisConnectionError(
      `${cause.message}; a command was under way and may have been carried out`,
      { cause, outcome: "unknown" },
    );
    this.#queue.rejectAll(Math.min(unsent, this.#queue.size), unknown, cause);
    this.#subscribing?.rejectAll(cause);
  }

  #quoted({ message }: RespSyntaxError): string {
    // The quoted bytes may be a part of the credentials, if the server is no Redis and echoes them.
    return this.#settings.password === undefined
      ? message
      : "it does not speak the Redis protocol";
  }

  #failure(reason: string, cause?: unknown): RedisConnectionError {
    const detail = cause instanceof Error ? `: ${cause.message}` : "";
    return new RedisConnectionError(
      this.ended(reason + detail),
      cause === undefined ? {} : { cause },
    );
  }
}
