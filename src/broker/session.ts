/**
 * One client's life on its socket: what it sends is decoded and executed, what
 * waits for it is written, and both end in order.
 *
 * @module
 */
import { Decoder } from "../resp/decoder.ts";
import { type Received, RespSyntaxError, Unreadable } from "../resp/reply.ts";
import { Client, type ClientLink } from "./client.ts";
import type { Args } from "./commands/command_table.ts";
import { execute } from "./commands/execute.ts";
import type { Work } from "./pace.ts";
import type { Server } from "./server.ts";

/** Bytes that a client may send before it is authenticated: a few attempts. */
const MAX_UNAUTHENTICATED = 16 * 1024;
/** Milliseconds for taking leave: the last replies are written, the other end closes. */
const LINGER = 1_000;
/** Words that a command may have however few channels a client may. */
const MANY_WORDS = 64 * 1024;
/** Words of a command beside the names that it may carry. */
const SPARE_WORDS = 16;
/** Most words of a command: as many as Redis takes. */
const MAX_WORDS = 1024 * 1024;
/** Bytes that are read, or written, in one go. */
const CHUNK = 128 * 1024;
/** Bytes up to which a client counts as one that has little to do. */
const LIGHT = 16 * 1024;
/** Bytes of replies beyond which a client that reads is not asked for more. */
const MAX_REPLIES = 1024 * 1024;
/** Milliseconds until a client that does not read is asked for more all the same. */
const PATIENCE = 1_000;
/** Microseconds that a word of many takes to be decoded, roughly. */
const WORD = 0.05;
/** Microseconds that a command takes, and a read or write, roughly. */
const COMMAND = 1;
const SYSTEM_CALL = 10;
/** Microseconds that a client takes to be cleared away, roughly. */
const DEPARTURE = 30;
/** Microseconds that a byte takes to be read or written, and to be looked at, roughly. */
const BYTE = 0.0005;
const WORD_BYTE = 0.002;

/** Serves one client. */
export class Session implements ClientLink {
  readonly #conn: Deno.TcpConn;
  readonly #server: Server;
  readonly #client: Client;
  readonly #decoder: Decoder;
  /** What is left of the command that is being run, and its words. */
  #work: Work | undefined;
  #command: Args = [];
  /** Bytes of those words; -1 while they are not counted. */
  #commandBytes = -1;
  /** Resolves when what is queued is written; undefined while nothing is. */
  #writing: Promise<void> | undefined;
  /** When the write began that the socket has not taken yet; 0 while there is none. */
  #blockedSince = 0;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  /** Runs while a command has come in part: whoever never ends it would keep a place for ever. */
  #stalling: ReturnType<typeof setTimeout> | undefined;
  #unauthenticated = 0;
  /** Bytes that have arrived since the last whole command, decoded in part or not. */
  #unread = 0;
  #closed = false;

  constructor(conn: Deno.TcpConn, server: Server) {
    this.#conn = conn;
    this.#server = server;
    this.#client = new Client(server, this);
    const { maxChannels, maxMemory, maxPayload } = server.limits;
    const words = Math.max(maxChannels, MANY_WORDS) + SPARE_WORDS;
    this.#decoder = new Decoder({
      bulk: "bytes",
      maxBulk: maxPayload,
      hardMaxBulk: maxMemory,
      maxDepth: 1,
      maxItems: Math.min(words, MAX_WORDS),
      topLevel: "*",
    });
  }

  get address(): string {
    return textOf(this.#conn.remoteAddr);
  }

  get localAddress(): string {
    return textOf(this.#conn.localAddr);
  }

  get blockedFor(): number {
    return this.#blockedSince === 0 ? 0 : Date.now() - this.#blockedSince;
  }

  /** Serves the client until either end is done; never rejects. */
  async run(): Promise<void> {
    try {
      this.#conn.setNoDelay(true);
      this.#watchHandshake(0);
      await this.#receive();
      await this.#takeLeave();
    } catch {
      // As a rule the socket failed, or destroy() closed it. Whatever it was, it ends this client alone.
    } finally {
      clearTimeout(this.#deadline);
      clearTimeout(this.#stalling);
      const { pace } = this.#server;
      pace.charge(DEPARTURE);
      if (pace.spent) await pace.turn(true);
      this.#work?.return();
      this.#client.leave();
      this.destroy();
      await this.#unsubscribe();
      await this.#writing;
    }
  }

  /** Writes what is queued, all that one turn brings together. */
  wake(): void {
    this.#writing ??= this.#write();
  }

  /** Ends the client and closes the socket at once. */
  end(): void {
    this.#client.kill();
  }

  /** Closes the socket at once; {@linkcode run} resolves soon after. */
  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  async #receive(): Promise<void> {
    const client = this.#client;
    const { pace } = this.#server;
    let count: number | null = 0;
    while (!client.ending) {
      if (count > LIGHT && pace.spent) await pace.turn();
      const space = this.#decoder.space();
      count = await this.#conn.read(
        space.length > CHUNK ? space.subarray(0, CHUNK) : space,
      );
      if (count === null) return;
      this.#decoder.commit(count);
      this.#unread += count;
      pace.begin();
      pace.charge(SYSTEM_CALL + count * BYTE);
      client.activeAt = Date.now();
      for (let isLight = count <= LIGHT; !this.#executeAll(); isLight = false) {
        this.#account();
        await pace.turn(isLight);
      }
      this.#account();
      this.#watchHandshake(count);
      this.#watchCommand();
    }
  }

  /** Executes what has arrived; answers false where the rest is to wait for a turn. */
  #executeAll(): boolean {
    const client = this.#client;
    const { pace } = this.#server;
    try {
      while (!client.ending) {
        if (this.#work !== undefined) {
          if (!this.#work.next().done) return false;
          this.#work = undefined;
          continue;
        }
        if (pace.spent || this.#hasToRead()) return false;
        const request = this.#decoder.next();
        if (request === undefined) {
          pace.charge(this.#decoder.items * WORD);
          return true;
        }
        const rest = this.#decoder.buffered;
        pace.charge(COMMAND + (this.#unread - rest) * WORD_BYTE);
        this.#unread = rest;
        clearTimeout(this.#stalling);
        this.#stalling = undefined;
        this.#execute(request);
      }
    } catch (error) {
      if (!(error instanceof RespSyntaxError)) throw error;
      this.#refuse(error.message);
    }
    return true;
  }

  /**
   * Whether the client is to read replies before it gets more of them. One that
   * does not read goes on, because it may be about to read only when it has
   * sent all, until its replies are too many.
   */
  #hasToRead(): boolean {
    const { pending, subscribed } = this.#client;
    return pending > MAX_REPLIES && subscribed === 0 &&
      this.blockedFor < PATIENCE;
  }

  #execute(request: Received): void {
    if (!Array.isArray(request)) return; // null, as topLevel lets nothing else in
    for (const word of request) {
      if (word instanceof Uint8Array) continue;
      if (word instanceof Unreadable) {
        return this.#client.reject(
          `ERR an argument is too long: ${word.reason}`,
        );
      }
      return this.#refuse("a command must be made of bulk strings");
    }
    if (request.length === 0) return;
    this.#command = request as Uint8Array[];
    this.#commandBytes = -1;
    this.#work = execute(this.#client, this.#command, this.#server) ??
      undefined;
  }

  #refuse(reason: string): void {
    this.#server.counters.protocolErrors++;
    this.#client.end(`ERR Protocol error: ${reason}`);
  }

  /** Counts what the client has sent and is not acted on yet. */
  #account(): void {
    let bytes = this.#unread;
    let words = this.#decoder.items;
    if (this.#work !== undefined) {
      words += this.#command.length;
      if (this.#commandBytes === -1) {
        this.#commandBytes = this.#command.reduce((n, w) => n + w.length, 0);
      }
      bytes += this.#commandBytes;
    }
    this.#client.received(bytes, words);
  }

  /** Limits the time and the bytes that a client has for authenticating itself, anew after a RESET. */
  #watchHandshake(received: number): void {
    const { counters, limits } = this.#server;
    if (this.#client.authenticated) {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
      this.#unauthenticated = 0;
      return;
    }
    this.#unauthenticated += received;
    if (this.#unauthenticated > MAX_UNAUTHENTICATED && !this.#client.ending) {
      counters.unauthenticated++;
      this.#client.end(
        "ERR Protocol error: too many bytes before authentication",
      );
    }
    this.#deadline ??= setTimeout(() => {
      if (this.#client.authenticated) return; // amid work that goes on still
      counters.unauthenticated++;
      this.destroy();
    }, limits.handshakeTimeout);
  }

  /** Limits the time that a client has for the rest of a command. */
  #watchCommand(): void {
    if (this.#unread === 0 || this.#client.ending) return;
    const { counters, limits } = this.#server;
    this.#stalling ??= setTimeout(() => {
      counters.stalled++;
      this.destroy();
    }, limits.commandTimeout);
  }

  /**
   * Lets the last replies through. A socket that is closed with input unread is
   * reset, and the other end may lose what it has not read yet.
   */
  async #takeLeave(): Promise<void> {
    await this.#unsubscribe();
    clearTimeout(this.#deadline);
    clearTimeout(this.#stalling);
    this.#deadline = setTimeout(() => this.destroy(), LINGER);
    await this.#writing;
    await this.#conn.closeWrite();
    while (await this.#conn.read(this.#decoder.space()) !== null);
  }

  async #unsubscribe(): Promise<void> {
    const { pace } = this.#server;
    for (const _slice of this.#client.unsubscribeAll()) await pace.turn();
  }

  async #write(): Promise<void> {
    const client = this.#client;
    const { pace } = this.#server;
    // Lets the turn end first, so that everything it brings goes out together.
    await null;
    pace.begin();
    try {
      for (;;) {
        // Replies go out at once: they are what a client waits for.
        const isReply = client.hasRepliesOnly;
        if (!isReply && pace.spent) await pace.turn();
        const bytes = client.take();
        if (bytes === undefined) break;
        for (let offset = 0; offset < bytes.length;) {
          if (!isReply && pace.spent) await pace.turn();
          const part = bytes.length <= CHUNK && offset === 0
            ? bytes
            : bytes.subarray(offset, offset + CHUNK);
          pace.charge(SYSTEM_CALL + part.length * BYTE);
          pace.countWrite();
          this.#blockedSince = Date.now();
          offset += await this.#conn.write(part);
          this.#blockedSince = 0;
        }
        client.written();
      }
      this.#writing = undefined;
    } catch {
      // #writing stays set: nothing is to be written any more.
      client.leave();
      this.destroy();
    }
  }
}

function textOf(address: Deno.Addr): string {
  const { hostname, port } = address as Deno.NetAddr;
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}
