/**
 * The floor: sockets, and the few lines without which they carry no signals.
 * Write, read until the reply is there; in batches where throughput counts.
 *
 * @module
 */

import {
  type Exporter,
  type ExporterSetup,
  INITIALIZATION,
  type Metadata,
  type Publisher,
  RESPONSES,
  SIGNALS,
  STATE,
} from "./contender.ts";
import {
  type Answer,
  answerText,
  publisherId,
  responderId,
  signalText,
} from "./hand_written.ts";

/** Bytes of a connection's buffers where few, and where many, pass at a time. */
const SMALL = 4 * 1024;
const LARGE = 128 * 1024;

const encoder = new TextEncoder();

export async function exporter(
  port: number,
  { expected = [] }: ExporterSetup,
): Promise<Exporter> {
  const commands = await BareSocket.connect(port);
  const responses = await BareSocket.subscribe(port, RESPONSES, LARGE);
  const id = publisherId();
  const subscribers = new Set(expected);

  /** Publishes, and hands over who answers until that is enough. */
  async function ask(
    event: string,
    metadata: Metadata | undefined,
    isEnough: (responderId: string) => boolean,
  ): Promise<void> {
    await commands.write(
      command("PUBLISH", SIGNALS, signalText(id, event, metadata)),
    );
    await commands.readLines(); // how many received it
    for (let enough = false; !enough;) {
      for (const line of await responses.readLines()) {
        if (!line.startsWith("{")) continue;
        const answer: Answer = JSON.parse(line);
        if (answer.publisher_id === id && answer.event === event) {
          enough = isEnough(answer.responder_id);
        }
      }
    }
  }

  return {
    publisherId: id,
    gather: (count) =>
      ask(
        INITIALIZATION,
        undefined,
        (responder) => subscribers.add(responder).size === count,
      ),
    async exchange(event, metadata) {
      const owed = new Set(subscribers);
      await ask(event, metadata, (responder) => {
        owed.delete(responder);
        return owed.size === 0;
      });
      return subscribers.size;
    },
  };
}

export async function responder(port: number): Promise<void> {
  const commands = await BareSocket.connect(port);
  const signals = await BareSocket.subscribe(port, SIGNALS);
  const id = responderId();
  (async () => {
    for (;;) {
      for (const line of await signals.readLines()) {
        if (!line.startsWith("{")) continue;
        const { publisher_id, event } = JSON.parse(line);
        await commands.write(
          command("PUBLISH", RESPONSES, answerText(id, publisher_id, event)),
        );
        await commands.readLines();
      }
    }
  })();
}

export async function publisher(port: number): Promise<Publisher> {
  const socket = await BareSocket.connect(port, LARGE);
  return async (payload, total, depth) => {
    for (let sent = 0; sent < total; sent += depth) {
      let batch = "";
      for (let n = 0; n < depth; n++) {
        batch += command("PUBLISH", SIGNALS, payload);
      }
      await socket.write(batch);
      for (let replies = 0; replies < depth;) {
        replies += (await socket.readLines()).length;
      }
    }
  };
}

export async function receive(
  port: number,
  onSignal: () => void,
): Promise<void> {
  const signals = await BareSocket.subscribe(port, SIGNALS, LARGE);
  (async () => {
    for (;;) {
      for (const line of await signals.readLines()) {
        if (line.startsWith("{") && JSON.parse(line).event === STATE) {
          onSignal();
        }
      }
    }
  })();
}

class BareSocket {
  readonly #conn: Deno.TcpConn;
  readonly #decoder = new TextDecoder();
  readonly #input: Uint8Array<ArrayBuffer>;
  readonly #output: Uint8Array<ArrayBuffer>;
  #unfinished: string[] = [];

  static async connect(port: number, buffer = SMALL): Promise<BareSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new BareSocket(conn, buffer);
  }

  static async subscribe(
    port: number,
    channel: string,
    buffer = SMALL,
  ): Promise<BareSocket> {
    const socket = await BareSocket.connect(port, buffer);
    await socket.write(command("SUBSCRIBE", channel));
    for (let lines = 0; lines < 6;) lines += (await socket.readLines()).length;
    return socket;
  }

  private constructor(conn: Deno.TcpConn, buffer: number) {
    this.#conn = conn;
    this.#input = new Uint8Array(buffer);
    this.#output = new Uint8Array(buffer);
  }

  async write(text: string): Promise<void> {
    const { read, written } = encoder.encodeInto(text, this.#output);
    let bytes = read === text.length
      ? this.#output.subarray(0, written)
      : encoder.encode(text);
    while (bytes.length > 0) {
      bytes = bytes.subarray(await this.#conn.write(bytes));
    }
  }

  /** The lines that the next bytes complete: one at least. */
  async readLines(): Promise<string[]> {
    for (;;) {
      const count = await this.#conn.read(this.#input);
      if (count === null) throw new Error("The server closed the connection");
      const text = this.#decoder.decode(this.#input.subarray(0, count), {
        stream: true,
      });
      this.#unfinished.push(text);
      if (!text.includes("\n")) continue;
      const lines = this.#unfinished.join("").split("\r\n");
      this.#unfinished = [lines.pop() ?? ""];
      return lines;
    }
  }
}

/** Of ASCII words: their length is that of their bytes. */
function command(...words: string[]): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}
