/**
 * What each adapter implements: a source of connections, which are duplicates of
 * the user's client, and such a connection. Types only.
 *
 * @module
 */

/** The user's client. This module never connects, uses or closes it. */
export interface ClientSource {
  /** Names the client in errors; holds no credentials. */
  readonly name: string;
  /** What the servers are part of; left out if that is not known. */
  readonly mode?: "cluster" | undefined;
  /**
   * Makes a connection with the client's settings, not connected yet.
   *
   * @param events Takes messages and the loss of the connection.
   * @param dialTimeout Milliseconds to dial.
   */
  duplicate(
    events: ClientEvents,
    dialTimeout: number,
  ): ClientConnection | Promise<ClientConnection>;
  /**
   * Calls back when the user has closed the client.
   *
   * @returns Stops calling back.
   */
  onClosed(callback: () => void): () => void;
}

/** Takes the events of a duplicate. */
export interface ClientEvents {
  /** Takes a message. */
  message(channel: Uint8Array, payload: Uint8Array): void;
  /** Takes the reason for which the connection has ended. */
  lost(cause: unknown): void;
}

/** One duplicate of the user's client. It never comes back after a loss. */
export interface ClientConnection {
  /** Connects; resolves when commands can be sent. */
  connect(): Promise<unknown>;
  /** Sends a command. */
  command(...args: [string, ...string[]]): Promise<unknown>;
  /** Subscribes; resolves when the server has confirmed every channel. */
  subscribe(channels: string[]): Promise<unknown>;
  /** Unsubscribes; resolves when the server has confirmed it. */
  unsubscribe(channels: string[]): Promise<unknown>;
  /** Ends the connection in any state; resolves when nothing is left of it. */
  destroy(): Promise<void>;
}
