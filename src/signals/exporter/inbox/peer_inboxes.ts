/**
 * How an exporter and its peers reach each other alone: by the exporter's inbox,
 * which it holds as long as it lives, and by the inboxes of its subscribers.
 *
 * @module
 */
import { Fifo } from "../../../internal/fifo.ts";
import type { Logger } from "../../../internal/logger.ts";
import {
  encodePing,
  encodePong,
} from "../../../protocol/extension/extension.ts";
import {
  mayHaveInbox,
  publisherInbox,
  responderInbox,
} from "../../../protocol/extension/own_channels.ts";
import { readSideMessage } from "../../../protocol/extension/parser.ts";
import {
  encodeStopReceipt,
  type StopRequest,
} from "../../../protocol/extension/stop.ts";
import { Inbox } from "../../inbox.ts";
import { type Count, countSubscribers } from "../../liveness.ts";
import type { InFlight } from "../in_flight.ts";
import type { PendingPublish } from "../pending_publish.ts";
import type { Roster } from "../roster.ts";
import type { Sender } from "../sender.ts";

/** One process of a responder id. */
export interface Process {
  readonly responderId: string;
  readonly inc: string;
}

/** Milliseconds that an answer to a question may wait for a link that is down. */
const PONG_TIMEOUT = 500;

/** Characters of all redeliveries that are on their way. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** A signal that is redelivered. */
interface Redelivery {
  /** Characters of its payload. */
  readonly length: number;
  /** Posts it; `done` must be called when it was sent or has failed. */
  post(done: () => void): void;
}

/** Holds a publisher's inbox, and sends to those of its subscribers. */
export class PeerInboxes {
  /** Called for each redelivery; `undefined` while no recorder is there. */
  redelivered:
    | ((publish: PendingPublish, responderId: string) => void)
    | undefined;
  readonly #sender: Sender;
  readonly #roster: Roster;
  readonly #inFlight: InFlight;
  readonly #logger: Logger;
  readonly #inbox: Inbox;
  /** Whether every signal in flight is about to be redelivered. */
  #isRedelivering = false;
  /** Redeliveries that wait until fewer characters are on their way. */
  readonly #waiting = new Fifo<Redelivery>();
  #characters = 0;

  constructor(
    sender: Sender,
    roster: Roster,
    inFlight: InFlight,
    logger: Logger,
  ) {
    this.#sender = sender;
    this.#roster = roster;
    this.#inFlight = inFlight;
    this.#logger = logger;
    this.#inbox = new Inbox(
      logger,
      "Responders will not notice if this exporter dies",
    );
  }

  /**
   * Holds the publisher's inbox, by which responders see that it lives, unless
   * the publisher's id is too long.
   *
   * @param unreadable Called with the reason for which a message could not be understood.
   * @param stop Called for each request to stop.
   */
  hold(
    unreadable: (reason: string) => void,
    stop: (request: StopRequest) => void,
  ): Promise<void> {
    const { transport, identity: { publisherId, namespace } } = this.#sender;
    if (!mayHaveInbox(publisherId)) return Promise.resolve();
    const channel = publisherInbox(publisherId, namespace);
    return this.#inbox.hold(transport, channel, {
      message: (text) => this.#take(text, stop),
      unreadable,
      changed: (held) => this.#inFlight.alive = held,
    });
  }

  /** Sends a message to one process alone; resolves when the server has it. */
  send(
    { responderId, inc }: Process,
    payload: string,
    timeout?: number,
  ): Promise<void> {
    const { transport, identity } = this.#sender;
    const channel = responderInbox(responderId, inc, identity.namespace);
    const options = timeout === undefined ? {} : { timeout };
    return new Promise((resolve, reject) =>
      transport.post(channel, payload, options, {
        sent: () => resolve(),
        failed: reject,
      })
    );
  }

  /** Asks a process to say that it is there; resolves when the server has the question. */
  ping(process: Process): Promise<void> {
    const { publisherId } = this.#sender.identity;
    return this.send(process, encodePing({ id: publisherId }), PONG_TIMEOUT);
  }

  /** Says to a process that its request to stop has arrived. */
  confirm({ id, inc, key }: StopRequest): Promise<void> {
    const process = { responderId: id, inc };
    return this.send(process, encodeStopReceipt(key), PONG_TIMEOUT);
  }

  /** Counts the subscribers of the inboxes of these processes; `undefined` where the transport can't. */
  count(processes: readonly Process[]): Promise<Count | undefined> {
    const { transport, identity: { namespace } } = this.#sender;
    const channels = processes.map(({ responderId, inc }) =>
      responderInbox(responderId, inc, namespace)
    );
    return countSubscribers(transport, channels);
  }

  /** Finds out whether the server has lost its role; the link counts as down then. */
  async verify(): Promise<boolean> {
    try {
      return await this.#sender.transport.verify?.() ?? true;
    } catch {
      return true; // the transport can't tell
    }
  }

  /**
   * Sends the signals that subscribers owe a response to once more, on their
   * inboxes: a subscriber knows by the ticket whether it has seen a signal.
   * Nothing is redelivered after its publish has settled.
   *
   * @param to The subscriber; every one where left out.
   */
  redeliver(to?: string): void {
    for (const publish of this.#inFlight.publishes) {
      for (const responderId of to === undefined ? publish.owed : [to]) {
        if (publish.owes(responderId)) this.#redeliver(publish, responderId);
      }
    }
  }

  /** Redelivers once for all signals whose outcome becomes unknown together. */
  redeliverSoon(): void {
    if (this.#isRedelivering) return;
    this.#isRedelivering = true;
    queueMicrotask(() => {
      this.#isRedelivering = false;
      this.redeliver();
    });
  }

  /** Lets go of the publisher's inbox. */
  async close(): Promise<void> {
    await this.#inbox.close();
  }

  #redeliver(publish: PendingPublish, responderId: string): void {
    const current = this.#roster.get(responderId)?.current;
    const { ticket, payload } = publish.signal;
    if (ticket === undefined || !current?.alive) return;
    const { transport, identity } = this.#sender;
    const { inc } = current;
    const channel = responderInbox(responderId, inc, identity.namespace);
    publish.wasRedelivered = true;
    const failed = (error: Error) =>
      this.#logger.info(
        `Could not redeliver to ${responderId}: ${error.message}`,
      );
    const post = (done: () => void) => {
      if (!publish.owes(responderId)) return done(); // answered while it waited
      this.redelivered?.(publish, responderId);
      transport.post(channel, payload, {}, {
        over: publish.over,
        sent: done,
        failed(error) {
          done();
          failed(error as Error);
        },
      });
    };
    this.#waiting.push({ length: payload.length, post });
    this.#postNext();
  }

  /** Posts as many of the waiting redeliveries as may be on their way. */
  #postNext(): void {
    for (
      let next = this.#waiting.peek();
      next !== undefined && this.#hasRoom(next.length);
      next = this.#waiting.peek()
    ) {
      const { length, post } = this.#waiting.shift()!;
      this.#characters += length;
      post(() => {
        this.#characters -= length;
        this.#postNext();
      });
    }
  }

  #hasRoom(length: number): boolean {
    return this.#characters === 0 ||
      this.#characters + length <= MAX_CHARACTERS;
  }

  /** A responder asks whether this exporter is there, or asks it to stop. */
  #take(text: string, requested: (request: StopRequest) => void): void {
    const { ping, stop } = readSideMessage(text) ?? {};
    if (stop !== undefined) return requested(stop);
    if (ping?.inc === undefined) return;
    const { publisherId } = this.#sender.identity;
    const process = { responderId: ping.id, inc: ping.inc };
    this.send(process, encodePong(publisherId), PONG_TIMEOUT).catch((error) =>
      this.#logger.info(
        `Could not answer ${ping.id}: ${(error as Error).message}`,
      )
    );
  }
}
