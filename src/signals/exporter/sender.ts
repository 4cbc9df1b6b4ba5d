/**
 * The sending half of an exporter: who it is on the wire, how its signals are
 * written, and the signals that have a method of their own.
 *
 * @module
 */
import { checkText } from "../../internal/check.ts";
import { type Channels, channelsOf } from "../../protocol/channels.ts";
import { EXTENSION_KEY } from "../../protocol/extension/extension.ts";
import {
  closeSignal,
  encodeFields,
  SignalEncoder,
} from "../../protocol/signal/encoder.ts";
import {
  DEFAULT_SAMPLE,
  DEFAULT_TAG,
  INITIALIZATION,
} from "../../protocol/signal/signal.ts";
import { REASON_KEY, shortReason } from "../../protocol/reason.ts";
import type { OpenTransport } from "../../transport/open_transport.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import { hostName } from "../host.ts";
import type {
  ExporterOptions,
  PublishOptions,
  ShutdownOptions,
} from "./options.ts";
import type { SignalLog } from "./signal_log.ts";

/** The part of a signal that differs from one to the next. */
export type SignalFields = Pick<PublishOptions, "sample" | "tag" | "metadata">;

/** How long a signal may wait for a link that is down. */
type SendOptions = Pick<PublishOptions, "timeout" | "signal">;

/** Who publishes, checked. */
export class Identity {
  readonly publisherId: string;
  /** The part of the publisher's id that no other publisher has. */
  readonly uuid: string = crypto.randomUUID();
  readonly processName: string;
  readonly runnerHost: string;
  readonly namespace: string | undefined;
  readonly channels: Channels;

  /** @throws {TypeError} If a name can't be used. */
  constructor(
    processName: string,
    { namespace, runnerHost = hostName() }: ExporterOptions,
  ) {
    checkText(processName, "processName");
    checkText(runnerHost, "runnerHost");
    this.publisherId = `${processName}-${this.uuid}`;
    this.processName = processName;
    this.runnerHost = runnerHost;
    this.namespace = namespace;
    this.channels = channelsOf(namespace);
  }
}

/** Writes the signals of one publisher, and sends those that have a method of their own. */
export class Sender {
  readonly identity: Identity;
  readonly transport: OpenTransport;
  /** The signal that asks for subscribers; it is empty before the first `initialize`. */
  initialization = "";
  readonly #log: SignalLog;
  readonly #encoder: SignalEncoder;
  readonly #stopped = new AbortController();

  constructor(identity: Identity, transport: OpenTransport, log: SignalLog) {
    this.identity = identity;
    this.transport = transport;
    this.#log = log;
    this.#encoder = new SignalEncoder(identity);
  }

  /** Writes a signal up to its metadata. @throws {TypeError} If a field can't be sent; it is named. */
  encodeHead(
    event: string,
    { sample = DEFAULT_SAMPLE, tag = DEFAULT_TAG }: SignalFields,
  ): string {
    return this.#encoder.encodeOpen({ event, sampleNo: sample, tag });
  }

  /** Writes metadata without their braces; `undefined` where there are none. @throws {TypeError} If they can't be sent. */
  encodeFields({ metadata }: SignalFields): string | undefined {
    const fields = encodeFields(metadata);
    if (metadata !== undefined && Object.hasOwn(metadata, EXTENSION_KEY)) {
      throw new TypeError(
        `Cannot send metadata as its key "${EXTENSION_KEY}" is reserved for this module`,
      );
    }
    return fields;
  }

  /** Writes a signal that has a method of its own. @throws {TypeError | RangeError} If a field can't be sent. */
  encodeControl(
    event: string,
    { tag, reason }: ShutdownOptions = {},
  ): string {
    const text = reason === undefined ? "" : shortReason(reason);
    const metadata = text === "" ? undefined : { [REASON_KEY]: text };
    return closeSignal(this.encodeHead(event, { tag }), encodeFields(metadata));
  }

  /** Asks for subscribers; settles when the server has confirmed or refused that. */
  sendInitialization(options?: SendOptions): Promise<void> {
    return this.sendControl(INITIALIZATION, this.initialization, options);
  }

  /** Withdraws the signals with a method of their own that were not sent yet. */
  stop(cause: Error): void {
    this.#stopped.abort(cause);
  }

  /** Sends a signal that has a method of its own; settles when the server has confirmed or refused it. */
  sendControl(
    event: string,
    payload: string,
    { timeout, signal }: SendOptions = {},
  ): Promise<void> {
    const { signal: stopped } = this.#stopped;
    const options = {
      signal: signal === undefined
        ? stopped
        : AbortSignal.any([stopped, signal]),
      ...(timeout === undefined ? {} : { timeout }),
    };
    const number = this.#log.add(event);
    return new Promise((resolve, reject) =>
      this.transport.post(this.identity.channels.signals, payload, options, {
        sent: () => resolve(),
        again: () => this.#log.addAgain(event, number),
        failed: (error) => {
          const outcome = outcomeOf(error);
          if (outcome === "not-sent") this.#log.remove(event, number);
          else this.#log.addAgain(event, number);
          reject(error);
        },
      })
    );
  }
}
