/**
 * The answering half of a responder: who it is on the wire, which signal an
 * answer is for, and that no answer is lost to a link that was.
 *
 * @module
 */
import type { OpenedTransport } from "../../connect.ts";
import type { Logger } from "../../internal/logger.ts";
import { after } from "../../internal/timer.ts";
import { type Channels, channelsOf } from "../../protocol/channels.ts";
import {
  type AnswerExtension,
  EXTENSION_KEY,
  type Ticket,
} from "../../protocol/extension/extension.ts";
import { peerChannel } from "../../protocol/extension/own_channels.ts";
import { ResponseEncoder } from "../../protocol/response/response.ts";
import { INITIALIZATION, type Signal } from "../../protocol/signal/signal.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import { post } from "../../transport/post.ts";
import type { Receipt, Sink } from "../../transport/transport.ts";
import { OwnChannel } from "../inbox.ts";
import type { RespondOptions } from "./options.ts";
import type { Tickets } from "./seen_signals.ts";

/** How often an answer is sent whose arrival nobody confirms. */
const MAX_TRIES = 10;
/** Milliseconds that saying goodbye may take. */
const FAREWELL = 1_000;
/** Most publishers of which is remembered that they count on this responder. */
const MAX_SUBSCRIPTIONS = 1_024;

/** What most answers are: kept for hundreds of signals, it is one object. */
const SUCCESS: RespondOptions = { ras: 1 };

const NO_OPTIONS = Object.freeze({});

/** Sends an answer once more. */
type Again = (payload: string, error: unknown) => Promise<void>;

/** Answers in the name of one responder. */
export class Answerer {
  readonly responderId: string;
  readonly channels: Channels;
  /** Set before the first use: connecting comes after all arguments have been checked. */
  opened!: OpenedTransport;
  readonly #namespace: string | undefined;
  readonly #logger: Logger;
  readonly #tickets: Tickets;
  readonly #encoder: ResponseEncoder;
  /** Publishers that were told that this responder is a subscriber of theirs. */
  readonly #subscribedTo = new Set<string>();
  readonly #ownChannel: OwnChannel;

  constructor(
    responderId: string,
    namespace: string | undefined,
    tickets: Tickets,
    logger: Logger,
  ) {
    this.responderId = responderId;
    this.channels = channelsOf(namespace);
    this.#namespace = namespace;
    this.#tickets = tickets;
    this.#encoder = new ResponseEncoder(responderId);
    this.#logger = logger;
    this.#ownChannel = new OwnChannel(
      logger,
      "Exporters will notice late if this responder dies",
    );
  }

  /** Holds the responder's own channel, by which exporters see that it lives and reach it alone. */
  holdChannel(sink: Sink): Promise<void> {
    const channel = peerChannel(this.responderId, this.#namespace);
    return this.#ownChannel.hold(this.opened.transport, channel, sink);
  }

  /**
   * Answers.
   *
   * @throws {TypeError} At once, where a field can't be sent.
   */
  respond(
    to: { publisherId: string; event: string },
    { ras, message }: RespondOptions,
  ): Promise<void> {
    const { publisherId, event } = to;
    const noted = this.#tickets.of(to);
    const payload = this.#encoder.encode({
      publisherId,
      event,
      ras,
      message,
      extension: event === INITIALIZATION
        ? { alive: this.#ownChannel.held }
        : noted === undefined
        ? undefined
        : { id: noted.id },
    });
    if (event === INITIALIZATION) this.#noteSubscription(publisherId);
    // The first is kept, to be repeated if the signal is; not what the caller may change.
    if (noted !== undefined && ras !== undefined) {
      this.#tickets.answered(
        publisherId,
        noted,
        message === undefined
          ? ras === 1 ? SUCCESS : { ras }
          : { ras, message },
      );
    }
    return this.#deliver(
      payload,
      noted === undefined ? undefined : this.#publishAgain,
    );
  }

  /** Answers a signal once more as it was answered before. */
  repeat(signal: Signal, ticket: Ticket, answer: RespondOptions): void {
    const extension = { id: ticket.id };
    const { publisherId, event } = signal;
    const payload = this.#encoder.encode({
      publisherId,
      event,
      ...answer,
      extension,
    });
    this.#deliver(payload, this.#publishAgain).catch((error: Error) => {
      this.#logger.warn(`Could not repeat an answer: ${error.message}`);
    });
  }

  /** Says that this responder is there. */
  pong(publisherId: string): void {
    this.#tell(publisherId, {});
  }

  /** Says that the link was lost and is back, to whom that matters. */
  returned(): void {
    const alive = this.#ownChannel.held;
    for (const publisherId of this.#subscribedTo) {
      this.#tell(publisherId, { alive, back: true });
    }
  }

  /** How many hold the own channel of each of these publishers; nothing where nobody can tell. */
  count(publisherIds: readonly string[]): Promise<number[]> | undefined {
    return this.opened.transport.countSubscribers?.(
      publisherIds.map((id) => peerChannel(id, this.#namespace)),
    );
  }

  /** Says goodbye, and lets go of the connection if it is its own. */
  async close(): Promise<void> {
    const extension = { leave: true };
    const farewell = [...this.#subscribedTo].map(async (publisherId) => {
      const event = EXTENSION_KEY;
      const text = this.#encoder.encode({ publisherId, event, extension });
      await this.#publish(text, FAREWELL);
    });
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const timer = after(FAREWELL, resolve);
    await Promise.race([Promise.allSettled(farewell), patience]);
    timer.cancel();
    await this.#ownChannel.close();
    if (this.opened.owned) await this.opened.transport.close();
  }

  #tell(publisherId: string, extension: AnswerExtension): void {
    const event = EXTENSION_KEY;
    const text = this.#encoder.encode({ publisherId, event, extension });
    this.#deliver(text).catch((error: Error) => {
      this.#logger.info(`Could not tell ${publisherId}: ${error.message}`);
    });
  }

  #noteSubscription(publisherId: string): void {
    this.#subscribedTo.add(publisherId);
    if (this.#subscribedTo.size > MAX_SUBSCRIPTIONS) {
      this.#subscribedTo.delete(this.#subscribedTo.values().next().value!);
    }
  }

  /**
   * Sends an answer. No async function, whose frame thousands would keep until
   * they are confirmed.
   *
   * @param again Sends it once more after an error, where it is known again.
   */
  #deliver(payload: string, again?: Again): Promise<void> {
    const { transport } = this.opened;
    const told = Promise.withResolvers<void>();
    const answer = new Answer(payload, told, again);
    post(transport, this.channels.responses, payload, NO_OPTIONS, answer);
    return told.promise;
  }

  /** Sends what may arrive twice, as its ticket tells, until it has arrived. */
  readonly #publishAgain = async (
    payload: string,
    error: unknown,
  ): Promise<void> => {
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      if (outcomeOf(error) !== "unknown") break;
      try {
        return void await this.#publish(payload);
      } catch (next) {
        error = next;
      }
    }
    throw error;
  };

  #publish(payload: string, timeout?: number): Promise<number> {
    const options = timeout === undefined ? undefined : { timeout };
    return this.opened.transport.publish(
      this.channels.responses,
      payload,
      options,
    );
  }
}

/** An answer on its way: an object with methods, as closures would be made anew for each. */
class Answer implements Receipt {
  readonly #payload: string;
  readonly #told: PromiseWithResolvers<void>;
  readonly #again: Again | undefined;

  /**
   * @param told Is settled with what became of it.
   * @param again Sends it once more after an error, where it is known again.
   */
  constructor(
    payload: string,
    told: PromiseWithResolvers<void>,
    again: Again | undefined,
  ) {
    this.#payload = payload;
    this.#told = told;
    this.#again = again;
  }

  sent(): void {
    this.#told.resolve();
  }

  failed(error: unknown): void {
    const { resolve, reject } = this.#told;
    if (this.#again === undefined) return reject(error);
    this.#again(this.#payload, error).then(resolve, reject);
  }
}
