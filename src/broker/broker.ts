/**
 * The embedded broker: a listener, and a session for each client that it lets in.
 *
 * @module
 */
import { checkOneOf, checkOptions, checkText } from "../internal/check.ts";
import { delay } from "../internal/timer.ts";
import { error } from "../resp/encode.ts";
import { type ClientFilter, clientType } from "./client_view.ts";
import {
  type BrokerOptions,
  mustBeLoopback,
  resolveOptions,
} from "./options.ts";
import { type BrokerStats, Server } from "./server.ts";
import { Session } from "./session.ts";

/** Milliseconds to wait after a client could not be accepted. */
const ACCEPT_PAUSE = 100;

/** Microseconds that letting a client in takes, roughly. */
const ADMISSION = 50;

const TOO_MANY = new TextEncoder().encode(
  error("ERR max number of clients reached"),
);

/**
 * A pub/sub server within this process. It speaks the Redis wire format, so
 * redis-cli and the common Redis clients publish and subscribe over it without
 * changes. It keeps no data.
 *
 * @category Embedded broker
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
  /** What {@linkcode close} waits for: sessions, and clients that are being turned away. */
  readonly #tasks = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  readonly #stop = new AbortController();

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
   * @throws {TypeError} If other machines could reach the broker without a password.
   * @throws {RangeError} If a limit is not a positive integer or `Infinity`, or the port is none.
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

  /** A copy of what the broker has counted so far. */
  get stats(): BrokerStats {
    return this.#server.stats();
  }

  /**
   * Disconnects clients at once, as a broken link or `CLIENT KILL` does: for
   * tests of how a program copes with that. The clients may connect again.
   *
   * @param filter Which clients; all by default.
   * @returns How many clients were disconnected.
   * @throws {TypeError | RangeError} If a condition can't be used.
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
    checkOptions(filter, { name: true, type: true });
    const { name, type } = filter;
    if (name !== undefined) checkText(name, "name");
    if (type !== undefined) checkOneOf(type, "type", ["normal", "pubsub"]);
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
    if (!this.#isClosing) {
      this.#stop.abort();
      this.#listener.close();
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

  get #isClosing(): boolean {
    return this.#stop.signal.aborted;
  }

  async #accept(): Promise<void> {
    const { pace } = this.#server;
    while (!this.#isClosing) {
      try {
        this.#admit(await this.#listener.accept());
        pace.charge(ADMISSION);
        if (pace.spent) await pace.turn();
      } catch {
        // There may be no file descriptor left. The next attempt may succeed, but not at once.
        await delay(ACCEPT_PAUSE, this.#stop.signal).catch(() => {});
      }
    }
  }

  #admit(conn: Deno.TcpConn): void {
    const { clients, counters, limits, memory } = this.#server;
    if (this.#isClosing) return conn.close();
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
}

/** Says why the client is not let in. The write does not wait: a new socket's buffer has room for a few bytes. */
async function turnAway(conn: Deno.TcpConn): Promise<void> {
  try {
    await conn.write(TOO_MANY);
  } catch {
    // The client has hung up already.
  } finally {
    conn.close();
  }
}
