/**
 * What a link needs of a connection to a server, be it the module's own or one
 * of an existing client. Types only.
 *
 * @module
 */
import type { Reply } from "../resp/reply.ts";
import type { Probed } from "./keep_alive.ts";

/** Takes the messages of a connection that subscribes. */
export interface MessageSink {
  /** Takes one message, in the order of its channel. */
  message(channel: string, payload: string): void;
  /** Takes the reason for which a message can't be read. */
  unreadable(channel: string, reason: string): void;
}

/** A command that waits for its reply. */
export interface PendingCommand {
  /** Completes "Cannot …" in an error. */
  what(): string;
  /** Takes the reply. If it throws, the command is rejected with that error. */
  take(reply: Reply): void;
  /** Takes the reason for which there is no reply. */
  reject(error: unknown): void;
}

/** A question to the server in place of PING. */
export interface Probe {
  /** Asks. */
  ask(): void;
  /** When the server last answered it, by `performance.now()`. */
  answeredAt(): number;
}

/** How a connection is opened. */
export interface DialOptions {
  /** Takes messages; `undefined` for a connection that sends commands. */
  sink: MessageSink | undefined;
  /** Gives up, and leaves nothing open. */
  signal: AbortSignal;
  /** The number of tries since a connection was up, from 0. */
  attempt: number;
}

/** One connection: opened, used, lost. It never comes back. */
export interface LinkConnection extends Probed {
  /** Resolves with the reason when the connection has ended. */
  readonly lost: Promise<Error>;
  /** Why the connection has ended; `undefined` until then. */
  readonly cause: Error | undefined;
  /** When something last arrived, by `performance.now()`. */
  readonly heardAt: number;
  /** When the connection was ready for commands, by `performance.now()`. */
  readonly openedAt: number;
  /** What the server is part of; `undefined` if that is not known. */
  readonly mode: "standalone" | "cluster" | undefined;
  /** The address of the server; left out where that is not known. */
  readonly address?: string | undefined;
  /** The id of the cluster's node that it leads to; left out where that is not known. */
  readonly node?: string | undefined;
  /** Publishes a message, and gives the command the reply, or the reason for which there is none. */
  publish(channel: string, payload: string, command: PendingCommand): void;
  /**
   * Sends a command.
   *
   * @param what Completes "Cannot …" in an error.
   * @throws {RedisReplyError} If the server refuses the command.
   * @throws {RedisConnectionError} If the connection ends first.
   */
  send(args: readonly string[], what?: () => string): Promise<unknown>;
  /** Subscribes; resolves when the server has confirmed every channel. */
  subscribe(channels: readonly string[]): Promise<void>;
  /** Unsubscribes; resolves when the server has confirmed every channel. */
  unsubscribe(channels: readonly string[]): Promise<void>;
  /**
   * Begins to check that the server is alive; must be called once.
   *
   * @param probe What the server is asked; by default PING, unless something has arrived.
   */
  watch(probe?: Probe): void;
  /** Ends the connection; resolves when nothing is left of it. */
  close(cause: Error): Promise<void>;
}
