/**
 * The sending half of an exporter: who it is on the wire, and how its signals
 * get there.
 *
 * @module
 */
import type { OpenedTransport } from "../connect.ts";
import { checkText } from "../internal/check.ts";
import {
  DEFAULT_SAMPLE,
  DEFAULT_TAG,
  encodeSignal,
} from "../protocol/signal.ts";
import type { TransportPublishOptions } from "../transport/transport.ts";
import type { PublishOptions } from "./exporter_options.ts";
import { hostName } from "./host.ts";

/** The part of a signal that differs from one to the next. */
export type SignalFields = Pick<PublishOptions, "sample" | "tag" | "metadata">;

/** Sends the signals of one publisher. */
export class Sender {
  readonly publisherId: string;
  readonly processName: string;
  readonly runnerHost: string;
  /** The part of the publisher's id that no other publisher has. */
  readonly uuid = crypto.randomUUID();
  readonly #channel: string;
  /** Set before the first use: connecting comes after all arguments have been checked. */
  opened!: OpenedTransport;

  constructor(
    processName: string,
    channel: string,
    runnerHost: string = hostName(),
  ) {
    checkText(processName, "processName");
    checkText(runnerHost, "runnerHost");
    this.publisherId = `${processName}-${this.uuid}`;
    this.processName = processName;
    this.runnerHost = runnerHost;
    this.#channel = channel;
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
    const { publisherId, processName, runnerHost } = this;
    return encodeSignal({
      publisherId,
      processName,
      event,
      runnerHost,
      sampleNo: sample,
      tag,
      metadata,
    });
  }

  /** Publishes a signal; resolves with how many got it. */
  send(payload: string, options: TransportPublishOptions): Promise<number> {
    return this.opened.transport.publish(this.#channel, payload, options);
  }

  /** Whether what was sent can still be answered. */
  async verify(): Promise<boolean> {
    return await this.opened.transport.verify?.() ?? true;
  }
}
