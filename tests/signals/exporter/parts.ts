/**
 * Parts of an exporter for the tests of its files: rosters, requests, senders.
 *
 * @module
 */
import { leveledLogger } from "../../../src/internal/logger.ts";
import type { Response } from "../../../src/protocol/response/response.ts";
import { Correlation } from "../../../src/signals/exporter/correlation.ts";
import { InFlight } from "../../../src/signals/exporter/in_flight.ts";
import type { PublishOptions } from "../../../src/signals/exporter/options.ts";
import {
  PendingPublish,
  type PublishHooks,
  type SentSignal,
} from "../../../src/signals/exporter/pending_publish.ts";
import {
  checkPublish,
  type PublishRequest,
} from "../../../src/signals/exporter/publish_request.ts";
import { ResponseMatcher } from "../../../src/signals/exporter/response_matcher.ts";
import {
  Roster,
  type RosterSnapshot,
  Subscriber,
} from "../../../src/signals/exporter/roster.ts";
import { Identity, Sender } from "../../../src/signals/exporter/sender.ts";
import { SignalLog } from "../../../src/signals/exporter/signal_log.ts";
import type { OpenTransport } from "../../../src/transport/open_transport.ts";
import { BorrowedTransport } from "../../../src/transport/open_transport.ts";
import { FakeTransport } from "../../support/fake_transport.ts";

export const SILENT = leveledLogger(undefined, "CRITICAL");

/** The incarnation of a responder of this module: its id begins with "ours". */
export const INC = "i1";

/**
 * Puts a responder on a roster: one of this module if its id begins with
 * "ours", else a peer of 1.0.1.
 */
export function join(roster: Roster, responderId: string): Subscriber {
  const subscriber = new Subscriber(responderId);
  if (responderId.startsWith("ours")) {
    subscriber.join({ inc: INC, alive: true });
  }
  roster.add(subscriber);
  return subscriber;
}

/** A roster of responders; see {@linkcode join}. */
export function rosterOf(...responderIds: string[]): Roster {
  const roster = new Roster(true);
  for (const responderId of responderIds) join(roster, responderId);
  return roster;
}

export function snapshotOf(...responderIds: string[]): RosterSnapshot {
  return rosterOf(...responderIds).snapshot;
}

/**
 * A response: a sign of progress without `ras`; `id` is the ticket that a
 * responder of this module names.
 */
export function responseOf(
  event: string,
  responderId: string,
  ras?: number,
  id?: string | null,
): Response {
  return {
    responderId,
    publisherId: "fio-1",
    event,
    ...(ras === undefined ? {} : { ras }),
    ...(responderId.startsWith("ours") ? { extension: { inc: INC, id } } : {}),
  };
}

/** The options that bound a publish in a test. */
export type Terms = Partial<
  Pick<
    PublishRequest,
    "timeout" | "signal" | "enough" | "failFast" | "idleTimeout"
  >
>;

/** A request whose only meaningful fields are its event and its bounds. */
export function requestOf(event: string, terms: Terms = {}): PublishRequest {
  return {
    event,
    tag: undefined,
    head: `{"event":"${event}"`,
    fields: undefined,
    calledAt: performance.now(),
    timeout: Infinity,
    idleTimeout: Infinity,
    signal: undefined,
    failFast: false,
    enough: () => undefined,
    ...terms,
  };
}

const SENT: SentSignal = {
  number: 1,
  from: 1,
  payload: "{}",
  ticket: undefined,
};

const NO_HOOKS: PublishHooks = {
  turnEnded: () => {},
  settled: () => {},
  again: () => {},
  unconfirmed: () => {},
};

/** A publish of "start" that was handed to a transport just now. */
export function pendingOf(
  responderIds: readonly string[],
  terms: Terms,
  hooks: Partial<PublishHooks> = {},
): PendingPublish {
  return new PendingPublish(
    requestOf("start", terms),
    SENT,
    snapshotOf(...responderIds),
    { ...NO_HOOKS, ...hooks },
  );
}

/** The publishing half of an exporter over a fake transport. */
export class PublishingHalf {
  readonly transport = new FakeTransport();
  readonly roster: Roster;
  readonly log: SignalLog;
  readonly correlation: Correlation;
  readonly sender: Sender;
  readonly inFlight: InFlight;
  readonly responses: ResponseMatcher;
  /** The events about responses: type, responder, reason. */
  readonly told: (string | undefined)[][] = [];
  /** The calls of the hooks `begun`, `ended` and `lost`. */
  readonly calls: string[] = [];

  /** @param responderIds The responders; see {@linkcode join}. */
  constructor(...responderIds: string[]) {
    const roster = rosterOf(...responderIds);
    const log = new SignalLog({
      isSubscriber: (key) => roster.hasOrderKey(key),
      oldestInFlight: () => this.inFlight.oldestEntry,
    });
    const target = new EventTarget();
    for (const type of ["ack", "progress", "stray"]) {
      target.addEventListener(type, (event) => {
        const { responderId, reason } = (event as CustomEvent).detail;
        this.told.push([type, responderId, reason]);
      });
    }
    this.roster = roster;
    this.log = log;
    this.correlation = new Correlation(log, true);
    this.sender = senderOver(new BorrowedTransport(this.transport), log);
    this.sender.initialization = this.sender.encodeControl("initialization");
    this.inFlight = new InFlight({
      logger: SILENT,
      sender: this.sender,
      roster,
      log,
      correlation: this.correlation,
      begun: () => void this.calls.push("begun"),
      ended: () => void this.calls.push("ended"),
      lost: () => void this.calls.push("lost"),
    });
    this.responses = new ResponseMatcher({
      target,
      logger: SILENT,
      inFlight: this.inFlight,
      log,
      correlation: this.correlation,
    });
  }

  /** Publishes an event. */
  publish(event: string, options: PublishOptions = {}) {
    const given = { timeout: Infinity, ...options };
    return this.inFlight.publish(
      checkPublish(this.sender, event, given, undefined),
    );
  }

  /** A responder answers; `id` is the ticket that a responder of this module names. */
  answer(event: string, responderId: string, ras?: number, id?: string | null) {
    this.responses.take(responseOf(event, responderId, ras, id));
  }

  /** The events published so far, each with its ticket if there is one. */
  get sent(): string[] {
    return this.transport.published.map(({ payload }) => {
      const { event, metadata } = JSON.parse(payload);
      const id = metadata?._ss?.id;
      return id === undefined ? event : `${event} ${id}`;
    });
  }
}

export function senderOver(
  transport: OpenTransport,
  log: SignalLog = new SignalLog({
    isSubscriber: () => false,
    oldestInFlight: () => Infinity,
  }),
): Sender {
  return new Sender(
    new Identity("fio", { runnerHost: "here" }),
    transport,
    log,
  );
}
