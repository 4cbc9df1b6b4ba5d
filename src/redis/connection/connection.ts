/**
 * One socket's life: dialled, greeted, read, written, watched, lost. It never
 * comes back; a `ReconnectingLink` opens the next one.
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
import { KeepAlive } from "../../link/keep_alive.ts";
import { CommandQueue } from "./command_queue.ts";
import { Outbox } from "./outbox.ts";
import { SubscribeQueue } from "./subscribe_queue.ts";
import type { ServerSettings } from "../settings.ts";
import { dialError, openWire } from "./dial.ts";
import type { Wire } from "./wire.ts";

const PING = command(["PING"]);
const RESOLVED = Promise.resolve();
/** Bytes in one read by which more is likely to be waiting. */
const MUCH = 8 * 1024;

/** A greeted connection to a server. */
export class Connection implements LinkConnection {
  /** What HELLO says that the server is part of. */
  mode: "standalone" | "cluster" | undefined;
  readonly #settings: ServerSettings;
  readonly #wire: Wire;
  readonly #decoder: Decoder;
  readonly #subscribing: SubscribeQueue | undefined;
  readonly #outbox: Outbox;
  readonly #queue: CommandQueue;
  readonly #lost = Promise.withResolvers<Error>();
  #cause: Error | undefined;
  /** The channel of the last publish, and what its command begins with (bench b). */
  #target: { readonly channel: string; readonly head: CommandHead } | undefined;
  #openedAt = Infinity;
  #heardAt = 0;
  /** Since when a command has been waiting without a break; 0 before the first command. */
  #owedSince = 0;
  #keepAlive: KeepAlive | undefined;
  #probe: (() => void) | undefined;
  #commandWatch: Timer | undefined;
  /** Whether more is likely to be waiting, as the last read was long. */
  #cameMuch = false;

  /**
   * @param sink Given for a connection that subscribes: takes its messages.
   * Without one, a reply that no command waits for is a protocol error.
   */
  constructor(wire: Wire, settings: ServerSettings, sink?: MessageSink) {
    this.#wire = wire;
    this.#settings = settings;
    this.#subscribing = sink && new SubscribeQueue(sink, settings.password);
    this.#queue = new CommandQueue(settings.password);
    this.#outbox = new Outbox(wire, (cause) => {
      this.#end(this.#failure("writing failed", cause));
    });
    this.#decoder = new Decoder({
      maxBulk: settings.maxPayload,
      messages: sink !== undefined,
    });
    this.#read();
  }

  /**
   * Dials; the result still has to be greeted.
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

  /** Resolves with the reason when the connection has ended. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** When something last arrived, by `performance.now()`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether anything has arrived. */
  get wasHeard(): boolean {
    return this.#heardAt > 0;
  }

  /** When it had greeted and was prepared, by `performance.now()`. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** Why the connection has ended; `undefined` as long as it lives. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /**
   * Sends a command.
   *
   * @param what Completes "Cannot …" in an error.
   * @throws {RedisReplyError} If the server refuses it.
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

  /** Publishes a message, and hands the reply, or why there is none, to the command. */
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
    if (this.#cause !== undefined) return command.reject(this.#cause);
    if (!posted) {
      const reason = `${this.#settings.name} reads too slowly what is sent`;
      const error = `Cannot ${command.what()} as ${reason}`;
      return command.reject(new RedisConnectionError(error));
    }
    if (this.#queue.size === 0) this.#owedSince = performance.now();
    this.#queue.push(command);
    this.#commandWatch ??= afterAbout( // too early, it looks again
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
    if (this.#cause !== undefined) return Promise.reject(this.#cause);
    this.#outbox.post(command([name, ...channels]));
    return this.#subscribing!.sent(channels);
  }

  /**
   * Begins to check that the other end is alive; to be called once it has greeted.
   *
   * @param probe Asks, every `pingInterval`; with PING where not given.
   */
  watch(probe?: () => void): void {
    this.#openedAt = performance.now();
    this.#probe = probe;
    if (this.#cause !== undefined) return;
    this.#keepAlive = KeepAlive.join(this.#settings, this);
  }

  /** Asks the other end whether it is there. */
  probe(): void {
    if (this.#probe !== undefined) this.#probe();
    else if (this.#subscribing !== undefined) this.#outbox.post(PING);
    else this.send(["PING"]).catch(() => {}); // an error is an answer too
  }

  /** Ends, unless something has arrived since; what was opened later was not asked. */
  check(since: number): void {
    if (this.#heardAt >= since || this.#openedAt >= since) return;
    const { pingTimeout } = this.#settings;
    const reason = `nothing answered a PING or ROLE within ${pingTimeout} ms`;
    this.#end(this.#failure(reason));
  }

  close(cause: Error): Promise<void> {
    this.#end(cause);
    return RESOLVED;
  }

  // Callbacks: an async function's frame would be a kilobyte to look up for each read.
  #read(): void {
    if (this.#cause !== undefined) return;
    try {
      this.#wire.read(this.#decoder.space()).then(this.#arrived, this.#unread);
    } catch (cause) { // there is no memory for what is to come
      this.#unread(cause);
    }
  }

  // Reads that find data waiting would go on without end: those who consume
  // what came must have their turn, or they miss some of it.
  readonly #readOn = (): void => {
    if (this.#cameMuch) setImmediate(() => this.#read());
    else this.#read();
  };

  readonly #arrived = (count: number | null): void => {
    if (count === null) {
      return this.#end(this.#failure("the server closed the connection"));
    }
    this.#heardAt = performance.now();
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
    // Who is told of a message and waits for it by a promise acts on it first.
    else RESOLVED.then(this.#readOn);
  };

  readonly #unread = (cause: unknown): void => {
    if (cause instanceof RedisProtocolError) this.#end(cause);
    else if (cause instanceof RespSyntaxError) {
      this.#end(this.#violation(this.#quoted(cause)));
    } else this.#end(this.#failure("reading failed", cause));
  };

  #take(reply: Received): void {
    if (this.#cause !== undefined) return;
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
      // What a server says before it hangs up, such as "max number of clients reached".
      const said = withhold(reply.message, this.#settings.password);
      this.#end(this.#failure(`the server said: ${said}`));
    } else throw this.#violation("it got a reply that nobody asked for");
  }

  #violation(reason: string): RedisProtocolError {
    return new RedisProtocolError(this.#ended(reason));
  }

  readonly #checkCommands = (): void => {
    this.#commandWatch = undefined;
    if (this.#queue.size === 0) return;
    const { commandTimeout } = this.#settings;
    const silence = performance.now() -
      Math.max(this.#heardAt, this.#owedSince);
    if (silence >= commandTimeout) {
      this.#end(
        this.#failure(`nothing answered a command within ${commandTimeout} ms`),
      );
    } else {
      this.#commandWatch = after(
        commandTimeout - silence,
        this.#checkCommands,
      );
    }
  };

  #end(cause: Error): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#keepAlive?.leave(this);
    this.#commandWatch?.cancel();
    this.#outbox.stop();
    try {
      this.#wire.close();
    } catch {
      // It was closed already.
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
    this.#lost.resolve(cause);
  }

  #quoted({ message }: RespSyntaxError): string {
    // What it quotes may be a part of the credentials, sent back by no Redis.
    return this.#settings.password === undefined
      ? message
      : "it does not speak the Redis protocol";
  }

  #ended(reason: string): string {
    return `The connection to ${this.#settings.name} ended as ${reason}`;
  }

  #failure(reason: string, cause?: unknown): RedisConnectionError {
    const told = cause instanceof Error
      ? `${reason}: ${cause.message}`
      : reason;
    return new RedisConnectionError(
      this.#ended(told),
      cause === undefined ? {} : { cause },
    );
  }
}
