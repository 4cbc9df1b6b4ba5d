/**
 * A TCP proxy on loopback that disturbs its connections.
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import { FaultLink } from "./fault_link.ts";
import { type CutCondition, type Direction, Faults } from "./faults.ts";
import { onFreePort } from "./free_port.ts";
import { Recording } from "./recording.ts";

export type { CutCondition, Direction };

/** The options of a proxy: its target and its recording. */
export interface FaultProxyOptions {
  /** @default {"127.0.0.1"} */
  hostname?: string;
  port: number;
  /** Chooses the target of each new connection, for several servers behind one address. */
  route?: (() => number) | undefined;
  /**
   * Whether to record all bytes.
   *
   * @default {false}
   */
  record?: boolean;
}

/** A running proxy; disposing of it ends it and its connections. */
export class FaultProxy implements AsyncDisposable {
  readonly hostname = "127.0.0.1";
  readonly port: number;
  readonly #target: { hostname: string; port: number; record: boolean };
  readonly #route: (() => number) | undefined;
  readonly #faults = new Faults();
  readonly #links = new Set<FaultLink>();
  readonly #recordings: Recording[] = [];
  readonly #acceptedAt: number[] = [];
  #server: Server | undefined;

  /** Starts a proxy without faults. */
  static async start(
    { hostname = "127.0.0.1", port, route, record = false }: FaultProxyOptions,
  ): Promise<FaultProxy> {
    const target = { hostname, port, record };
    return await onFreePort(async (ownPort) => {
      const proxy = new FaultProxy(ownPort, target, route);
      await proxy.#listen();
      return proxy;
    });
  }

  private constructor(
    port: number,
    target: { hostname: string; port: number; record: boolean },
    route: (() => number) | undefined,
  ) {
    this.port = port;
    this.#target = target;
    this.#route = route;
  }

  /** The URL of a Redis server behind the proxy. */
  get url(): string {
    return `redis://${this.hostname}:${this.port}`;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#links.size;
  }

  /** When each connection was accepted, by `performance.now()`. */
  get acceptedAt(): readonly number[] {
    return this.#acceptedAt;
  }

  /** The recordings of the connections, in the order of their beginnings. */
  get recordings(): readonly Recording[] {
    return this.#recordings;
  }

  /** Closes both sides of each connection (FIN, or RST if bytes are left unread). */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  /** Resets both sides of each connection (RST). */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  /** Closes one direction of each connection; the other direction goes on. */
  halfClose(direction: Direction): void {
    for (const link of this.#links) link.halfClose(direction);
  }

  /**
   * Holds back all bytes in a direction, ends of connections included, until
   * heal(). A new connection is still accepted, because the kernel does that.
   */
  blackhole(direction: Direction | "both" = "both"): void {
    this.#faults.hold(
      direction === "both" ? ["toServer", "toClient"] : [direction],
    );
  }

  /** Delays all bytes by a number of milliseconds in each direction. */
  delay(milliseconds: number): void {
    this.#faults.delay = milliseconds;
  }

  /**
   * Passes all bytes on in pieces of a size, each of which is usually read
   * separately because it takes a millisecond or two.
   */
  chunk(size: number): void {
    this.#faults.chunk = size;
  }

  /**
   * Cuts the first connection on which enough bytes pass in a direction from now
   * on: these bytes are delivered, and none comes back.
   *
   * @param enough A number of bytes, after which no byte is delivered; or a test
   * of the text so far, called after each chunk.
   * @returns Resolves when the connection has been cut.
   */
  cutAfter(direction: Direction, enough: CutCondition): Promise<void> {
    return this.#faults.cutAfter(direction, enough);
  }

  /** Refuses new connections; the open ones go on. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Ends all faults: passes on the held bytes, and accepts connections again. */
  async heal(): Promise<void> {
    this.#faults.clear();
    if (!this.#server) await this.#listen();
  }

  /** Ends the proxy and its connections. Idempotent. */
  async stop(): Promise<void> {
    this.refuse();
    this.cut();
    await Promise.all([...this.#links].map((link) => link.closed));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #listen(): Promise<void> {
    const listening = Promise.withResolvers<void>();
    this.#server = createServer(
      { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
      (client) => this.#accept(client),
    );
    this.#server.once("error", (error: NodeJS.ErrnoException) => {
      listening.reject(
        error.code === "EADDRINUSE"
          ? new Deno.errors.AddrInUse(error.message)
          : error,
      );
    });
    this.#server.listen(this.port, this.hostname, listening.resolve);
    await listening.promise;
  }

  #accept(client: Socket): void {
    // This connection was accepted just before the listener was closed.
    if (!this.#server) return void client.destroy();
    this.#acceptedAt.push(performance.now());
    const recording = this.#target.record ? new Recording() : undefined;
    if (recording) this.#recordings.push(recording);
    const port = this.#route?.() ?? this.#target.port;
    const target = { ...this.#target, port };
    const link = new FaultLink(client, target, this.#faults, recording);
    this.#links.add(link);
    link.closed.then(() => this.#links.delete(link));
  }
}
