/**
 * What an adapter says of the client it was given, and of the duplicates that it
 * makes of it. Types only.
 *
 * @module
 */

/** A client that was handed in: never connected, used or closed by us. */
export interface ClientSource {
  /** Names the client in errors; never holds credentials. */
  readonly name: string;
  /** What the servers are part of; `undefined` where that is not known. */
  readonly mode: "cluster" | undefined;
  /**
   * Makes a connection of our own, with the client's settings, not connected yet.
   *
   * @param events What happens is told here.
   * @param dialTimeout Milliseconds to dial.
   */
  duplicate(
    events: ClientEvents,
    dialTimeout: number,
  ): Promise<ClientConnection>;
  /**
   * Calls back when the client was closed by its owner.
   *
   * @returns What stops that.
   */
  onClosed(callback: () => void): () => void;
}

/** What a duplicate tells of. */
export interface ClientEvents {
  /** A message came. */
  message(channel: Uint8Array, payload: Uint8Array): void;
  /** The connection has ended. */
  lost(cause: unknown): void;
}

/** One connection of our own, which never comes back once it is lost. */
export interface ClientConnection {
  /** Connects; resolves when commands can be sent. */
  connect(): Promise<unknown>;
  /** Sends a command. */
  command(...args: [string, ...string[]]): Promise<unknown>;
  /** Subscribes; resolves when the server has confirmed every channel. */
  subscribe(channels: string[]): Promise<unknown>;
  /** Unsubscribes; resolves when the server has confirmed it. */
  unsubscribe(channels: string[]): Promise<unknown>;
  /** Ends the connection, whatever state it is in; resolves when nothing is left of it. */
  destroy(): Promise<void>;
}
