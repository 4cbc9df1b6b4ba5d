/**
 * One client's socket: decodes and executes what the client sends, writes what
 * waits for the client, and ends both in order.
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
/** Milliseconds for the end: the last replies are written, and the client hangs up. */
const LINGER = 1_000;
/** Words that a command may have even if a client may have few channels. */
const MANY_WORDS = 64 * 1024;
/** Words of a command in addition to the names that it may carry. */
const SPARE_WORDS = 16;
/** Most words of a command, as in Redis. */
const MAX_WORDS = 1024 * 1024;
/** Bytes that are read, or written, in one go. */
const CHUNK = 128 * 1024;
/** Bytes of a read up to which the client's work counts as short. */
const LIGHT = 16 * 1024;
/** Bytes of waiting replies beyond which the next command waits. */
const MAX_REPLIES = 1024 * 1024;
/** Milliseconds for which the next command waits at most, while the client does not read. */
const PATIENCE = 1_000;

// Costs in microseconds, roughly.
/** Decoding a word of an unfinished command. */
const WORD = 0.05;
const COMMAND = 1;
/** A read or a write, and each of its bytes. */
const SYSTEM_CALL = 10;
const BYTE = 0.0005;
/** A byte of a command, to be decoded and looked at. */
const WORD_BYTE = 0.002;
/** Freeing what a client has held. */
const DEPARTURE = 30;

/** Serves one client. */
export class Session implements ClientLink {
  readonly #conn: Deno.TcpConn;
  readonly #server: Server;
  readonly #client: Client;
  readonly #decoder: Decoder;
  /** The rest of the command that is being run, and the words of that command. */
  #work: Work | undefined;
  #command: Args = [];
  /** Bytes of those words; -1 until they are counted. */
  #commandBytes = -1;
  /** Resolves when the queue is written; `undefined` while it is empty. */
  #writing: Promise<void> | undefined;
  /** When the unfinished write began; 0 if there is none. */
  #blockedSince = 0;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  /** Runs while a command has arrived in part: without a limit, a client could hold its place for ever. */
  #stalling: ReturnType<typeof setTimeout> | undefined;
  #unauthenticated = 0;
  /** Bytes that have arrived since the last whole command, decoded or not. */
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

  /** Serves the client until the client or the broker ends; never rejects. */
  async run(): Promise<void> {
    try {
      this.#conn.setNoDelay(true);
      this.#watchHandshake(0);
      await this.#receive();
      await this.#takeLeave();
    } catch {
      // As a rule the socket failed, or destroy() closed it. Any error ends this client and no other.
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

  /** Writes the queue, after this turn of the event loop has added all that it adds. */
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

  /** Executes the commands that have arrived; returns `false` if the rest must wait for a turn. */
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
   * Whether the client must read replies before its next command runs. A client
   * that does not read goes on after a while, because it may read only after it
   * has sent everything. It goes on until its replies take too much memory.
   */
  #hasToRead(): boolean {
    const { pending, subscribed } = this.#client;
    return pending > MAX_REPLIES && subscribed === 0 &&
      this.blockedFor < PATIENCE;
  }

  #execute(request: Received): void {
    if (!Array.isArray(request)) return; // the null array: topLevel allows arrays only
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

  /** Counts the bytes and words that wait to be acted on. */
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

  /** Limits the time and the bytes that a client has for authenticating itself; begins anew after RESET. */
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
      if (this.#client.authenticated) return; // during work that is not done yet
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
   * Waits until the last replies have arrived. A socket that is closed with
   * unread input is reset, and the client may lose replies that it has not read.
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
    const { output } = this.#client;
    const { pace } = this.#server;
    // Lets the turn end first, so that all of its replies and messages go out together.
    await null;
    pace.begin();
    try {
      for (;;) {
        // Replies do not wait for a turn, because the client waits for them.
        const isReply = output.hasRepliesOnly;
        if (!isReply && pace.spent) await pace.turn();
        const bytes = output.take();
        if (bytes === undefined) break;
        for (let offset = 0; offset < bytes.length;) {
          if (!isReply && pace.spent) await pace.turn();
          const part = bytes.subarray(offset, offset + CHUNK);
          pace.charge(SYSTEM_CALL + part.length * BYTE);
          pace.countWrite();
          this.#blockedSince = Date.now();
          offset += await this.#conn.write(part);
          this.#blockedSince = 0;
        }
        output.written();
      }
      this.#writing = undefined;
    } catch {
      // #writing stays set, so that wake() does not write any more.
      this.#client.leave();
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
