/**
 * The parts of npm:ioredis that its adapter uses. Types only.
 *
 * @module
 */

/**
 * A client from `new Redis()`, with Sentinel or without.
 *
 * @category Clients
 */
export interface IoredisClient {
  /** The options of the client. */
  readonly options: object;
  /** The socket, once the client has connected. */
  readonly stream: { once(event: "close", listener: () => void): unknown };
  /** The state of the client, such as `"ready"` or `"end"`. */
  readonly status: string;
  /** Makes another client with the same options. */
  duplicate(overrides?: object): IoredisClient;
  /** Connects. */
  connect(): Promise<unknown>;
  /** Ends the connection. */
  disconnect(): void;
  /** Sends a command. */
  call(command: string, ...args: string[]): Promise<unknown>;
  /** Subscribes. */
  subscribe(...channels: string[]): Promise<unknown>;
  /** Unsubscribes. */
  unsubscribe(...channels: string[]): Promise<unknown>;
  /** Listens to an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Stops listening. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/**
 * A cluster from `new Redis.Cluster()`.
 *
 * @category Clients
 */
export interface IoredisCluster {
  /** The clients of all nodes of a role. */
  nodes(role: "master"): readonly IoredisClient[];
  /** Listens to an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Stops listening. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}
