/**
 * How an exporter and its peers reach each other beside the channel that all
 * hear: by channels of their own, and by tickets.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import {
  addTicket,
  encodePing,
  type Ticket,
} from "../../protocol/extension/extension.ts";
import { closeSignal } from "../../protocol/signal/encoder.ts";
import { peerChannel } from "../../protocol/extension/own_channels.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import { post } from "../../transport/post.ts";
import type { Transport } from "../../transport/transport.ts";
import { OwnChannel } from "../inbox.ts";
import type { Sender } from "./sender.ts";

/** Reaches the peers of one publisher one by one. */
export class Contact {
  readonly #publisherId: string;
  readonly #transport: Transport;
  readonly #namespace: string | undefined;
  readonly #logger: Logger;
  readonly #ownChannel: OwnChannel;

  constructor(
    { publisherId, opened }: Sender,
    namespace: string | undefined,
    logger: Logger,
  ) {
    this.#publisherId = publisherId;
    this.#transport = opened.transport;
    this.#namespace = namespace;
    this.#logger = logger;
    this.#ownChannel = new OwnChannel(
      logger,
      "Responders will not notice if this exporter dies",
    );
  }

  /** Holds the publisher's own channel, by which responders see that it lives. */
  hold(): Promise<void> {
    const channel = peerChannel(this.#publisherId, this.#namespace);
    return this.#ownChannel.hold(this.#transport, channel, {
      message: () => {},
    });
  }

  /** Adds a ticket to a signal that was left open, and ends it. */
  stamp(
    open: string,
    fields: string | undefined,
    ticket: Ticket | undefined,
  ): string {
    if (ticket === undefined) return closeSignal(open, fields);
    const { id, seq } = ticket;
    const alive = this.#ownChannel.held;
    return closeSignal(open, addTicket(fields, { id, seq, alive }));
  }

  /**
   * Sends a signal to one peer alone, once more; it knows it by its ticket.
   *
   * @param over Keeps what has not been sent by then from being sent.
   * @param unsent Is called where it was not sent.
   */
  repeat(
    payload: string,
    responderId: string,
    over: AbortSignal,
    unsent: () => void,
  ): void {
    this.#sendTo(responderId, payload, over, unsent);
  }

  /** Asks a peer to say that it is there. */
  ping(responderId: string): void {
    this.#sendTo(responderId, encodePing(this.#publisherId));
  }

  /** How many hold the own channel of each of these peers; nothing where nobody can tell. */
  count(responderIds: readonly string[]): Promise<number[]> | undefined {
    return this.#transport.countSubscribers?.(
      responderIds.map((id) => peerChannel(id, this.#namespace)),
    );
  }

  /** Whether what was sent can still be answered. */
  async verify(): Promise<boolean> {
    return await this.#transport.verify?.() ?? true;
  }

  /** Lets go of the publisher's own channel. */
  async close(): Promise<void> {
    await this.#ownChannel.close();
  }

  #sendTo(
    responderId: string,
    payload: string,
    over?: AbortSignal,
    unsent?: () => void,
  ): void {
    const channel = peerChannel(responderId, this.#namespace);
    post(this.#transport, channel, payload, {}, {
      over,
      sent() {},
      failed: (error) => {
        const { message } = error as Error;
        this.#logger.info(`Could not reach ${responderId}: ${message}`);
        if (outcomeOf(error) === "not-sent") unsent?.();
      },
    });
  }
}
