/**
 * One connection to a server, as a link uses it: the module's own, or one of an
 * existing client's. Types only.
 *
 * @module
 */
import type { Reply } from "../resp/reply.ts";
import type { Probed } from "./keep_alive.ts";

/** Takes the messages of a connection that subscribes. */
export interface MessageSink {
  /** One message, in the order of its channel. */
  message(channel: string, payload: string): void;
  /** A message that can't be read. */
  unreadable(channel: string, reason: string): void;
}

/** A command that waits for its reply. */
export interface PendingCommand {
  /** Says what was asked, to complete "Cannot …" in an error. */
  what(): string;
  /** Takes the reply; what it throws is why the command is rejected. */
  take(reply: Reply): void;
  /** Takes the reason for which there is no reply. */
  reject(error: unknown): void;
}

/** How a connection is opened. */
export interface DialOptions {
  /** Given for a connection that subscribes. */
  sink: MessageSink | undefined;
  /** Gives up, and leaves nothing open. */
  signal: AbortSignal;
  /** Counts the tries since a connection was up, from 0. */
  attempt: number;
}

/** One connection's life: opened, used, lost. It never comes back. */
export interface LinkConnection extends Probed {
  /** Resolves with the reason when the connection has ended. */
  readonly lost: Promise<Error>;
  /** Why the connection has ended; `undefined` as long as it lives. */
  readonly cause: Error | undefined;
  /** When something last arrived, by `performance.now()`. */
  readonly heardAt: number;
  /** When it was ready for commands, by `performance.now()`. */
  readonly openedAt: number;
  /** What the server is part of; `undefined` where that is not known. */
  readonly mode: "standalone" | "cluster" | undefined;
  /** Publishes a message, and hands the reply, or why there is none, to the command. */
  publish(channel: string, payload: string, command: PendingCommand): void;
  /**
   * Sends a command.
   *
   * @throws {RedisReplyError} If the server refuses it.
   * @throws {RedisConnectionError} If the connection ends first.
   */
  send(args: readonly string[], what?: () => string): Promise<unknown>;
  /** Subscribes; resolves when the server has confirmed every channel. */
  subscribe(channels: readonly string[]): Promise<void>;
  /** Unsubscribes; resolves when the server has confirmed it. */
  unsubscribe(channels: readonly string[]): Promise<void>;
  /**
   * Begins to check that the other end is alive; must be called once.
   *
   * @param probe Asks, every `pingInterval`; with PING where left out.
   */
  watch(probe?: () => void): void;
  /** Ends the connection; resolves when nothing is left of it. */
  close(cause: Error): Promise<void>;
}
