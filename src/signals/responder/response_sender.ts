/**
 * The answering half of a responder: who it is on the wire, which signal a
 * response names, and that no response is lost with a link.
 *
 * @module
 */
import { checkOptions, mustBe, type Names } from "../../internal/check.ts";
import { dropOldest } from "../../internal/drop_oldest.ts";
import type { Logger } from "../../internal/logger.ts";
import { atMost } from "../../internal/patience.ts";
import { type Channels, channelsOf } from "../../protocol/channels.ts";
import {
  encodeHello,
  encodePing,
  EXTENSION_KEY,
  newIncarnation,
  type ResponseExtension,
  type Ticket,
} from "../../protocol/extension/extension.ts";
import {
  controlChannel,
  mayHaveInbox,
  publisherInbox,
  responderInbox,
} from "../../protocol/extension/own_channels.ts";
import { encodeStopRequest } from "../../protocol/extension/stop.ts";
import { ResponseEncoder } from "../../protocol/response/response.ts";
import { INITIALIZATION, type Signal } from "../../protocol/signal/signal.ts";
import type { OpenTransport } from "../../transport/open_transport.ts";
import { checkLength } from "../../transport/length.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import type { Receipt } from "../../transport/transport.ts";
import { Inbox, type InboxSink } from "../inbox.ts";
import { type Count, countSubscribers } from "../liveness.ts";
import type { RespondOptions } from "./options.ts";
import type { ResponseTarget, SeenSignals } from "./seen_signals.ts";

/** How often a response is sent whose arrival is not confirmed. */
const MAX_TRIES = 10;
/** Milliseconds that saying goodbye may take. */
const FAREWELL = 400;
/** Milliseconds that a message to one peer may wait for a link that is down. */
const PATIENCE = 500;
/** Most publishers that are remembered because this responder is their subscriber. */
const MAX_SUBSCRIPTIONS = 1_024;

/** The most frequent answer: one object, because an answer is kept for each of hundreds of signals. */
const SUCCESS: RespondOptions = { ras: 1 };

const RESPOND_NAMES: Names<RespondOptions> = { ras: true, message: true };

const NO_OPTIONS = Object.freeze({});

/** Sends a response once more. */
type Retry = (payload: string, error: unknown) => Promise<void>;

/** The dependencies of {@linkcode ResponseSender}. */
export interface ResponseSenderOptions {
  responderId: string;
  namespace: string | undefined;
  transport: OpenTransport;
  seen: SeenSignals;
  logger: Logger;
}

/** A request to stop, without its sender. */
interface StopQuestion {
  readonly publisherId: string;
  readonly key: string;
  readonly reason: string;
}

/** Responds in the name of one responder. */
export class ResponseSender {
  readonly responderId: string;
  readonly channels: Channels;
  readonly #options: ResponseSenderOptions;
  readonly #inc = newIncarnation();
  readonly #encoder: ResponseEncoder;
  /** Publishers that were told that this responder is their subscriber. */
  readonly #subscribedTo = new Set<string>();
  readonly #inbox: Inbox;

  constructor(options: ResponseSenderOptions) {
    this.responderId = options.responderId;
    this.channels = channelsOf(options.namespace);
    this.#options = options;
    this.#encoder = new ResponseEncoder(options.responderId);
    this.#inbox = new Inbox(
      options.logger,
      "Exporters will notice late if this responder dies",
    );
  }

  /** Holds the responder's inbox, by which exporters see that it lives and reach it alone, unless its id is too long. */
  holdInbox(sink: InboxSink): Promise<void> {
    const { transport, namespace } = this.#options;
    if (!mayHaveInbox(this.responderId)) return Promise.resolve();
    const channel = responderInbox(this.responderId, this.#inc, namespace);
    return this.#inbox.hold(transport, channel, sink);
  }

  /**
   * Responds.
   *
   * @throws {TypeError} At once, where a field can't be sent.
   * @throws {Error} At once, where it is ambiguous which signal is answered.
   */
  respond(to: ResponseTarget, options: RespondOptions): Promise<void> {
    if (typeof to !== "object" || to === null) {
      const what = "a signal, or an object with its publisherId and event";
      throw new TypeError(mustBe("signal", what, to));
    }
    checkOptions(options, RESPOND_NAMES);
    const { ras, message } = options;
    const { publisherId, event } = to;
    if (event === INITIALIZATION) {
      const extension = { inc: this.#inc, alive: this.#inbox.isHeld };
      const payload = this.#encoder.encode({
        publisherId,
        event,
        ras,
        message,
        extension,
      });
      this.#noteSubscription(publisherId);
      return this.#deliver(payload);
    }
    const { seen, transport } = this.#options;
    const ticket = seen.ticketOf(to);
    const payload = this.#encoder.encode({
      publisherId,
      event,
      ras,
      message,
      extension: { inc: this.#inc, id: ticket },
    });
    // A response that can't be sent must not be kept as the answer to the signal.
    const { maxPayload = Infinity } = transport;
    checkLength(payload, maxPayload, `respond to "${event}" of ${publisherId}`);
    // The first acknowledgement is kept, to be repeated if the signal is redelivered. It is a copy, because the caller may change its options.
    if (ticket !== undefined && ras !== undefined) {
      const answer = message === undefined && ras === 1
        ? SUCCESS
        : message === undefined
        ? { ras }
        : { ras, message };
      seen.answered(to, ticket, answer);
    }
    return this.#deliver(
      payload,
      typeof ticket === "string" ? this.#publishAgain : undefined,
    );
  }

  /** Answers a signal once more as it was answered before. */
  repeat(signal: Signal, { id }: Ticket, answer: RespondOptions): void {
    const { publisherId, event } = signal;
    const payload = this.#encoder.encode({
      publisherId,
      event,
      ...answer,
      extension: { inc: this.#inc, id },
    });
    this.#deliver(payload, this.#publishAgain).catch((error: Error) =>
      this.#options.logger.warn(`Could not repeat a response: ${error.message}`)
    );
  }

  /** Says to a publisher that this responder is there. */
  pong(publisherId: string): void {
    this.#tell(publisherId, {});
  }

  /** Says that the link was lost and is back, to the publishers that count on this responder. */
  returned(): void {
    const alive = this.#inbox.isHeld;
    for (const publisherId of this.#subscribedTo) {
      this.#tell(publisherId, { alive, back: true });
    }
  }

  /** Says to the exporters that wait for subscribers that this responder hears signals from now on. */
  greet(lockedId: string | undefined, lockedTag: string | undefined): void {
    if (!this.#inbox.isHeld) return; // no exporter could ask this responder
    const { namespace, logger } = this.#options;
    const hello = { id: this.responderId, inc: this.#inc, lockedId, lockedTag };
    this.#send(controlChannel(namespace), encodeHello(hello)).catch(
      (error: Error) =>
        logger.info(`Could not tell exporters of this one: ${error.message}`),
    );
  }

  /** Asks a publisher, on its inbox, to say that it is there; resolves when the server has the question. */
  async ping(publisherId: string): Promise<void> {
    const question = encodePing({ id: this.responderId, inc: this.#inc });
    await this.#sendTo(publisherId, question);
  }

  /** Whether messages for this responder alone arrive. */
  get holdsInbox(): boolean {
    return this.#inbox.isHeld;
  }

  /** Asks a publisher, on its inbox, to stop; resolves with how many subscribers of that inbox the server has counted. */
  askToStop({ publisherId, key, reason }: StopQuestion): Promise<number> {
    const { responderId: id } = this;
    const request = encodeStopRequest({ id, inc: this.#inc, key, reason });
    return this.#sendTo(publisherId, request);
  }

  /** Counts the subscribers of the inboxes of these publishers; `undefined` where the transport can't. */
  count(publisherIds: readonly string[]): Promise<Count | undefined> {
    const { transport, namespace } = this.#options;
    const channels = publisherIds.map((id) => publisherInbox(id, namespace));
    return countSubscribers(transport, channels);
  }

  /** Says goodbye, and lets go of the inbox. */
  async close(): Promise<void> {
    const extension = { inc: this.#inc, leave: true };
    const farewell = [...this.#subscribedTo].map((publisherId) =>
      this.#send(
        this.channels.responses,
        this.#encoder.encode({ publisherId, event: EXTENSION_KEY, extension }),
        FAREWELL,
      )
    );
    await atMost(FAREWELL, Promise.allSettled(farewell));
    await this.#inbox.close();
  }

  #tell(publisherId: string, extension: ResponseExtension): void {
    const text = this.#encoder.encode({
      publisherId,
      event: EXTENSION_KEY,
      extension: { inc: this.#inc, ...extension },
    });
    this.#deliver(text).catch((error: Error) =>
      this.#options.logger.info(
        `Could not tell ${publisherId}: ${error.message}`,
      )
    );
  }

  #noteSubscription(publisherId: string): void {
    this.#subscribedTo.delete(publisherId);
    this.#subscribedTo.add(publisherId);
    dropOldest(this.#subscribedTo, MAX_SUBSCRIPTIONS);
  }

  #sendTo(publisherId: string, payload: string): Promise<number> {
    const { namespace } = this.#options;
    return this.#send(publisherInbox(publisherId, namespace), payload);
  }

  /** Sends; resolves with how many subscribers the server has counted. */
  #send(channel: string, payload: string, timeout = PATIENCE): Promise<number> {
    const { transport } = this.#options;
    return new Promise((sent, failed) =>
      transport.post(channel, payload, { timeout }, { sent, failed })
    );
  }

  /**
   * Sends a response. No async function, whose frame thousands would keep until
   * they are confirmed (bench d).
   *
   * @param retry Sends the response once more after an error; given if a ticket lets the exporter recognize the repeat.
   */
  #deliver(payload: string, retry?: Retry): Promise<void> {
    const told = Promise.withResolvers<void>();
    const receipt = new ResponseReceipt(payload, told, retry);
    this.#options.transport.post(
      this.channels.responses,
      payload,
      NO_OPTIONS,
      receipt,
    );
    return told.promise;
  }

  /** Sends a response again until it has arrived: its ticket tells the exporter if it arrives twice. */
  readonly #publishAgain: Retry = async (payload, error) => {
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      if (outcomeOf(error) !== "unknown") break;
      try {
        return await this.#deliver(payload);
      } catch (next) {
        error = next;
      }
    }
    throw error;
  };
}

/** A response on its way: an object with methods, because closures would be made anew for each (bench d). */
class ResponseReceipt implements Receipt {
  readonly #payload: string;
  readonly #told: PromiseWithResolvers<void>;
  readonly #retry: Retry | undefined;

  /** @param told Is settled with what became of it. */
  constructor(
    payload: string,
    told: PromiseWithResolvers<void>,
    retry: Retry | undefined,
  ) {
    this.#payload = payload;
    this.#told = told;
    this.#retry = retry;
  }

  sent(): void {
    this.#told.resolve();
  }

  failed(error: unknown): void {
    const { resolve, reject } = this.#told;
    if (this.#retry === undefined) return reject(error);
    this.#retry(this.#payload, error).then(resolve, reject);
  }
}
