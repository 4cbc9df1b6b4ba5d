/**
 * The parts of npm:redis that its adapter uses. Types only.
 *
 * @module
 */

/**
 * The address that a client of npm:redis connects to.
 *
 * @category Clients
 */
export interface NodeRedisSocket {
  /** Host name or address. */
  readonly host?: string | undefined;
  /** Port. */
  readonly port?: number | undefined;
  /** Path of a unix socket. */
  readonly path?: string | undefined;
}

/**
 * A client from `createClient`.
 *
 * @category Clients
 */
export interface NodeRedisClient {
  /** The options of the client. */
  readonly options?: { readonly socket?: object | undefined };
  /** Makes another client with the same options. */
  duplicate(overrides?: object): NodeRedisClient;
  /** Connects. */
  connect(): Promise<unknown>;
  /** Ends the connection at once. */
  destroy(): void;
  /** Sends a command. */
  sendCommand(args: string[]): Promise<unknown>;
  /** Subscribes. */
  subscribe(
    channels: string[],
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<void>;
  /** Unsubscribes. */
  unsubscribe(
    channels: string[],
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<void>;
  /** Listens to an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Stops listening. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/**
 * One master of a cluster.
 *
 * @category Clients
 */
export interface NodeRedisMaster {
  /** The client of the master, if the cluster has connected to it. */
  readonly client?: NodeRedisClient | undefined;
}

/**
 * A cluster from `createCluster`.
 *
 * @category Clients
 */
export interface NodeRedisCluster {
  /** The masters that the cluster knows. */
  readonly masters: readonly NodeRedisMaster[];
  /** The client of a master. */
  nodeClient(master: NodeRedisMaster): Promise<NodeRedisClient>;
  /** Listens to an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Stops listening. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/**
 * A sentinel from `createSentinel`.
 *
 * @category Clients
 */
export interface NodeRedisSentinel {
  /** The address of the master, if it is known. */
  getMasterNode(): { readonly host: string; readonly port: number } | undefined;
  /** Calls a function with the client of the master. */
  _execute<T>(
    isReadonly: boolean | undefined,
    run: (master: NodeRedisClient) => Promise<T>,
  ): Promise<T>;
}
