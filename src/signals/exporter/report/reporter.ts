/**
 * Tells recorders what an exporter knows and the channels of the protocol do not
 * show: which subscribers join and leave and why, what is redelivered, and how
 * each publish ends.
 *
 * Invariant: nothing is sent while no recorder has announced itself within the
 * last {@linkcode SILENCE}, and then nothing is listened to either. The first
 * {@linkcode EARLY} are an exception: a recorder announces itself when it hears
 * an exporter's first signal, so what happens until then is kept for it.
 *
 * @module
 */
import { every, type Interval } from "../../../internal/timer.ts";
import type { TypedEventTarget } from "../../../internal/typed_event_target.ts";
import { controlChannel } from "../../../protocol/extension/own_channels.ts";
import {
  encodeExporterReport,
  RECORDER_PERIOD,
  type RecorderNotice,
  type ReportBody,
} from "../../../protocol/extension/report.ts";
import type {
  ExporterEvents,
  SubscribeDetail,
  UnsubscribeDetail,
} from "../../events.ts";
import type { InFlight } from "../in_flight.ts";
import type { PeerInboxes } from "../inbox/peer_inboxes.ts";
import type { PendingPublish } from "../pending_publish.ts";
import type { Roster } from "../roster.ts";
import type { Sender } from "../sender.ts";

/** Milliseconds after which a recorder that says nothing is forgotten. */
const SILENCE = 3.2 * RECORDER_PERIOD;
/** Milliseconds for which reports are kept for a recorder that may be there. */
const EARLY = 1_000;
/** Most reports that are kept. */
const MAX_EARLY = 1_000;
/** Recorders that are told apart. */
const MAX_RECORDERS = 100;
/** Characters of the reports that are on their way; one that has no room is counted as missed. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** Subscribers that are named in one report. */
const MAX_NAMED = 1_000;
/** Milliseconds that a report waits for a link that is down. */
const TIMEOUT = 500;

/** The dependencies of {@linkcode Reporter}. */
export interface ReporterOptions {
  /** Dispatches the exporter's events. */
  readonly target: EventTarget;
  readonly sender: Sender;
  readonly roster: Roster;
  readonly inFlight: InFlight;
  readonly inboxes: PeerInboxes;
}

/** Reports for one exporter. */
export class Reporter {
  readonly #options: ReporterOptions;
  /** When each recorder was heard last. */
  readonly #recorders = new Map<string, number>();
  #timer: Interval | undefined;
  /** What is kept for a recorder that may be there. */
  #early: { body: ReportBody; bornAt: number }[] | undefined;
  #earlyUntil = 0;
  #isOn = false;
  #characters = 0;
  #missed = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Begins to keep reports for a recorder that has not heard of the exporter yet. */
  begin(): void {
    if (this.#isOn) return;
    this.#early = [];
    this.#earlyUntil = performance.now() + EARLY;
    this.#start();
  }

  /** A recorder says that it is there, or leaves. */
  hear({ id, leave }: RecorderNotice): void {
    const isNew = !this.#recorders.has(id);
    if (leave) {
      this.#recorders.delete(id);
      return this.#stopIfAlone();
    }
    if (isNew && this.#recorders.size >= MAX_RECORDERS) return;
    this.#recorders.set(id, performance.now());
    if (!isNew) return;
    this.#start();
    this.#timer ??= every(RECORDER_PERIOD, () => this.#forgetSilent());
    for (const { body, bornAt } of this.#early ?? []) this.#tell(body, bornAt);
    this.#early = undefined;
    this.#tellRoster();
  }

  /** Stops, after what has settled by now is reported. */
  async close(): Promise<void> {
    await Promise.resolve();
    this.#recorders.clear();
    this.#early = undefined;
    this.#stopIfAlone();
  }

  #start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    const { inFlight, inboxes } = this.#options;
    const target = this.#options.target as TypedEventTarget<ExporterEvents>;
    target.addEventListener("subscribe", this.#joined);
    target.addEventListener("unsubscribe", this.#left);
    inFlight.observer = (publish) => this.#await(publish);
    inboxes.redelivered = ({ request, signal }, responder) => {
      const { event } = request;
      const id = signal.ticket?.id;
      this.#tell({ what: "redelivered", responder, event, id });
    };
    for (const publish of inFlight.publishes) this.#await(publish);
  }

  #stopIfAlone(): void {
    if (this.#recorders.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (performance.now() > this.#earlyUntil) this.#early = undefined;
    if (this.#early !== undefined || !this.#isOn) return;
    this.#isOn = false;
    const { inFlight, inboxes } = this.#options;
    const target = this.#options.target as TypedEventTarget<ExporterEvents>;
    target.removeEventListener("subscribe", this.#joined);
    target.removeEventListener("unsubscribe", this.#left);
    inFlight.observer = undefined;
    inboxes.redelivered = undefined;
  }

  #forgetSilent(): void {
    const least = performance.now() - SILENCE;
    for (const [id, heardAt] of this.#recorders) {
      if (heardAt < least) this.#recorders.delete(id);
    }
    this.#stopIfAlone();
  }

  readonly #joined = ({ detail }: CustomEvent<SubscribeDetail>): void =>
    this.#tell({ what: "joined", responders: [detail.responderId] });

  readonly #left = ({ detail }: CustomEvent<UnsubscribeDetail>): void => {
    const { responderId: responder, reason: why } = detail;
    this.#tell({ what: "left", responder, why });
  };

  #tellRoster(): void {
    const ids = [...this.#options.roster.ids];
    for (let at = 0; at === 0 || at < ids.length; at += MAX_NAMED) {
      const responders = ids.slice(at, at + MAX_NAMED);
      this.#tell({ what: at === 0 ? "roster" : "joined", responders });
    }
  }

  /** Reports how a publish ends. */
  #await({ result, request: { event }, signal, age }: PendingPublish): void {
    this.#stopIfAlone();
    if (!this.#isOn) return;
    const bornAt = performance.now() - age;
    const about = { what: "result", event, id: signal.ticket?.id } as const;
    result.then(
      ({ code, acks: { size: acks }, missing }) =>
        this.#tell({ ...about, code, acks, missing: [...missing] }, bornAt),
      ({ message: error }: Error) =>
        this.#tell({ ...about, error, acks: 0, missing: [] }, bornAt),
    );
  }

  /** @param bornAt When the reported signal was sent; by default now. */
  #tell(body: ReportBody, bornAt = performance.now()): void {
    if (this.#recorders.size === 0) {
      this.#stopIfAlone();
      if (this.#early === undefined || this.#early.length === MAX_EARLY) return;
      return void this.#early.push({ body, bornAt });
    }
    const { identity, transport } = this.#options.sender;
    const { publisherId: publisher, namespace } = identity;
    const missed = this.#missed > 0 ? { missed: this.#missed } : {};
    const age = Math.round(performance.now() - bornAt);
    const text = encodeExporterReport({ publisher, age, ...missed, ...body });
    const { length } = text;
    if (this.#characters + length > MAX_CHARACTERS) {
      this.#missed++;
      return;
    }
    const told = this.#missed;
    this.#characters += length;
    this.#missed = 0;
    transport.post(controlChannel(namespace), text, { timeout: TIMEOUT }, {
      sent: () => void (this.#characters -= length),
      failed: () => {
        this.#characters -= length;
        this.#missed += told + 1;
      },
    });
  }
}
