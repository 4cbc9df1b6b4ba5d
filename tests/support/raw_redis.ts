/**
 * A Redis connection that shares no code with the module under test: one
 * command at a time, in RESP2.
 *
 * @module
 */

import { within } from "./wait.ts";

/** A reply; an error reply is thrown instead. */
export type RawReply = string | number | null | RawReply[];

/** An error reply. */
export class RawRedisError extends Error {
  override readonly name = "RawRedisError";
}

/** One connection; disposing of it closes it. */
export class RawRedis implements Disposable {
  readonly #connection: Deno.Conn;
  #received = new Uint8Array();

  static async connect(
    address: Deno.ConnectOptions | Deno.UnixConnectOptions,
  ): Promise<RawRedis> {
    return new RawRedis(
      "path" in address
        ? await Deno.connect(address)
        : await Deno.connect(address),
    );
  }

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Sends a command and reads one reply. */
  async command(...args: readonly string[]): Promise<RawReply> {
    await this.send(...args);
    return await this.read();
  }

  /** Sends a command and leaves the reply to {@linkcode read}. */
  async send(...args: readonly string[]): Promise<void> {
    const encoder = new TextEncoder();
    const bytes = encoder.encode(
      `*${args.length}\r\n` +
        args.map((arg) => `$${encoder.encode(arg).length}\r\n${arg}\r\n`).join(
          "",
        ),
    );
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  /** Reads one reply, such as a message of a subscription. */
  async read(options: { timeout?: number } = {}): Promise<RawReply> {
    return await within(this.#readReply(), { ...options, what: "a reply" });
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #readReply(): Promise<RawReply> {
    for (;;) {
      const parsed = parse(this.#received, 0);
      if (parsed) {
        this.#received = this.#received.slice(parsed.end);
        if (parsed.reply instanceof RawRedisError) throw parsed.reply;
        return parsed.reply;
      }
      await this.#receive();
    }
  }

  async #receive(): Promise<void> {
    const chunk = new Uint8Array(65_536);
    const count = await this.#connection.read(chunk);
    if (count === null) throw new Error("The server closed the connection");
    const joined = new Uint8Array(this.#received.length + count);
    joined.set(this.#received);
    joined.set(chunk.subarray(0, count), this.#received.length);
    this.#received = joined;
  }
}

interface Parsed {
  readonly reply: RawReply | RawRedisError;
  readonly end: number;
}

/** The reply that begins at an offset; undefined if it is incomplete. */
function parse(bytes: Uint8Array, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf(0x0a, start) + 1;
  if (lineEnd === 0) return undefined;
  const line = new TextDecoder().decode(bytes.subarray(start, lineEnd - 2));
  const rest = line.slice(1);
  switch (line[0]) {
    case "+":
      return { reply: rest, end: lineEnd };
    case "-":
      return { reply: new RawRedisError(rest), end: lineEnd };
    case ":":
      return { reply: Number(rest), end: lineEnd };
    case "$":
      return parseBulk(bytes, lineEnd, Number(rest));
    case "*":
      return parseArray(bytes, lineEnd, Number(rest));
    default:
      throw new Error(`Cannot read the reply: current line is ${line}`);
  }
}

function parseBulk(
  bytes: Uint8Array,
  start: number,
  length: number,
): Parsed | undefined {
  if (length < 0) return { reply: null, end: start };
  if (bytes.length < start + length + 2) return undefined;
  const body = bytes.subarray(start, start + length);
  return { reply: new TextDecoder().decode(body), end: start + length + 2 };
}

function parseArray(
  bytes: Uint8Array,
  start: number,
  length: number,
): Parsed | undefined {
  if (length < 0) return { reply: null, end: start };
  const items: RawReply[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const item = parse(bytes, end);
    if (!item) return undefined;
    items.push(
      item.reply instanceof RawRedisError ? item.reply.message : item.reply,
    );
    end = item.end;
  }
  return { reply: items, end };
}
