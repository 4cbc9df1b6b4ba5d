/**
 * The parts of npm:redis that its adapter touches. Types only.
 *
 * @module
 */

/** Where a client of npm:redis connects to. */
export interface NodeRedisSocket {
  /** Host name or address. */
  readonly host?: string | undefined;
  /** Port. */
  readonly port?: number | undefined;
  /** Path of a unix socket. */
  readonly path?: string | undefined;
}

/** What `createClient` makes. */
export interface NodeRedisClient {
  /** What the client was made with. */
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
  /** Listens no more. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** One master of a cluster. */
export interface NodeRedisMaster {
  /** Its client, where the cluster has connected to it. */
  readonly client?: NodeRedisClient | undefined;
}

/** What `createCluster` makes. */
export interface NodeRedisCluster {
  /** The masters that the cluster knows. */
  readonly masters: readonly NodeRedisMaster[];
  /** The client of a master. */
  nodeClient(master: NodeRedisMaster): Promise<NodeRedisClient>;
  /** Listens to an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Listens no more. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What `createSentinel` makes. */
export interface NodeRedisSentinel {
  /** Where the master is, as far as is known. */
  getMasterNode(): { readonly host: string; readonly port: number } | undefined;
  /** Runs something with the client of the master. */
  _execute<T>(
    isReadonly: boolean | undefined,
    run: (master: NodeRedisClient) => Promise<T>,
  ): Promise<T>;
}
