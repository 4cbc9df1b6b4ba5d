/**
 * The parts of an x/redis client that its adapter uses, how the client reports
 * trouble, and how it is closed.
 *
 * @module
 */
import { after } from "../../internal/timer.ts";

/**
 * Events of an x/redis client.
 *
 * @category Clients
 */
export type DenoRedisEvent =
  | "close"
  | "end"
  | "error"
  | "ready"
  | "reconnecting";

/**
 * A message as x/redis delivers it.
 *
 * @category Clients
 */
export interface DenoRedisMessage {
  /** The channel's name. */
  readonly channel: string;
  /** The payload. */
  readonly message: Uint8Array;
}

/**
 * The part of x/redis's `RedisSubscription` that the adapter uses.
 *
 * @category Clients
 */
export interface DenoRedisSubscription {
  /** Sends SUBSCRIBE; resolves before the server has confirmed it. */
  subscribe(...channels: string[]): Promise<void>;
  /** Sends UNSUBSCRIBE; resolves before the server has confirmed it. */
  unsubscribe(...channels: string[]): Promise<void>;
  /** Yields messages; x/redis drops all other replies. */
  receiveBuffers(): AsyncIterableIterator<DenoRedisMessage>;
}

/**
 * The part of x/redis's `Redis` that the adapter uses.
 *
 * @category Clients
 */
export interface DenoRedisClient {
  /** Whether the client was closed, or gave up. */
  readonly isClosed: boolean;
  /** Whether the client takes itself for connected. */
  readonly isConnected: boolean;
  /** Sends a command and reads one reply. */
  sendCommand(command: string, args?: string[]): Promise<unknown>;
  /** Sends SUBSCRIBE; from then on the client can only subscribe and unsubscribe. */
  subscribe(...channels: string[]): Promise<DenoRedisSubscription>;
  /** Calls back on an event. */
  addEventListener(
    type: DenoRedisEvent,
    callback: (event: CustomEvent) => void,
  ): void;
  /** Stops calling back. */
  removeEventListener(
    type: DenoRedisEvent,
    callback: (event: CustomEvent) => void,
  ): void;
  /** Closes the connection. */
  close(): void;
}

/**
 * Makes a new client at each call.
 *
 * @category Clients
 */
export type DenoRedisFactory = () => Promise<DenoRedisClient>;

/**
 * Two clients that you have already.
 *
 * @category Clients
 */
export interface DenoRedisPair {
  /** Publishes; may be used for anything that does not subscribe or block. */
  readonly commands: DenoRedisClient;
  /** Subscribes; must not be used for anything else. */
  readonly subscriber: DenoRedisClient;
}

/** Milliseconds for which x/redis may write to a new connection by itself. */
const SETTLED_AFTER = 50;

/** The error with a message that is never empty, and begins with the code if the error is a reply. */
export function readable(thrown: unknown): Error {
  const { message, constructor } = thrown instanceof Error
    ? thrown
    : new Error(String(thrown));
  const told = message.replace(/^-/, "");
  return new Error(
    told === "" ? `the connection has ended (${constructor.name})` : told,
    { cause: thrown },
  );
}

/** Whether an error is a reply of the server, so that the connection works. */
export function isReply({ message }: Error): boolean {
  return /^[A-Z][A-Z0-9_]+ /.test(message);
}

/**
 * Calls back when a client has lost its connection, or may have lost it. x/redis
 * itself reacts to the loss only after the call.
 *
 * @returns Stops calling back.
 */
export function watchTrouble(
  client: DenoRedisClient,
  callback: (cause: Error) => void,
): () => void {
  const listeners: [DenoRedisEvent, (event: CustomEvent) => void][] = [
    ["close", () => callback(new Error("the connection was closed"))],
    ["end", () => callback(new Error("the client has given up"))],
    ["reconnecting", () => callback(new Error("the connection was lost"))],
    ["error", ({ detail }) => {
      const cause = readable(detail?.error);
      // A command that the server refuses is an "error" of the client too.
      if (!isReply(cause)) callback(cause);
    }],
  ];
  for (const each of listeners) client.addEventListener(...each);
  return () => {
    for (const each of listeners) client.removeEventListener(...each);
  };
}

/**
 * Closes a client that the adapter has made, and any connection that the client
 * still opens.
 *
 * @param connecting Whether x/redis may be reconnecting the client now. It then
 * writes SUBSCRIBE and ignores the outcome: if the connection were closed
 * meanwhile, there would be an unhandled rejection.
 */
export function discard(client: DenoRedisClient, connecting: boolean): void {
  client.addEventListener(
    "ready",
    () => void after(SETTLED_AFTER, () => close(client)),
  );
  if (!connecting) close(client);
}

/** Closes a client, connected or not. */
export function close(client: DenoRedisClient): void {
  try {
    client.close();
  } catch {
    // The client never had a connection.
  }
}
