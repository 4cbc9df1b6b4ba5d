/**
 * The commands of one connection that wait for their replies. Pure: Redis
 * answers in the order of asking, and that is all this knows.
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

  /** @param secret What no error may hold, even if the server repeats it. */
  constructor(secret?: string) {
    this.#secret = secret;
  }

  /** How many replies are owed. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Notes a command. */
  push(command: PendingCommand): void {
    this.#waiting.push(command);
  }

  /** Settles the oldest command; `false` where none is waiting. */
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
   * Rejects everything.
   *
   * @param unsent How many of the newest were never written.
   * @param sentError The error for those that were.
   * @param unsentError The error for those that were not.
   */
  rejectAll(unsent: number, sentError: Error, unsentError: Error): void {
    const commands = this.#waiting.drain();
    const sent = commands.length - unsent;
    commands.forEach((command, n) =>
      command.reject(n < sent ? sentError : unsentError)
    );
  }
}
