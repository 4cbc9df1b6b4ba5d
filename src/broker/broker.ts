/**
 * The embedded broker: a listener, and the sessions of those it lets in.
 *
 * @module
 */
import { error } from "../resp/encode.ts";
import { type ClientFilter, clientType } from "./client_view.ts";
import {
  type BrokerOptions,
  mustBeLoopback,
  resolveOptions,
} from "./options.ts";
import { type BrokerStats, Server } from "./server.ts";
import { Session } from "./session.ts";

/** Milliseconds until the next attempt where a client could not be accepted. */
const ACCEPT_PAUSE = 100;

/** Microseconds that letting a client in takes, roughly. */
const ADMISSION = 50;

const TOO_MANY = new TextEncoder().encode(
  error("ERR max number of clients reached"),
);

/**
 * A pub/sub server within this process, which speaks the Redis wire format:
 * redis-cli and the common Redis clients publish and subscribe over it as they
 * are. It keeps no data.
 *
 * @example Listen on a free port until the scope ends
 * ```ts
 * import { Broker } from "@dsa/state-signals/broker";
 *
 * await using broker = Broker.listen();
 * console.log(broker.url); // redis://127.0.0.1:<a free port>
 * ```
 *
 * @example Let other machines in
 * ```ts
 * import { Broker } from "@dsa/state-signals/broker";
 *
 * await using broker = Broker.listen({
 *   hostname: "0.0.0.0",
 *   password: Deno.env.get("BROKER_PASSWORD") ?? crypto.randomUUID(),
 * });
 * ```
 */
export class Broker implements AsyncDisposable {
  /** The address that the broker listens on. */
  readonly hostname: string;
  /** The port that the broker listens on. */
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #server: Server;
  readonly #sessions = new Set<Session>();
  /** What is to be waited for when closing: sessions, and clients being turned away. */
  readonly #tasks = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  #closing = false;
  #endPause: () => void = () => {};

  private constructor(listener: Deno.TcpListener, server: Server) {
    this.#listener = listener;
    this.#server = server;
    ({ hostname: this.hostname, port: this.port } = listener.addr);
    server.port = this.port;
    this.#accepting = this.#accept();
  }

  /**
   * Begins to listen; clients can connect as soon as this returns.
   *
   * @param options Where to listen, and the limits.
   * @returns The broker; close it, or declare it with `await using`.
   * @throws {TypeError} If it would be reachable from elsewhere without a password.
   * @throws {RangeError} If a limit is not a positive integer or `Infinity`.
   * @throws {Deno.errors.AddrInUse} If the port is taken.
   * @throws {Deno.errors.NotCapable} If `--allow-net` does not cover the address.
   */
  static listen(options: BrokerOptions = {}): Broker {
    const resolved = resolveOptions(options);
    const { hostname, port } = resolved;
    const listener = Deno.listen({ hostname, port });
    try {
      if (resolved.password === undefined) {
        mustBeLoopback(hostname, listener.addr.hostname);
      }
    } catch (error) {
      listener.close();
      throw error;
    }
    return new Broker(listener, new Server(resolved));
  }

  /** Where clients connect: `redis://host:port`, without the password. */
  get url(): string {
    const host = this.hostname.includes(":")
      ? `[${this.hostname}]`
      : this.hostname;
    return `redis://${host}:${this.port}`;
  }

  /** What the broker has counted so far; a copy that does not change. */
  get stats(): BrokerStats {
    return this.#server.stats();
  }

  /**
   * Disconnects clients at once, as a broken link or `CLIENT KILL` does, for
   * tests of how a program gets along with that. They may connect again.
   *
   * @param filter Which clients; all by default.
   * @returns How many were disconnected.
   *
   * @example A subscriber that notices
   * ```ts
   * import { Broker } from "@dsa/state-signals/broker";
   * import { SignalResponder } from "@dsa/state-signals";
   *
   * await using broker = Broker.listen();
   * await using responder = await SignalResponder.connect({
   *   redis: broker.url,
   *   logLevel: "CRITICAL",
   * });
   * const back = new Promise((resolve) =>
   *   responder.addEventListener("reconnect", resolve)
   * );
   * console.log(broker.dropClients({ type: "pubsub" })); // 1
   * await back;
   * ```
   */
  dropClients(filter: ClientFilter = {}): number {
    const { name, type } = filter;
    let dropped = 0;
    for (const client of this.#server.clients) {
      if (name !== undefined && client.name !== name) continue;
      if (type !== undefined && clientType(client) !== type) continue;
      client.kill();
      dropped++;
    }
    return dropped;
  }

  /** Stops listening and disconnects every client. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#listener.close();
      this.#endPause();
      for (const session of this.#sessions) session.end();
      this.#server.pace.close();
    }
    await this.#accepting;
    await Promise.all(this.#tasks);
  }

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    const { pace } = this.#server;
    while (!this.#closing) {
      try {
        this.#admit(await this.#listener.accept());
        pace.charge(ADMISSION);
        if (pace.spent) await pace.turn();
      } catch {
        // Out of file descriptors, say. The next attempt may succeed, but not at once.
        if (!this.#closing) await this.#pause();
      }
    }
  }

  #admit(conn: Deno.TcpConn): void {
    const { clients, counters, limits, memory } = this.#server;
    if (this.#closing) return conn.close();
    if (clients.size >= limits.maxConnections || memory.isFull()) {
      counters.refused++;
      return this.#track(turnAway(conn));
    }
    const session = new Session(conn, this.#server);
    this.#sessions.add(session);
    this.#track(session.run().finally(() => this.#sessions.delete(session)));
  }

  #track(task: Promise<void>): void {
    this.#tasks.add(task);
    task.finally(() => this.#tasks.delete(task));
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ACCEPT_PAUSE);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A few bytes fit into any new socket's buffer, so this waits for nobody. */
async function turnAway(conn: Deno.TcpConn): Promise<void> {
  try {
    await conn.write(TOO_MANY);
  } catch {
    // It has gone already.
  } finally {
    conn.close();
  }
}
