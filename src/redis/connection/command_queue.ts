/**
 * The commands of one connection that wait for their replies. Pure: the only
 * rule is that Redis replies in the order of the commands.
 *
 * @module
 */
import { Fifo } from "../../internal/fifo.ts";
import type { PendingCommand } from "../../link/connection.ts";
import { replyError } from "../../link/errors.ts";
import { ErrorReply, type Reply } from "../../resp/reply.ts";

/** Pairs replies with the commands that asked for them. */
export class CommandQueue {
  readonly #waiting = new Fifo<PendingCommand>();
  readonly #secret: string | undefined;

  /** @param secret The password, which must not get into an error even if the server repeats it. */
  constructor(secret?: string) {
    this.#secret = secret;
  }

  /** The number of commands that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Adds a command. */
  push(command: PendingCommand): void {
    this.#waiting.push(command);
  }

  /** Gives the reply to the oldest command; returns `false` if no command waits. */
  settle(reply: Reply): boolean {
    const command = this.#waiting.shift();
    if (command === undefined) return false;
    try {
      if (reply instanceof ErrorReply) {
        throw replyError(reply.message, command.what(), this.#secret);
      }
      command.take(reply);
    } catch (error) {
      command.reject(error);
    }
    return true;
  }

  /**
   * Rejects every command.
   *
   * @param unsent The number of commands, the newest, that were not written.
   * @param sentError The error of commands that were written.
   * @param unsentError The error of commands that were not written.
   */
  rejectAll(unsent: number, sentError: Error, unsentError: Error): void {
    const commands = this.#waiting.drain();
    const sent = commands.length - unsent;
    commands.forEach((command, n) =>
      command.reject(n < sent ? sentError : unsentError)
    );
  }
}
