/**
 * The rules of a real exporter, without its links and clocks: roster, log, turns,
 * matcher and session of `src`, over a transport that confirms each signal at
 * once and delivers what it is handed. Everything that it is asked to do is done
 * when the call returns, so that a model can replay millions of steps.
 *
 * @module
 */

import { channelsOf } from "../../../src/protocol/channels.ts";
import type { ResponseExtension } from "../../../src/protocol/extension/extension.ts";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { Correlation } from "../../../src/signals/exporter/correlation.ts";
import { InFlight } from "../../../src/signals/exporter/in_flight.ts";
import { checkPublish } from "../../../src/signals/exporter/publish_request.ts";
import { Roster } from "../../../src/signals/exporter/roster.ts";
import { Identity, Sender } from "../../../src/signals/exporter/sender.ts";
import { ExporterSession } from "../../../src/signals/exporter/session.ts";
import { SignalLog } from "../../../src/signals/exporter/signal_log.ts";
import type { OpenTransport } from "../../../src/transport/open_transport.ts";
import type {
  Receipt,
  Sink,
  Subscription,
  TransportPublishOptions,
} from "../../../src/transport/transport.ts";
import { intervalsOf } from "../../../src/internal/intervals.ts";
import { encodeResponse } from "../../support/payloads.ts";

const CHANNELS = channelsOf(undefined);
const SILENT = leveledLogger(undefined, "CRITICAL");

/** What became of a response. */
export type Verdict = "credited" | "joined" | `stray: ${string}`;

/** A response, as a peer sends it. */
export interface Answer {
  readonly responderId: string;
  readonly event: string;
  /** A peer of this module says it; a Python peer has none. */
  readonly extension?: ResponseExtension;
}

/** A signal on the channel, or on an inbox. */
export interface SentSignal {
  readonly event: string;
  readonly ticket: string | undefined;
  readonly payload: string;
  /** Whether it was not sent after all. */
  isUnsent?: boolean;
}

/** An exporter that does at once what it is asked to do. */
export class RealExporter {
  readonly #transport = new SynchronousTransport();
  readonly #roster: Roster;
  readonly #inFlight: InFlight;
  readonly #sender: Sender;
  readonly #session: ExporterSession;
  /** What the exporter has told of responses since the last one was delivered. */
  #told: Verdict[] = [];

  /**
   * @param window Rows of the log whose order is kept.
   * @param correlates Whether signals carry tickets for peers of this module.
   */
  constructor({ window, correlates = true }: {
    window?: number | undefined;
    correlates?: boolean;
  } = {}) {
    const target = new EventTarget();
    target.addEventListener("ack", () => this.#told.push("credited"));
    target.addEventListener("stray", (event) => {
      const { reason } = (event as CustomEvent).detail;
      this.#told.push(`stray: ${reason}`);
    });
    const roster = new Roster(correlates);
    const log: SignalLog = new SignalLog({
      isSubscriber: (key) => roster.hasOrderKey(key),
      oldestInFlight: () => inFlight.oldestEntry,
      ...(window === undefined ? {} : { window }),
    });
    const correlation = new Correlation(log, correlates);
    const identity = new Identity("model", { runnerHost: "here" });
    const sender = new Sender(identity, this.#transport, log);
    const inFlight: InFlight = new InFlight({
      logger: SILENT,
      sender,
      roster,
      log,
      correlation,
      begun: () => {},
      ended: () => {},
      lost: () => {},
    });
    sender.initialization = sender.encodeControl("initialization");
    this.#roster = roster;
    this.#inFlight = inFlight;
    this.#sender = sender;
    this.#session = new ExporterSession(target, {
      sender,
      roster,
      inFlight,
      log,
      correlation,
      logger: SILENT,
      evictAfterMisses: Infinity,
      evictsLost: false,
      intervals: intervalsOf({ heartbeatTimeout: Infinity }),
      counts: false,
    });
    this.#session.listen();
  }

  /** Every signal on the channel so far. */
  get signals(): readonly SentSignal[] {
    return this.#transport.signals;
  }

  /** The subscribers. */
  get subscribers(): ReadonlySet<string> {
    return this.#roster.ids;
  }

  /** Whether each publish in flight has a ticket. */
  get ticketed(): boolean[] {
    return this.#inFlight.publishes.map(({ signal }) =>
      signal.ticket !== undefined
    );
  }

  /** The payload of each publish in flight. */
  get payloads(): string[] {
    return this.#inFlight.publishes.map(({ signal }) => signal.payload);
  }

  /** The events in flight, each with those who owe a response. */
  get owed(): ReadonlyMap<string, readonly string[]> {
    return new Map(
      this.#inFlight.publishes.map(({ request: { event }, owed }) => [
        event,
        owed,
      ]),
    );
  }

  /** Accepts subscribers, these from the start, and asks for others. */
  initialize(expected: readonly string[] = []): void {
    this.#session.accept(undefined, expected);
  }

  /** Asks for subscribers again. */
  ask(): void {
    this.#session.askAgain();
  }

  shutdown(): void {
    this.#inFlight.stop("shutdown");
    this.#session.retire(undefined);
    this.#sender.sendControl(
      "shutdown",
      this.#sender.encodeControl("shutdown"),
    );
  }

  /**
   * Publishes an event.
   *
   * @param isHeld The server does not confirm it until {@linkcode tell}.
   */
  publish(event: string, isHeld = false): void {
    this.#transport.isHolding = isHeld;
    const request = checkPublish(
      this.#sender,
      event,
      { timeout: Infinity },
      undefined,
    );
    this.#inFlight.publish(request).catch(() => {}); // it was not sent
    this.#transport.isHolding = false;
  }

  /** What became of the signal that is held. */
  tell(what: "confirm" | "unsend" | "lose"): void {
    this.#transport.tell(what);
  }

  /** The time of the publish of an event is up. */
  expire(event: string): void {
    this.#inFlight.ofEvent(event)[0]!.end("timeout");
  }

  /** The time of one of the publishes in flight is up. */
  expireNth(index: number): void {
    this.#inFlight.publishes[index]!.end("timeout");
  }

  /** A process is found to be gone without a word. */
  lose(responderId: string, inc: string): void {
    this.#session.membership.lost({ responderId, inc });
  }

  /** Takes a subscriber off. */
  remove(responderId: string): void {
    this.#session.membership.remove(responderId);
  }

  /** Delivers a response; what became of it, nothing where that is not told. */
  deliver({ responderId, event, extension }: Answer): Verdict | undefined {
    const { publisherId } = this.#sender.identity;
    const isJoining = event === "initialization";
    this.#told = [];
    this.#transport.deliver(encodeResponse({
      responderId,
      publisherId,
      event,
      ...(isJoining || extension?.leave ? {} : { ras: 1 }),
      extension,
    }));
    return this.#told[0];
  }
}

/** Confirms each message when it is posted, but the one that is to be held. */
class SynchronousTransport implements OpenTransport {
  readonly name = "synchronous";
  readonly signals: SentSignal[] = [];
  /** Whether signals of events that are published are held. */
  isHolding = false;
  #held: { signal: SentSignal; receipt: Receipt } | undefined;
  readonly #sinks: Sink[] = [];

  post(
    channel: string,
    payload: string,
    _options: TransportPublishOptions,
    receipt: Receipt,
  ): void {
    if (channel === CHANNELS.signals) {
      const { event, metadata } = JSON.parse(payload);
      const signal = { event, ticket: metadata?._ss?.id, payload };
      this.signals.push(signal);
      if (this.isHolding && event !== "initialization") {
        this.#held = { signal, receipt };
        return;
      }
    }
    receipt.sent(1);
  }

  tell(what: "confirm" | "unsend" | "lose"): void {
    const { signal, receipt } = this.#held!;
    this.#held = undefined;
    if (what === "confirm") return receipt.sent(1);
    if (what === "unsend") signal.isUnsent = true;
    const outcome = what === "unsend" ? "not-sent" : "unknown";
    receipt.failed(Object.assign(new Error(outcome), { outcome }));
  }

  publish(): Promise<number> {
    return Promise.resolve(1);
  }

  subscribe(channels: readonly string[], sink: Sink): Promise<Subscription> {
    if (channels.includes(CHANNELS.responses)) this.#sinks.push(sink);
    return Promise.resolve({ close: () => Promise.resolve() });
  }

  /** Delivers a response. */
  deliver(payload: string): void {
    for (const sink of this.#sinks) sink.message(payload, CHANNELS.responses);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
