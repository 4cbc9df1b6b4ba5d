/**
 * An in-process TCP server that plays a script: the script expects commands and
 * sends bytes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Decoder } from "../../src/resp/decoder.ts";
import { within } from "./wait.ts";

/** The acts of a server on one connection; a script that does not finish fails the test. */
export type Script = (peer: FakePeer) => Promise<void>;

/** A scripted server; disposing of it fails if a script failed. */
export class FakeServer implements AsyncDisposable {
  readonly hostname = "127.0.0.1";
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #peers: FakePeer[] = [];
  readonly #failures: unknown[] = [];
  readonly #scripts: readonly Script[];
  readonly #accepting: Promise<void>;
  readonly #running = new Set<Promise<void>>();

  /** Plays the nth script on the nth connection, and the last one on all later connections. */
  static listen(...scripts: Script[]): FakeServer {
    return new FakeServer(scripts);
  }

  private constructor(scripts: readonly Script[]) {
    this.#scripts = scripts;
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get url(): string {
    return `redis://${this.hostname}:${this.port}`;
  }

  /** The number of connections so far. */
  get connections(): number {
    return this.#peers.length;
  }

  /** Accepts no more connections; the open ones go on. */
  refuse(): void {
    try {
      this.#listener.close();
    } catch {
      // Already closed.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    await this.#accepting;
    const finished = Promise.all(this.#running);
    try {
      await within(finished, { timeout: 5_000, what: "the scripts to finish" });
    } finally {
      for (const peer of this.#peers) peer.close();
    }
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        connection.setNoDelay(true);
        const script = this.#scripts[this.#peers.length] ??
          this.#scripts.at(-1)!;
        const peer = new FakePeer(connection);
        this.#peers.push(peer);
        const running = script(peer).catch((error) => {
          this.#failures.push(error);
          peer.close();
        });
        this.#running.add(running);
        running.then(() => this.#running.delete(running));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

/** The server's end of one connection. */
export class FakePeer {
  readonly #connection: Deno.Conn;
  readonly #decoder = new Decoder({ topLevel: "*" });

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** The next command; undefined when the client has hung up. */
  async next(): Promise<string[] | undefined> {
    for (;;) {
      const command = this.#decoder.next();
      if (command !== undefined) return command as string[];
      const count = await this.#read();
      if (count === null) return undefined;
      this.#decoder.commit(count);
    }
  }

  /** Fails unless this is the next command. */
  async expect(...command: string[]): Promise<void> {
    assertEquals(await this.next(), command);
  }

  /** Fails unless the client hangs up without another command. */
  async expectEnd(): Promise<void> {
    assertEquals(await this.next(), undefined);
  }

  /** Expects the usual commands of a new client, and replies in RESP3. */
  async greet(): Promise<void> {
    await this.expect("HELLO", "3");
    await this.reply("%1\r\n+proto\r\n:3\r\n");
    await this.expect("PING");
    await this.reply("+PONG\r\n");
  }

  /** Sends bytes as they are. */
  async reply(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  /** Hangs up. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // Already closed.
    }
  }

  async #read(): Promise<number | null> {
    try {
      return await this.#connection.read(this.#decoder.space());
    } catch (error) {
      // A reset is an end, too, and so is close() while this waits.
      if (
        error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.Interrupted ||
        error instanceof Deno.errors.BadResource
      ) return null;
      throw error;
    }
  }
}
