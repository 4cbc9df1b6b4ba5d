/**
 * What an exporter does on the control channel: it answers roll calls, and hears
 * the responders that connect.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import type { Hello } from "../../protocol/extension/extension.ts";
import {
  controlChannel,
  rollChannel,
} from "../../protocol/extension/own_channels.ts";
import {
  isExporterReport,
  type RecorderNotice,
} from "../../protocol/extension/report.ts";
import { readSideMessage } from "../../protocol/extension/parser.ts";
import { INITIALIZATION } from "../../protocol/signal/signal.ts";
import type { OpenTransport } from "../../transport/open_transport.ts";
import { Inbox } from "../inbox.ts";
import { encodeReport, parseQuery } from "./message.ts";

/** Most answers under way: a flood of questions must not become one of answers. */
const MAX_ANSWERING = 100;
/** Milliseconds: a roll call does not wait any longer for a link that is down. */
const TIMEOUT = 500;

/** The dependencies of {@linkcode Presence}. */
export interface PresenceOptions {
  identity: {
    readonly publisherId: string;
    readonly processName: string;
    readonly runnerHost: string;
    readonly namespace: string | undefined;
  };
  /** The ids of the subscribers, as they are at any time. */
  subscribers: ReadonlySet<string>;
  /** The last event that was published. */
  state(): {
    readonly event: string;
    readonly tag: string | undefined;
    readonly since: number;
  } | undefined;
  /** Called when a responder says that it has connected. */
  greet(hello: Hello): void;
  /** Called when a recorder says that it is there, or leaves. */
  recorder?(notice: RecorderNotice): void;
  logger: Logger;
}

/** Answers for one exporter, as well as the server lets it. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #control: Inbox;
  readonly #createdAt = Date.now();
  #answering = 0;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#control = new Inbox(
      options.logger,
      "Can't answer roll calls, nor hear responders that connect",
    );
  }

  /** Whether the control channel is heard. */
  get isHeld(): boolean {
    return this.#control.isHeld;
  }

  /**
   * Begins to listen; resolves when the server has confirmed that, or has
   * refused it, which the log says and is no failure.
   *
   * @param unreadable Called with the reason for which a message could not be understood.
   */
  open(
    transport: OpenTransport,
    unreadable: (reason: string) => void,
  ): Promise<void> {
    const channel = controlChannel(this.#options.identity.namespace);
    return this.#control.hold(transport, channel, {
      message: (text) => this.#take(transport, text),
      unreadable,
    });
  }

  /** Listens no more. */
  async close(): Promise<void> {
    await this.#control.close();
  }

  #take(transport: OpenTransport, text: string): void {
    // What other exporters report is meant for recorders alone.
    if (isExporterReport(text)) return;
    const { identity, greet } = this.#options;
    const { hello, recorder } = readSideMessage(text) ?? {};
    if (hello !== undefined) return greet(hello);
    if (recorder !== undefined) return this.#options.recorder?.(recorder);
    const channel = parseQuery(text);
    // Elsewhere a stranger could make this exporter speak on any channel.
    if (!channel?.startsWith(rollChannel("", identity.namespace))) return;
    if (this.#answering >= MAX_ANSWERING) return;
    this.#answering++;
    const answered = (error?: unknown) => {
      this.#answering--;
      if (error === undefined) return;
      const { message } = error as Error;
      this.#options.logger.debug(`Could not answer a roll call: ${message}`);
    };
    transport.post(channel, this.#report(), { timeout: TIMEOUT }, {
      sent: () => answered(),
      failed: answered,
    });
  }

  #report(): string {
    const { identity, subscribers, state } = this.#options;
    const { publisherId, processName, runnerHost } = identity;
    const { event, tag, since } = state() ??
      { event: INITIALIZATION, tag: undefined, since: this.#createdAt };
    return encodeReport({
      publisherId,
      processName,
      runnerHost,
      state: event,
      since,
      ...(tag === undefined ? {} : { tag }),
      subscribers: [...subscribers],
      subscriberCount: subscribers.size,
    });
  }
}
