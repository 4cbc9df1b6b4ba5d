/**
 * One client's life on its socket: what it sends is decoded and executed, what
 * waits for it is written, and both end in order.
 *
 * @module
 */
import { Decoder } from "../resp/decoder.ts";
import { type Received, RespSyntaxError, Unreadable } from "../resp/reply.ts";
import { Client, type ClientLink } from "./client.ts";
import { execute } from "./commands/execute.ts";
import type { Server } from "./server.ts";

/** Bytes that a client may send before it is authenticated: a few attempts. */
const MAX_UNAUTHENTICATED = 16 * 1024;
/** Milliseconds for taking leave: the last replies are written, the other end closes. */
const LINGER = 1_000;
/** Words of a command beside the names that it may carry. */
const SPARE_WORDS = 16;

/** Serves one client. */
export class Session implements ClientLink {
  readonly #conn: Deno.TcpConn;
  readonly #server: Server;
  readonly #client: Client;
  readonly #decoder: Decoder;
  /** Resolves when what is queued is written; undefined while nothing is. */
  #writing: Promise<void> | undefined;
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
    this.#decoder = new Decoder({
      bulk: "bytes",
      maxBulk: maxPayload,
      hardMaxBulk: maxMemory,
      maxDepth: 1,
      maxItems: maxChannels + SPARE_WORDS,
      topLevel: "*",
    });
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
      this.#client.leave();
      this.destroy();
      await this.#writing;
    }
  }

  /** Writes what is queued, all that one turn brings together. */
  wake(): void {
    this.#writing ??= this.#write();
  }

  /** Closes the socket at once; {@linkcode run} resolves soon after. */
  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  async #receive(): Promise<void> {
    const client = this.#client;
    while (!client.ending) {
      const count = await this.#conn.read(this.#decoder.space());
      if (count === null) return;
      this.#decoder.commit(count);
      this.#unread += count;
      this.#executeAll();
      client.received(this.#unread);
      this.#watchHandshake(count);
      this.#watchCommand();
    }
  }

  #executeAll(): void {
    const client = this.#client;
    try {
      while (!client.ending) {
        const request = this.#decoder.next();
        if (request === undefined) return;
        this.#unread = this.#decoder.buffered;
        clearTimeout(this.#stalling);
        this.#stalling = undefined;
        this.#execute(request);
      }
    } catch (error) {
      if (!(error instanceof RespSyntaxError)) throw error;
      this.#refuse(error.message);
    }
  }

  #execute(request: Received): void {
    if (!Array.isArray(request)) return; // null, as topLevel lets nothing else in
    for (const word of request) {
      if (word instanceof Uint8Array) continue;
      if (word instanceof Unreadable) {
        return this.#client.fail(`ERR an argument is too long: ${word.reason}`);
      }
      return this.#refuse("a command must be made of bulk strings");
    }
    if (request.length === 0) return;
    execute(this.#client, request as Uint8Array[], this.#server);
  }

  #refuse(reason: string): void {
    this.#server.counters.protocolErrors++;
    this.#client.end(`ERR Protocol error: ${reason}`);
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
    this.#client.unsubscribeAll();
    clearTimeout(this.#deadline);
    clearTimeout(this.#stalling);
    this.#deadline = setTimeout(() => this.destroy(), LINGER);
    await this.#writing;
    await this.#conn.closeWrite();
    while (await this.#conn.read(this.#decoder.space()) !== null);
  }

  async #write(): Promise<void> {
    // Lets the turn end first, so that everything it brings goes out together.
    await null;
    try {
      let bytes = this.#client.take();
      while (bytes !== undefined) {
        for (let offset = 0; offset < bytes.length;) {
          offset += await this.#conn.write(bytes.subarray(offset));
        }
        this.#client.written(bytes.length);
        bytes = this.#client.take();
      }
      this.#writing = undefined;
    } catch {
      // #writing stays set: nothing is to be written any more.
      this.#client.leave();
      this.destroy();
    }
  }
}
