/**
 * The signals that a responder has seen: whether a signal is new, what it was
 * answered with, and which signal a response names. Pure.
 *
 * Invariants:
 * - A signal with a ticket is new once. A ticket that is too old to be
 *   remembered counts as seen.
 * - A response that gives a publisher and an event, but no ticket, names a signal
 *   only where exactly one signal of them is unanswered. As soon as an
 *   unanswered signal had to be forgotten, none is named.
 *
 * @module
 */
import { describeValue } from "../../internal/describe_value.ts";
import type { Ticket } from "../../protocol/extension/extension.ts";
import { mayHaveInbox } from "../../protocol/extension/own_channels.ts";
import {
  INITIALIZATION,
  SHUTDOWN,
  type Signal,
} from "../../protocol/signal/signal.ts";
import type { RespondOptions } from "./options.ts";

/** Signals of one publisher that are remembered: a power of two, and as many as an exporter has in flight. */
const MAX_SIGNALS = 256;
/** Events of one publisher whose unanswered signals without a ticket are counted. */
const MAX_EVENTS = 256;
/** Publishers that are remembered. */
const MAX_PUBLISHERS = 1_024;

/** Characters of the messages of all answers that are kept. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** Stands for a message that is too much to be kept. */
const NOT_KEPT = "(the message was too long to be repeated)";

/** What stands for the answer to a signal that a lock has passed over, so that it was never handed out. */
const PASSED_OVER: RespondOptions = Object.freeze({});

/** What a responder names in a response. */
export type ResponseTarget = Pick<Signal, "publisherId" | "event" | "ticket">;

/** What is remembered of one publisher; each signal has a place, until a newer one takes it. */
interface SeenPublisher {
  readonly id: string;
  /** The place of the signal that was seen first: places are counted from there, to be few. */
  readonly first: number;
  /** The number of the ticket in each place. */
  readonly numbers: number[];
  /** The event of the signal in each place. */
  readonly events: string[];
  /** How the signal in each place was answered, if it was. */
  readonly answers: (RespondOptions | undefined)[];
  /** How many signals without a ticket are unanswered, by event. */
  unticketed: Map<string, number> | undefined;
  /** Whether a signal that was not answered had to be forgotten. */
  isIncomplete: boolean;
  /** The newest number of the gap count; 0: none was seen. */
  seq: number;
  /** Numbers of the gap count that were passed over, and may still be redelivered. */
  holes: Set<number> | undefined;
  /** How many signals were missed for good since that was last told. */
  missed: number;
  alive: boolean;
  /** Whether a signal of it came since that was last asked. */
  wasHeard: boolean;
}

/** What a ticket was to a responder. */
export interface Sighting {
  /** Whether the signal was not seen before. */
  readonly isFresh: boolean;
  /** How it was answered when it was seen before. */
  readonly answer?: RespondOptions | undefined;
  /** Whether its publisher was not known to hold an inbox before. */
  readonly isNewcomer?: boolean;
  /** Whether signals of its publisher were passed over before it. */
  readonly leavesHoles: boolean;
}

const SEEN: Sighting = { isFresh: false, leavesHoles: false };
const FRESH: Sighting = { isFresh: true, leavesHoles: false };

/** Remembers the signals that one responder has seen. */
export class SeenSignals {
  readonly #publishers = new Map<string, SeenPublisher>();
  /** The publisher that was heard last: likely to be the next. */
  #latest: SeenPublisher | undefined;
  /** Characters of the messages of all answers that are kept. */
  #characters = 0;
  /** Whether a publisher with unanswered signals had to be forgotten. */
  #hasForgotten = false;

  /** The publishers that hold an inbox, and have not shut down. */
  get watchable(): string[] {
    return [...this.#publishers.values()]
      .filter((publisher) => publisher.alive)
      .map((publisher) => publisher.id);
  }

  /** Whether a signal of a publisher came since this was asked before. */
  wasHeard(publisherId: string): boolean {
    const publisher = this.#publishers.get(publisherId);
    if (!publisher?.wasHeard) return false;
    publisher.wasHeard = false;
    return true;
  }

  /** Notes that a publisher holds an inbox; returns whether that was not known. */
  holdsInbox(publisherId: string): boolean {
    const publisher = this.#publisher(publisherId, 0);
    const { alive } = publisher;
    publisher.alive = true;
    return !alive;
  }

  /** Whether a publisher gives its signals tickets. */
  givesTickets(publisherId: string): boolean {
    return (this.#publishers.get(publisherId)?.seq ?? 0) > 0;
  }

  /** Notes a signal that has arrived, by its ticket. */
  note(signal: Signal, { id, seq, alive: holdsInbox }: Ticket): Sighting {
    const number = parseInt(id, 36);
    const alive = holdsInbox === true && mayHaveInbox(signal.publisherId);
    const publisher = this.#publisher(signal.publisherId, placeOf(number));
    const isNewcomer = alive && !publisher.alive;
    publisher.alive = alive;
    publisher.wasHeard = true;
    const place = placeOf(number - publisher.first);
    const there = publisher.numbers[place];
    if (there !== undefined && there > number) return SEEN; // too old to be remembered
    if (there === number) {
      const answer = publisher.answers[place];
      return answer === PASSED_OVER ? SEEN : { ...SEEN, answer };
    }
    if (there !== undefined && publisher.answers[place] === undefined) {
      publisher.isIncomplete = true;
    }
    publisher.numbers[place] = number;
    publisher.events[place] = signal.event;
    this.#keep(publisher, place, undefined);
    const leavesHoles = this.#countGap(publisher, seq);
    if (!isNewcomer && !leavesHoles) return FRESH;
    return { isFresh: true, isNewcomer, leavesHoles };
  }

  /** Notes a signal that has arrived without a ticket that can be read. */
  noteUnticketed({ publisherId, event, ticket }: Signal): void {
    const known = this.#publishers.get(publisherId);
    if (known !== undefined) known.wasHeard = true;
    if (event === INITIALIZATION || event === SHUTDOWN) return;
    const publisher = this.#publisher(publisherId, 0);
    if (ticket === undefined) publisher.isIncomplete = true; // its ticket can't be read
    const counts = publisher.unticketed ??= new Map();
    const count = counts.get(event);
    if (count === undefined && counts.size >= MAX_EVENTS) {
      publisher.isIncomplete = true;
    } else counts.set(event, (count ?? 0) + 1);
  }

  /** Notes that a lock has passed a signal over, so that it is never handed out. */
  passedOver(signal: Signal): void {
    const { ticket = null, event } = signal;
    if (event === INITIALIZATION || event === SHUTDOWN) return;
    this.answered(signal, ticket, PASSED_OVER);
  }

  /**
   * The ticket that a response names: the one that was given, or that of the only
   * signal that it can be for.
   *
   * @returns `null` where that signal had none; `undefined` where it is not known.
   * @throws {TypeError} If what was given is no ticket.
   * @throws {Error} If several signals are possible.
   */
  ticketOf(
    { publisherId, event, ticket }: ResponseTarget,
  ): string | null | undefined {
    if (typeof ticket === "string" || ticket === null) return ticket;
    if (ticket !== undefined) {
      throw new TypeError(
        `Cannot respond as the signal's ticket must be a string or null: current value is ${
          describeValue(ticket)
        }`,
      );
    }
    const publisher = this.#publishers.get(publisherId);
    if (publisher === undefined || publisher.isIncomplete) return undefined;
    const { answers, events, numbers } = publisher;
    const unticketed = publisher.unticketed?.get(event) ?? 0;
    const places = [...numbers.keys()].filter((place) =>
      numbers[place] !== undefined && answers[place] === undefined &&
      events[place] === event
    );
    const count = places.length + unticketed;
    if (count > 1) {
      throw new Error(
        `Cannot respond to "${event}" of ${publisherId} as that is ambiguous, pass the signal itself: ${count} signals of that event have not been answered`,
      );
    }
    if (count === 0) return undefined;
    return unticketed > 0 ? null : numbers[places[0]!]!.toString(36);
  }

  /** Notes the answer to a signal, unless there was one. */
  answered(
    { publisherId, event }: ResponseTarget,
    ticket: string | null,
    answer: RespondOptions,
  ): void {
    const publisher = this.#publishers.get(publisherId);
    if (publisher === undefined) return;
    if (ticket === null) {
      const count = publisher.unticketed?.get(event) ?? 0;
      if (count > 1) publisher.unticketed!.set(event, count - 1);
      else publisher.unticketed?.delete(event);
      return;
    }
    const number = parseInt(ticket, 36);
    const place = placeOf(number - publisher.first);
    if (publisher.numbers[place] !== number) return;
    const before = publisher.answers[place];
    if (before === undefined || before === PASSED_OVER) {
      this.#keep(publisher, place, answer);
    }
  }

  /** How many signals of a publisher were missed for good since this was asked before. */
  takeMissed(publisherId: string): number {
    const publisher = this.#publishers.get(publisherId);
    if (publisher === undefined) return 0;
    const missed = publisher.missed + (publisher.holes?.size ?? 0);
    publisher.missed = 0;
    publisher.holes = undefined;
    return missed;
  }

  /** Notes that a publisher has shut down or is lost; its signals stay known, because it may redeliver them. */
  ended(publisherId: string): void {
    const publisher = this.#publishers.get(publisherId);
    if (publisher !== undefined) publisher.alive = false;
  }

  /** Notes a number of the gap count; returns whether numbers were passed over. */
  #countGap(publisher: SeenPublisher, seq: number): boolean {
    const last = publisher.seq;
    if (seq <= last) {
      publisher.holes?.delete(seq); // redelivered
      return false;
    }
    publisher.seq = seq;
    if (last === 0 || seq === last + 1) return false;
    // Only the newest can still be redelivered.
    const from = Math.max(last + 1, seq - MAX_SIGNALS);
    publisher.missed += from - last - 1;
    publisher.holes ??= new Set();
    for (let hole = from; hole < seq; hole++) publisher.holes.add(hole);
    return true;
  }

  #publisher(id: string, first: number): SeenPublisher {
    if (this.#latest?.id === id) return this.#latest;
    let publisher = this.#publishers.get(id);
    // The publishers that were heard last stand last, so the others are forgotten first.
    if (publisher !== undefined) this.#publishers.delete(id);
    publisher ??= {
      id,
      first,
      numbers: [],
      events: [],
      answers: [],
      unticketed: undefined,
      isIncomplete: this.#hasForgotten,
      seq: 0,
      holes: undefined,
      missed: 0,
      alive: false,
      wasHeard: false,
    };
    this.#publishers.set(id, publisher);
    if (this.#publishers.size > MAX_PUBLISHERS) this.#forgetOldest();
    return this.#latest = publisher;
  }

  /** Keeps an answer in the place of a signal. */
  #keep(
    { answers }: SeenPublisher,
    place: number,
    answer: RespondOptions | undefined,
  ): void {
    this.#characters -= lengthOf(answers[place]);
    if (this.#characters + lengthOf(answer) > MAX_CHARACTERS) {
      answer = { ...answer, message: NOT_KEPT };
    }
    this.#characters += lengthOf(answer);
    answers[place] = answer;
  }

  #forgetOldest(): void {
    const [id, { answers, numbers, unticketed }] = this.#publishers.entries()
      .next().value!;
    this.#publishers.delete(id);
    for (const answer of answers) this.#characters -= lengthOf(answer);
    const isAnswered = numbers.every((_, place) =>
      answers[place] !== undefined
    );
    if (!isAnswered || unticketed?.size) this.#hasForgotten = true;
  }
}

function lengthOf(answer: RespondOptions | undefined): number {
  return answer?.message?.length ?? 0;
}

/** A number's place among as many as are remembered, whatever its sign. */
function placeOf(number: number): number {
  return number & (MAX_SIGNALS - 1);
}
