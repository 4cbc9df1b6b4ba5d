/**
 * The publishes of one exporter that have not settled: which of them may be sent,
 * and how a response finds its publish.
 *
 * Turns: as long as a publish of an event is owed a response by a subscriber
 * that names no signals, later publishes of that event wait, in the order of the
 * calls. Two of them in flight would be two candidates for each response, so
 * neither could be counted.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import { addTicket } from "../../protocol/extension/extension.ts";
import { ResultCode } from "../../protocol/result.ts";
import { closeSignal } from "../../protocol/signal/encoder.ts";
import { INITIALIZATION } from "../../protocol/signal/signal.ts";
import type { DeliveryError } from "../../transport/transport.ts";
import type { Correlation } from "./correlation.ts";
import { PendingPublish, type PublishHooks } from "./pending_publish.ts";
import { type PublishRequest, timeLeft } from "./publish_request.ts";
import { type MissingReason, PublishResult } from "./publish_result.ts";
import type { Roster, RosterSnapshot } from "./roster.ts";
import type { Sender } from "./sender.ts";
import type { SignalLog } from "./signal_log.ts";
import { TurnLines } from "./turn_lines.ts";

/** Tickets from the oldest in flight to the newest: a responder remembers as many, so that it never acts on a signal twice. */
const MAX_SPAN = 256;
/** Characters of all signals in flight from which on later publishes wait. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Why a publish that waits for its turn is refused. */
const WHY_REFUSED = {
  shutdown: "the exporter was shut down before its turn came",
  closed: "the exporter is closed",
  disconnected: "the link that brings the responses is lost for good",
};

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** The dependencies of {@linkcode InFlight}. */
export interface InFlightOptions {
  logger: Logger;
  sender: Sender;
  roster: Roster;
  log: SignalLog;
  correlation: Correlation;
  /** Called when something is in flight; may be called again. */
  begun(): void;
  /** Called when nothing is in flight, and nothing waits for its turn. */
  ended(): void;
  /** Called when the outcome of a signal that has a ticket is unknown. */
  lost(): void;
}

/** The last event that was published. */
export interface PublishedState {
  readonly event: string;
  readonly tag: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Keeps the publishes that have not settled. */
export class InFlight {
  /** Whether the publisher's inbox is held: without a subscriber on it, the publisher is lost. */
  alive = false;
  /** Called when a signal was handed to the transport; `undefined` while no recorder is there. */
  observer: ((publish: PendingPublish) => void) | undefined;
  readonly #options: InFlightOptions;
  /** In the order in which they were sent. An array, because a set that is emptied again and again is made anew each time. */
  readonly #publishes: PendingPublish[] = [];
  readonly #byTicket = new Map<string, PendingPublish>();
  readonly #byEvent = new Map<string, PendingPublish[]>();
  readonly #lines: TurnLines;
  readonly #hooks: PublishHooks;
  #state: PublishedState | undefined;
  #isDown = false;
  /** Characters of all signals in flight. */
  #characters = 0;

  constructor(options: InFlightOptions) {
    this.#options = options;
    this.#lines = new TurnLines({
      isBlocked: (event) => this.#isBlocked(event),
      start: (request) => this.#send(request),
      unsent: (request) => this.#unsentResult(request),
      left: () => this.#checkIdle(),
    });
    this.#hooks = {
      turnEnded: () => this.#lines.startNext(),
      settled: (publish) => this.#remove(publish),
      again: ({ request, signal }) =>
        options.log.addAgain(request.event, signal.number),
      unconfirmed: (publish, outcome) => this.#note(publish, outcome),
    };
  }

  /** The publishes that have not settled, as they are now: any of them may settle at any time. */
  get publishes(): PendingPublish[] {
    return [...this.#publishes];
  }

  /** The oldest entry of the log that a publish in flight depends on. */
  get oldestEntry(): number {
    return this.#publishes[0]?.signal.from ?? Infinity;
  }

  /** The last event that was published. */
  get state(): PublishedState | undefined {
    return this.#state;
  }

  /** Notes an event that is published now. */
  noteState(event: string, tag?: string): void {
    this.#state = { event, tag, since: Date.now() };
  }

  /** The publish whose signal has this ticket. */
  withTicket(id: string): PendingPublish | undefined {
    return this.#byTicket.get(id);
  }

  /** The publishes of an event. */
  ofEvent(event: string): readonly PendingPublish[] {
    return this.#byEvent.get(event) ?? [];
  }

  /** Sends a signal when it is its turn, and waits for the responses. */
  publish(request: PublishRequest): Promise<PublishResult> {
    const { event } = request;
    return this.#lines.has(event) || this.#isBlocked(event)
      ? this.#lines.wait(request)
      : this.#send(request);
  }

  /** Waits for one subscriber no longer. */
  giveUp(responderId: string, reason: MissingReason): void {
    for (const publish of this.publishes) publish.giveUp(responderId, reason);
  }

  /** The link went down: responses are lost until it is back. */
  down(): void {
    this.#isDown = true;
    for (const publish of this.#publishes) publish.disturb();
  }

  /** The link is back. */
  up(): void {
    this.#isDown = false;
  }

  /** Ends every wait for responses. */
  end(reason: "shutdown" | "closed" | "disconnected"): void {
    for (const publish of this.publishes) publish.end(reason);
  }

  /** Refuses what waits for its turn, and ends every wait for responses. */
  stop(reason: "shutdown" | "closed" | "disconnected"): void {
    this.#lines.refuse(WHY_REFUSED[reason]);
    this.end(reason);
    this.#checkIdle();
  }

  #send(request: PublishRequest): Promise<PublishResult> {
    const { event, tag, head, fields } = request;
    const { sender, roster, log, correlation } = this.#options;
    const { snapshot } = roster;
    const fence = this.#sendFence(request, snapshot);
    // Python peers, which name no signals, need not see a ticket.
    const ticket = snapshot.unnamed < snapshot.owing.size
      ? correlation.nextTicket(this.alive)
      : undefined;
    if (ticket === undefined) correlation.noteUnticketed(event);
    const payload = closeSignal(
      head,
      ticket === undefined ? fields : addTicket(fields, ticket),
    );
    const number = log.add(event);
    const signal = { number, from: number - fence, payload, ticket };
    const publish = new PendingPublish(request, signal, snapshot, this.#hooks);
    // It is entered before it is sent: a response can be quicker than the send.
    this.#add(publish);
    this.noteState(event, tag);
    this.observer?.(publish);
    sender.transport.post(
      sender.identity.channels.signals,
      payload,
      { timeout: timeLeft(request), signal: request.signal },
      publish,
    );
    if (this.#publishes.length > 0) this.#options.begun();
    return publish.result;
  }

  /** Sends the `initialization`s that must go out before a signal; returns how many. */
  #sendFence(
    request: PublishRequest,
    { owing, unnamed }: RosterSnapshot,
  ): number {
    if (unnamed === 0) return 0;
    const { event } = request;
    const { sender, correlation, logger } = this.#options;
    const peers: string[] = [];
    for (const { namesSignals, orderKey } of owing.values()) {
      if (!namesSignals) peers.push(orderKey);
    }
    const size = correlation.fenceFor(event, peers);
    // It waits for a link that is down as long as the signal does.
    const timeout = timeLeft(request);
    for (let n = 0; n < size; n++) {
      sender.sendInitialization({ timeout }).catch((error: Error) =>
        logger.info(
          `Could not publish "${INITIALIZATION}" before "${event}": ${error.message}`,
        )
      );
    }
    return size;
  }

  #add(publish: PendingPublish): void {
    const { request: { event }, signal: { ticket } } = publish;
    this.#publishes.push(publish);
    this.#characters += publish.signal.payload.length;
    const ofEvent = this.#byEvent.get(event);
    if (ofEvent === undefined) this.#byEvent.set(event, [publish]);
    else ofEvent.push(publish);
    if (ticket !== undefined) this.#byTicket.set(ticket.id, publish);
    if (this.#isDown) publish.disturb();
  }

  #remove(publish: PendingPublish): void {
    const { request: { event }, signal: { ticket } } = publish;
    const ofEvent = this.#byEvent.get(event)!;
    remove(this.#publishes, publish);
    this.#characters -= publish.signal.payload.length;
    remove(ofEvent, publish);
    if (ticket !== undefined) this.#byTicket.delete(ticket.id);
    const { roster } = this.#options;
    for (const [responderId, inc] of publish.standIns) {
      if (roster.get(responderId)?.prefer(inc)) roster.changed();
    }
    this.#lines.startNext();
    this.#checkIdle();
  }

  #note(
    publish: PendingPublish,
    outcome: DeliveryError["outcome"] | undefined,
  ): void {
    const { request: { event }, signal: { number, ticket } } = publish;
    const { log, correlation, lost } = this.#options;
    if (outcome !== "not-sent") {
      log.addAgain(event, number);
      if (outcome === "unknown" && ticket !== undefined) lost();
      return;
    }
    log.remove(event, number);
    if (ticket !== undefined && !publish.wasRedelivered) {
      correlation.withdraw(ticket);
    }
  }

  #checkIdle(): void {
    if (this.#publishes.length === 0 && this.#lines.isEmpty) {
      this.#options.ended();
    }
  }

  /** Whether what is in flight keeps a signal of this event from being sent. */
  #isBlocked(event: string): boolean {
    if (this.#characters >= MAX_CHARACTERS) return true;
    const oldest = this.#publishes.find(({ signal }) => signal.ticket)?.signal;
    if (oldest !== undefined) {
      const span = this.#options.correlation.countSince(oldest.ticket!) + 1;
      if (span >= MAX_SPAN) return true;
    }
    return this.ofEvent(event).some((publish) => publish.holdsTurn);
  }

  /** The result of a publish whose deadline came before its turn; `undefined` where there is no subscriber that it could name. */
  #unsentResult({ calledAt }: PublishRequest): PublishResult | undefined {
    const { ids } = this.#options.roster;
    if (ids.size === 0) return undefined;
    return new PublishResult({
      code: ResultCode.MissingResponse,
      ok: false,
      waited: true,
      acks: NONE,
      missing: new Map([...ids].map((id) => [id, "unsent"] as const)),
      messages: {},
      receivers: undefined,
      elapsed: performance.now() - calledAt,
    });
  }
}

function remove<T>(items: T[], item: T): void {
  if (items.at(-1) === item) items.pop();
  else items.splice(items.indexOf(item), 1);
}
