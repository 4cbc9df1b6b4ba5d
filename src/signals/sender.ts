/**
 * The sending half of an exporter: who it is on the wire, and how its signals
 * get there.
 *
 * @module
 */
import type { OpenedTransport } from "../connect.ts";
import { checkText } from "../internal/check.ts";
import type { Logger } from "../internal/logger.ts";
import { Addressee } from "../protocol/addressee.ts";
import { type Channels, channelsOf } from "../protocol/channels.ts";
import {
  addTicket,
  encodePing,
  EXTENSION_KEY,
  type Ticket,
} from "../protocol/extension.ts";
import { peerChannel } from "../protocol/own_channels.ts";
import {
  DEFAULT_SAMPLE,
  DEFAULT_TAG,
  INITIALIZATION,
} from "../protocol/signal.ts";
import { SignalEncoder } from "../protocol/signal_encoder.ts";
import type { TransportPublishOptions } from "../transport/transport.ts";
import type { ExporterOptions, PublishOptions } from "./exporter_options.ts";
import { hostName } from "./host.ts";
import { OwnChannel } from "./own_channel.ts";

/** The part of a signal that differs from one to the next. */
export type SignalFields = Pick<PublishOptions, "sample" | "tag" | "metadata">;

/** Sends the signals of one publisher. */
export class Sender {
  readonly publisherId: string;
  readonly processName: string;
  readonly runnerHost: string;
  /** Knows the answers that are for this publisher. */
  readonly addressee: Addressee;
  readonly channels: Channels;
  /** Set before the first use: connecting comes after all arguments have been checked. */
  opened!: OpenedTransport;
  readonly #namespace: string | undefined;
  readonly #logger: Logger;
  readonly #ownChannel: OwnChannel;
  readonly #encoder: SignalEncoder;

  constructor(
    processName: string,
    { namespace, runnerHost = hostName() }: ExporterOptions,
    logger: Logger,
  ) {
    checkText(processName, "processName");
    checkText(runnerHost, "runnerHost");
    const uuid = crypto.randomUUID();
    this.publisherId = `${processName}-${uuid}`;
    this.addressee = new Addressee(this.publisherId, uuid);
    this.processName = processName;
    this.runnerHost = runnerHost;
    this.#encoder = new SignalEncoder(this);
    this.channels = channelsOf(namespace);
    this.#namespace = namespace;
    this.#logger = logger;
    this.#ownChannel = new OwnChannel(
      logger,
      "Responders will not notice if this exporter dies",
    );
  }

  /**
   * Writes a signal.
   *
   * @throws {TypeError} If a field can't be sent; it is named.
   */
  encode(
    event: string,
    { sample = DEFAULT_SAMPLE, tag = DEFAULT_TAG, metadata }: SignalFields,
  ): string {
    const payload = this.#encoder.encode({
      event,
      sampleNo: sample,
      tag,
      metadata,
    });
    if (metadata !== undefined && Object.hasOwn(metadata, EXTENSION_KEY)) {
      throw new TypeError(
        `Cannot send metadata as its key "${EXTENSION_KEY}" is reserved for this module`,
      );
    }
    return payload;
  }

  /** Adds a ticket to a signal that was written with these fields. */
  stamp(
    payload: string,
    ticket: Ticket | undefined,
    { metadata }: SignalFields,
  ): string {
    if (ticket === undefined) return payload;
    const alive = this.#ownChannel.held;
    return addTicket(payload, { ...ticket, alive }, metadata);
  }

  /** Publishes a signal; resolves with how many got it. */
  send(payload: string, options: TransportPublishOptions): Promise<number> {
    return this.opened.transport.publish(
      this.channels.signals,
      payload,
      options,
    );
  }

  /** Sends a signal to one peer alone, once more; it knows it by its ticket. */
  repeat(payload: string, responderId: string): void {
    this.#sendTo(responderId, payload);
  }

  /** Asks a peer to say that it is there. */
  ping(responderId: string): void {
    this.#sendTo(responderId, encodePing(this.publisherId));
  }

  /** Asks for subscribers again; a link that is down asks by itself when it is back. */
  remind(initialization: string, signal: AbortSignal): void {
    this.send(initialization, { signal }).catch((error: Error) => {
      this.#logger.warn(
        `Could not publish "${INITIALIZATION}" again: ${error.message}`,
      );
    });
  }

  /** How many hold the own channel of each of these peers; nothing where nobody can tell. */
  count(responderIds: readonly string[]): Promise<number[]> | undefined {
    return this.opened.transport.countSubscribers?.(
      responderIds.map((id) => peerChannel(id, this.#namespace)),
    );
  }

  /** Whether what was sent can still be answered. */
  async verify(): Promise<boolean> {
    return await this.opened.transport.verify?.() ?? true;
  }

  /** Holds the publisher's own channel, by which responders see that it lives. */
  holdChannel(): Promise<void> {
    const channel = peerChannel(this.publisherId, this.#namespace);
    return this.#ownChannel.hold(this.opened.transport, channel, {
      message: () => {},
    });
  }

  /** Lets go of the channel, and of the connection if it is its own. */
  async close(): Promise<void> {
    await this.#ownChannel.close();
    if (this.opened.owned) await this.opened.transport.close();
  }

  #sendTo(responderId: string, payload: string): void {
    this.opened.transport
      .publish(peerChannel(responderId, this.#namespace), payload)
      .catch((error: Error) => {
        this.#logger.info(`Could not reach ${responderId}: ${error.message}`);
      });
  }
}
