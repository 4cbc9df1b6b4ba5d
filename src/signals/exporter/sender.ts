/**
 * The sending half of an exporter: who it is on the wire, and how its signals
 * get there.
 *
 * @module
 */
import type { OpenedTransport } from "../../connect.ts";
import { checkText } from "../../internal/check.ts";
import { type Channels, channelsOf } from "../../protocol/channels.ts";
import { EXTENSION_KEY } from "../../protocol/extension/extension.ts";
import { DEFAULT_SAMPLE, DEFAULT_TAG } from "../../protocol/signal/signal.ts";
import {
  closeSignal,
  encodeFields,
  SignalEncoder,
} from "../../protocol/signal/encoder.ts";
import { post } from "../../transport/post.ts";
import type {
  Receipt,
  TransportPublishOptions,
} from "../../transport/transport.ts";
import type { ExporterOptions, PublishOptions } from "./options.ts";
import { hostName } from "../host.ts";

/** The part of a signal that differs from one to the next. */
export type SignalFields = Pick<PublishOptions, "sample" | "tag" | "metadata">;

/** Sends the signals of one publisher. */
export class Sender {
  readonly publisherId: string;
  /** The part of the publisher's id that no other has. */
  readonly uuid: string = crypto.randomUUID();
  readonly processName: string;
  readonly runnerHost: string;
  readonly channels: Channels;
  /** Set before the first use: connecting comes after all arguments have been checked. */
  opened!: OpenedTransport;
  readonly #encoder: SignalEncoder;
  readonly #stopped = new AbortController();

  constructor(
    processName: string,
    { namespace, runnerHost = hostName() }: ExporterOptions,
  ) {
    checkText(processName, "processName");
    checkText(runnerHost, "runnerHost");
    this.publisherId = `${processName}-${this.uuid}`;
    this.processName = processName;
    this.runnerHost = runnerHost;
    this.#encoder = new SignalEncoder(this);
    this.channels = channelsOf(namespace);
  }

  /**
   * Writes a signal that nothing is added to.
   *
   * @throws {TypeError} If a field can't be sent; it is named.
   */
  encode(event: string, fields: SignalFields): string {
    const open = this.encodeOpen(event, fields);
    return closeSignal(open, this.encodeFields(fields));
  }

  /** Writes a signal, as {@linkcode encode}, but for its metadata and its end. */
  encodeOpen(
    event: string,
    { sample = DEFAULT_SAMPLE, tag = DEFAULT_TAG }: SignalFields,
  ): string {
    return this.#encoder.encodeOpen({ event, sampleNo: sample, tag });
  }

  /** Writes the metadata of a signal, as {@linkcode encode}, but for their braces; nothing where there are none. */
  encodeFields({ metadata }: SignalFields): string | undefined {
    const fields = encodeFields(metadata);
    if (metadata !== undefined && Object.hasOwn(metadata, EXTENSION_KEY)) {
      throw new TypeError(
        `Cannot send metadata as its key "${EXTENSION_KEY}" is reserved for this module`,
      );
    }
    return fields;
  }

  /** Publishes a signal, and tells a receipt; never throws. */
  readonly send = (
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ): void => {
    const { transport } = this.opened;
    post(transport, this.channels.signals, payload, options, receipt);
  };

  /** Publishes a signal that only {@linkcode stop} ends before it is confirmed. */
  announce(payload: string): Promise<void> {
    const { signal } = this.#stopped;
    return new Promise((resolve, failed) =>
      this.send(payload, { signal }, { sent: () => resolve(), failed })
    );
  }

  /** Gives up what is announced. */
  stop(cause: Error): void {
    this.#stopped.abort(cause);
  }

  /** Closes the connection if it is its own. */
  async close(): Promise<void> {
    if (this.opened.owned) await this.opened.transport.close();
  }
}
