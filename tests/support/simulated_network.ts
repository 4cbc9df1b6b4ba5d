/**
 * An embedded broker and its clients in one process, on a network and a clock
 * of their own: an hour takes seconds, and nothing depends on the machine.
 *
 * The name of a host in a client's URL names the process that the client is in:
 * all names lead to the one broker, and a process can be killed by its name.
 *
 * @module
 */

import { Broker } from "../../src/broker/broker.ts";
import { Decoder } from "../../src/resp/decoder.ts";
import { FakeTime } from "./fake_time.ts";
// What is loaded when it is first needed takes time of the real clock then.
import "../../src/signals/exporter/session.ts";
import "../../src/signals/responder/signal_receiver.ts";

/** Turns of the event loop without a byte, after which all work is done. */
const STILL = 3;
/** As many for work that may import a module, which is loaded already. */
const STILL_AFTER_IMPORT = 100;
/** Commands whose second word says what they do. */
const WITH_SUBCOMMANDS = new Set(["CLIENT", "PUBSUB"]);

/** Replaces network, timers and clock until its disposal. */
export class SimulatedNetwork implements AsyncDisposable {
  readonly broker: Broker;
  /** The commands that the broker has got, by name. */
  readonly commands = new Map<string, number>();
  /** Takes each command, by name, and the process that has sent it. */
  heard: ((command: string, process: string) => void) | undefined;
  readonly #time = new FakeTime(1); // a connection takes 0 for "never"
  readonly #real = [Deno.connect, Deno.listen, setTimeout, clearTimeout];
  readonly #clients = new Set<SimulatedClient>();
  readonly #dead = new Set<string>();
  /** Connections that the broker has not accepted yet. */
  readonly #knocking: SocketEnd[] = [];
  #listening: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Bytes that were written or read so far, roughly. */
  #traffic = 0;

  constructor() {
    Object.assign(Deno, {
      connect: ({ hostname }: Deno.ConnectOptions) => this.#connect(hostname!),
      listen: () => ({
        addr: { hostname: "127.0.0.1", port: 6379 },
        accept: () => this.#accept(),
        close: () => this.#listening.reject(new Error("closed")),
      }),
    });
    Object.assign(globalThis, {
      setTimeout: (callback: () => void, ms = 0) => this.#later(callback, ms),
      clearTimeout: (cancel?: () => void) => cancel?.(),
    });
    this.broker = Broker.listen();
  }

  /** The time, in milliseconds. */
  get now(): number {
    return performance.now();
  }

  /** The number of all commands. */
  get total(): number {
    return [...this.commands.values()].reduce((sum, each) => sum + each, 0);
  }

  /** The broker's URL for a client in this process. */
  url(process: string): string {
    return `redis://${process}:6379`;
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await this.#settle();
      const left = until - this.now;
      if (this.#time.untilNext >= left) break;
      this.#time.tick(Math.max(0, this.#time.untilNext));
    }
    this.#time.tick(until - this.now);
    await this.#settle();
  }

  /** Lets time pass until the promise is settled. */
  async finish<T>(promise: Promise<T>, atMost = 600_000): Promise<T> {
    let isDone = false;
    promise.finally(() => isDone = true).catch(() => {});
    const since = this.now;
    await this.#settle(STILL_AFTER_IMPORT);
    while (!isDone) {
      if (this.now - since > atMost) {
        throw new Error(`Waited ${atMost} simulated ms in vain`);
      }
      await this.pass(Math.min(Math.max(0, this.#time.untilNext), atMost));
    }
    return await promise;
  }

  /** Ends a process: the broker sees its connections end, and it connects no more. */
  kill(process: string): void {
    this.#dead.add(process);
    for (const client of this.#of(process)) client.vanish();
  }

  /** Cuts the network of a process: nothing gets through, and neither end of a connection learns of the cut. */
  cut(process: string): void {
    this.#dead.add(process);
    for (const client of this.#of(process)) client.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish(this.broker.close());
    const [connect, listen, setTimeout, clearTimeout] = this.#real;
    Object.assign(Deno, { connect, listen });
    Object.assign(globalThis, { setTimeout, clearTimeout });
    this.#time[Symbol.dispose]();
  }

  #of(process: string): SimulatedClient[] {
    return [...this.#clients].filter((client) => client.process === process);
  }

  #connect(process: string): Promise<Deno.TcpConn> {
    if (this.#dead.has(process)) return new Promise(() => {});
    const client = new SimulatedClient(process, {
      moved: () => this.#traffic++,
      command: (words) => this.#count(words, process),
    });
    this.#clients.add(client);
    this.#traffic++;
    this.#knocking.push(client.server);
    this.#listening.resolve();
    return Promise.resolve(client.client as unknown as Deno.TcpConn);
  }

  async #accept(): Promise<SocketEnd> {
    while (this.#knocking.length === 0) {
      this.#listening = Promise.withResolvers();
      await this.#listening.promise;
    }
    return this.#knocking.shift()!;
  }

  #count(words: readonly string[], process: string): void {
    const [first = "", second = ""] = words.map((word) => word.toUpperCase());
    const name = WITH_SUBCOMMANDS.has(first) ? `${first} ${second}` : first;
    this.commands.set(name, (this.commands.get(name) ?? 0) + 1);
    this.heard?.(name, process);
  }

  #later(callback: () => void, ms: number): () => void {
    const run = () => {
      this.#traffic++;
      callback();
    };
    if (ms === 0) {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    }
    const signal = AbortSignal.timeout(ms);
    signal.addEventListener("abort", run);
    return () => signal.removeEventListener("abort", run);
  }

  /** Resolves when all work is done that waits for no timer. */
  async #settle(turns = STILL): Promise<void> {
    for (let still = 0, last = -1; still < turns; still++) {
      if (last !== this.#traffic) still = 0;
      last = this.#traffic;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Takes what happens on a connection. */
interface Observer {
  moved(): void;
  /** Takes a command that has arrived at the broker. */
  command(words: readonly string[]): void;
}

/** A connection between a client and the broker. */
class SimulatedClient {
  readonly process: string;
  readonly client: SocketEnd;
  readonly server: SocketEnd;
  readonly #toServer: ByteStream;
  readonly #toClient: ByteStream;

  constructor(process: string, observer: Observer) {
    const decoder = new Decoder({ topLevel: "*" });
    const arrived = (bytes: Uint8Array) => {
      observer.moved();
      for (let rest = bytes; rest.length > 0;) {
        const space = decoder.space();
        const part = rest.subarray(0, space.length);
        space.set(part);
        decoder.commit(part.length);
        rest = rest.subarray(part.length);
        for (
          let words = decoder.next();
          words !== undefined;
          words = decoder.next()
        ) observer.command(words as string[]);
      }
    };
    this.process = process;
    this.#toServer = new ByteStream(arrived);
    this.#toClient = new ByteStream(() => observer.moved());
    this.client = new SocketEnd(this.#toClient, this.#toServer);
    this.server = new SocketEnd(this.#toServer, this.#toClient);
  }

  vanish(): void {
    this.cut();
    this.#toServer.end();
  }

  cut(): void {
    this.#toServer.isCut = this.#toClient.isCut = true;
  }
}

/** The bytes of one direction. */
class ByteStream {
  /** Whether what is written is lost. */
  isCut = false;
  readonly #arrived: (bytes: Uint8Array) => void;
  readonly #chunks: Uint8Array[] = [];
  #reading: ((count: void) => void) | undefined;
  #hasEnded = false;

  constructor(arrived: (bytes: Uint8Array) => void) {
    this.#arrived = arrived;
  }

  write(bytes: Uint8Array): number {
    if (this.isCut) return bytes.length;
    this.#chunks.push(bytes.slice());
    this.#arrived(bytes);
    this.#reading?.();
    return bytes.length;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#hasEnded) return null;
      await new Promise((resolve) => this.#reading = resolve);
    }
    const chunk = this.#chunks.shift()!;
    const part = chunk.subarray(0, into.length);
    into.set(part);
    if (part.length < chunk.length) {
      this.#chunks.unshift(chunk.subarray(part.length));
    }
    return part.length;
  }

  end(): void {
    this.#hasEnded = true;
    this.#reading?.();
  }
}

/** What clients and the broker use of a socket. */
class SocketEnd {
  readonly localAddr = { transport: "tcp", hostname: "127.0.0.1", port: 6379 };
  readonly remoteAddr = this.localAddr;
  readonly #input: ByteStream;
  readonly #output: ByteStream;

  constructor(input: ByteStream, output: ByteStream) {
    this.#input = input;
    this.#output = output;
  }

  setNoDelay(): void {}

  read(into: Uint8Array): Promise<number | null> {
    return this.#input.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(this.#output.write(bytes));
  }

  closeWrite(): Promise<void> {
    this.#output.end();
    return Promise.resolve();
  }

  close(): void {
    this.#input.end();
    this.#output.end();
  }
}
