/**
 * A reader of a responder's signals that joins every exporter and hands out the
 * other signals one by one.
 *
 * @module
 */

import type { Signal, SignalResponder } from "../../mod.ts";
import { Inbox } from "../support/inbox.ts";

/** Reads the signals of one responder until it is closed. */
export class Reader {
  readonly #responder: SignalResponder;
  readonly #inboxes = new Map<string, Inbox<Signal>>();

  constructor(responder: SignalResponder) {
    this.#responder = responder;
    this.#read();
  }

  /** The next signal of an event. */
  async next(
    event: string,
    options: { timeout?: number } = {},
  ): Promise<Signal> {
    const what = `the signal "${event}"`;
    return await this.#inbox(event).take({ ...options, what });
  }

  /** The number of signals of an event that have arrived and were not taken. */
  waiting(event: string): number {
    return this.#inbox(event).size;
  }

  async #read(): Promise<void> {
    for await (const signal of this.#responder) {
      if (signal.event !== "initialization") {
        this.#inbox(signal.event).put(signal);
        continue;
      }
      // A response to an initialization after a reconnect may be lost with the next link.
      await this.#responder.respond(signal).catch(() => {});
    }
  }

  #inbox(event: string): Inbox<Signal> {
    let inbox = this.#inboxes.get(event);
    if (inbox === undefined) this.#inboxes.set(event, inbox = new Inbox());
    return inbox;
  }
}
