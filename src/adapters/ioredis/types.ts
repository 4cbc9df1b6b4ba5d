/**
 * The parts of npm:ioredis that its adapter touches. Types only.
 *
 * @module
 */

/** What `new Redis()` makes, with Sentinel or without. */
export interface IoredisClient {
  /** What the client was made with. */
  readonly options: object;
  /** The socket, once the client has connected. */
  readonly stream: { once(event: "close", listener: () => void): unknown };
  /** Where in its life the client is. */
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
  /** Listens no more. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What `new Redis.Cluster()` makes. */
export interface IoredisCluster {
  /** The clients of the nodes of a role. */
  nodes(role: "master"): readonly IoredisClient[];
  /** Listens to an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Listens no more. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}
