/**
 * A client that deals in bytes, written and compared as text of one code unit a
 * byte, and shares no code with the broker.
 *
 * @module
 */

import { within } from "../support/wait.ts";

/** One connection; disposing of it closes it, and may be done twice. */
export class RawClient implements Disposable {
  readonly #conn: Deno.TcpConn;
  #closed = false;
  #received = "";
  #ended = false;

  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  /** Sends bytes as they are. */
  async write(text: string): Promise<void> {
    const bytes = Uint8Array.from(text, (unit) => unit.charCodeAt(0));
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#conn.write(bytes.subarray(sent));
    }
  }

  /** Sends a command; the reply is left to {@linkcode read}. */
  async send(...words: readonly string[]): Promise<void> {
    await this.write(encode(words));
  }

  /** Sends a command and reads so much of the reply as a text of that length. */
  async ask(words: readonly string[], length: number): Promise<string> {
    await this.send(...words);
    return await this.read(length);
  }

  /** Reads exactly so many bytes. */
  async read(length: number): Promise<string> {
    return await this.#take(
      () => this.#received.length >= length ? length : undefined,
      `${length} bytes`,
    );
  }

  /** Reads until a text has come for the n-th time; fewer if the other end closes. */
  async readThrough(text: string, times = 1): Promise<string> {
    return await this.#take(() => {
      const parts = this.#received.split(text);
      if (parts.length <= times) return undefined;
      return parts.slice(0, times).join(text).length + text.length;
    }, JSON.stringify(text));
  }

  /** Reads until the other end closes. */
  async readAll(): Promise<string> {
    return await this.#take(() => undefined, "the end of the connection");
  }

  /** Says that nothing more will be sent. */
  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  [Symbol.dispose](): void {
    if (!this.#closed) this.#conn.close();
    this.#closed = true;
  }

  async #take(
    length: () => number | undefined,
    what: string,
  ): Promise<string> {
    let end = length();
    while (end === undefined && !this.#ended) {
      await within(this.#receive(), {
        what: `${what} after ${JSON.stringify(this.#received.slice(-200))}`,
      });
      end = length();
    }
    const taken = this.#received.slice(0, end);
    this.#received = this.#received.slice(taken.length);
    return taken;
  }

  async #receive(): Promise<void> {
    const chunk = new Uint8Array(65_536);
    let count: number | null = null;
    try {
      count = await this.#conn.read(chunk);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    if (count === null) this.#ended = true;
    for (const byte of chunk.subarray(0, count ?? 0)) {
      this.#received += String.fromCharCode(byte);
    }
  }
}

/** A command as bytes. */
export function encode(words: readonly string[]): string {
  return `*${words.length}\r\n` +
    words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
}
