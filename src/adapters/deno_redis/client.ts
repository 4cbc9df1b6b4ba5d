/**
 * What is used of an x/redis client: its shape, how it says that it is in
 * trouble, and how it is got rid of.
 *
 * @module
 */
import { after } from "../../internal/timer.ts";

/** Events of an x/redis client. */
export type DenoRedisEvent =
  | "close"
  | "end"
  | "error"
  | "ready"
  | "reconnecting";

/** A message as x/redis hands it out. */
export interface DenoRedisMessage {
  /** The channel's name. */
  readonly channel: string;
  /** The payload. */
  readonly message: Uint8Array;
}

/** The part of x/redis's `RedisSubscription` that is used. */
export interface DenoRedisSubscription {
  /** Sends SUBSCRIBE; resolves before the server has confirmed it. */
  subscribe(...channels: string[]): Promise<void>;
  /** Sends UNSUBSCRIBE; resolves before the server has confirmed it. */
  unsubscribe(...channels: string[]): Promise<void>;
  /** Reads messages; everything else that comes is dropped. */
  receiveBuffers(): AsyncIterableIterator<DenoRedisMessage>;
}

/** The part of x/redis's `Redis` that is used. */
export interface DenoRedisClient {
  /** Whether it was closed, or gave up. */
  readonly isClosed: boolean;
  /** Whether it believes that it is connected. */
  readonly isConnected: boolean;
  /** Sends a command and reads one reply. */
  sendCommand(command: string, args?: string[]): Promise<unknown>;
  /** Sends SUBSCRIBE; from then on the client can do nothing else. */
  subscribe(...channels: string[]): Promise<DenoRedisSubscription>;
  /** Calls back on an event. */
  addEventListener(
    type: DenoRedisEvent,
    callback: (event: CustomEvent) => void,
  ): void;
  /** Calls back no more. */
  removeEventListener(
    type: DenoRedisEvent,
    callback: (event: CustomEvent) => void,
  ): void;
  /** Closes the connection. */
  close(): void;
}

/** Makes a new client whenever it is called. */
export type DenoRedisFactory = () => Promise<DenoRedisClient>;

/** Two clients that are there already. */
export interface DenoRedisPair {
  /** Publishes; may be used for anything that does not subscribe or block. */
  readonly commands: DenoRedisClient;
  /** Subscribes; must not be used for anything else. */
  readonly subscriber: DenoRedisClient;
}

/** x/redis writes to a new connection for so long without being asked to. */
const SETTLED_AFTER = 50;

/** An error whose message begins with the reply's code and is never empty. */
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

/** Whether the server itself said so, over a connection that works. */
export function isReply({ message }: Error): boolean {
  return /^[A-Z][A-Z0-9_]+ /.test(message);
}

/**
 * Calls back when the connection under a client is lost, or may have been: what
 * x/redis does about that by itself comes only after the call.
 *
 * @returns What stops that.
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
 * Closes a client that was made here, and whatever it still connects.
 *
 * @param connecting Whether x/redis may be connecting it anew just now. It then
 * writes SUBSCRIBE without looking for what becomes of that: to close the
 * connection meanwhile would be an unhandled rejection.
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
    // It never had a connection.
  }
}
