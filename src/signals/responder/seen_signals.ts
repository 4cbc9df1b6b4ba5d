/**
 * The tickets that a responder has seen: which signal an answer is for, and
 * whether a signal is one that it knows already. Pure.
 *
 * @module
 */
import { type Ticket, ticketId } from "../../protocol/extension/extension.ts";
import { SHUTDOWN, type Signal } from "../../protocol/signal/signal.ts";
import type { RespondOptions } from "./options.ts";

/** Signals of one publisher that are remembered; a power of two. */
const MAX_SIGNALS = 256;
/** Most events of one publisher whose newest signal is remembered. */
const MAX_EVENTS = 256;
/** Most publishers that are remembered. */
const MAX_PUBLISHERS = 1_024;

/** A signal's ticket, as it was noted. */
export interface Noted {
  readonly id: string;
  readonly seq: number;
  /** Stands for who noted it. */
  readonly by: object;
}

interface Publisher {
  readonly id: string;
  /** The place of the signal that was seen first: they are counted from there, to be few. */
  readonly first: number;
  // Numbers and nothing else for most: what is kept of each has to be copied by
  // who collects garbage.
  /** Each signal's number in its place, until one that is so much newer takes that. */
  readonly seqs: number[];
  /** The id in each place; nothing where it is the usual one of that number. */
  readonly ids: (string | undefined)[];
  /** The answer that was given to the one in each place. */
  readonly answers: (RespondOptions | undefined)[];
  /** The newest signal of each event but the one below, for answers that name no signal. */
  readonly newest: Map<string, Noted>;
  /** The event that was seen last, and its newest signal. */
  event: string;
  last: Noted | undefined;
  seq: number;
  alive: boolean;
  /** Whether it was heard since somebody asked. */
  heard: boolean;
}

/** What a ticket was to who had seen the others. */
export interface Sighting {
  /** The signal was not seen before. */
  readonly fresh: boolean;
  /** The answer that it got when it was seen before. */
  readonly answer?: RespondOptions | undefined;
  /** How many signals of its publisher were missed before it. */
  readonly missed: number;
}

const SEEN: Sighting = { fresh: false, missed: 0 };
const FRESH: Sighting = { fresh: true, missed: 0 };

/** Remembers tickets. */
export class Tickets {
  /** What a signal keeps of these tickets, not to keep all that they know. */
  readonly #self = {};
  readonly #publishers = new Map<string, Publisher>();
  /** The publisher that was seen last: likely to be the next. */
  #latest: Publisher | undefined;

  /** The publishers that hold a channel of their own, and have not shut down. */
  get watchable(): string[] {
    return [...this.#publishers.values()]
      .filter((publisher) => publisher.alive)
      .map((publisher) => publisher.id);
  }

  /** Whether a signal of a publisher came since this was asked before. */
  heard(publisherId: string): boolean {
    const publisher = this.#publishers.get(publisherId);
    if (!publisher?.heard) return false;
    publisher.heard = false;
    return true;
  }

  /** Whether a publisher sends tickets. */
  knows(publisherId: string): boolean {
    return this.#publishers.has(publisherId);
  }

  /** Notes a signal and its ticket. */
  note(signal: Signal, { id, seq, alive = false }: Ticket): Sighting {
    const publisher = this.#publisher(signal.publisherId, placeOf(seq));
    publisher.alive = alive;
    publisher.heard = true;
    const place = placeOf(seq - publisher.first);
    const there = publisher.seqs[place];
    if (there !== undefined && there > seq) return SEEN; // as it may have been
    if (isIn(publisher, place, id, seq)) {
      return { ...SEEN, answer: publisher.answers[place] };
    }
    publisher.seqs[place] = seq;
    publisher.ids[place] = id === ticketId(seq) ? undefined : id;
    publisher.answers[place] = undefined;
    const noted = { id, seq, by: this.#self };
    Mark.put(signal, noted);
    this.#noteNewest(publisher, signal.event, noted);
    const last = publisher.seq;
    publisher.seq = Math.max(last, seq);
    return last === 0 || seq <= last + 1
      ? FRESH
      : { fresh: true, missed: seq - last - 1 };
  }

  /** What is known of the signal that an answer to this is for; nothing where it has no ticket. */
  of(to: { publisherId: string; event: string }): Noted | undefined {
    const noted = Mark.of(to);
    if (noted?.by === this.#self) return noted;
    const publisher = this.#publishers.get(to.publisherId);
    if (publisher === undefined) return undefined;
    return publisher.event === to.event
      ? publisher.last
      : publisher.newest.get(to.event);
  }

  /** Notes the answer to a signal, unless there was one. */
  answered(
    publisherId: string,
    { id, seq }: Noted,
    answer: RespondOptions,
  ): void {
    const publisher = this.#publishers.get(publisherId);
    if (publisher === undefined) return;
    const place = placeOf(seq - publisher.first);
    if (isIn(publisher, place, id, seq)) publisher.answers[place] ??= answer;
  }

  /** Notes that a publisher is lost; its signals stay known, as it may come back and repeat them. */
  lost(publisherId: string): void {
    const publisher = this.#publishers.get(publisherId);
    if (publisher !== undefined) publisher.alive = false;
  }

  /** Forgets the publisher of a signal that says it has shut down. */
  follow({ event, publisherId }: Signal): void {
    if (event !== SHUTDOWN) return;
    this.#publishers.delete(publisherId);
    this.#latest = undefined;
  }

  #publisher(id: string, first: number): Publisher {
    if (this.#latest?.id === id) return this.#latest;
    let publisher = this.#publishers.get(id);
    if (publisher === undefined) {
      publisher = {
        id,
        first,
        seqs: [],
        ids: [],
        answers: [],
        newest: new Map(),
        event: "",
        last: undefined,
        seq: 0,
        alive: false,
        heard: false,
      };
      remember(this.#publishers, id, publisher, MAX_PUBLISHERS);
    }
    return this.#latest = publisher;
  }

  #noteNewest(publisher: Publisher, event: string, noted: Noted): void {
    const { event: before, last } = publisher;
    publisher.event = event;
    publisher.last = noted;
    if (last !== undefined && before !== event) {
      remember(publisher.newest, before, last, MAX_EVENTS);
    }
  }
}

/** Whether it is this signal that stands in a place. */
function isIn(
  { seqs, ids }: Publisher,
  place: number,
  id: string,
  seq: number,
): boolean {
  return seqs[place] === seq && (ids[place] ?? ticketId(seq)) === id;
}

/** A number's place among as many as are remembered, whatever its sign. */
function placeOf(seq: number): number {
  return seq & (MAX_SIGNALS - 1);
}

/** Makes what extends it a part of any object. */
class Part {
  constructor(whole: object) {
    return whole;
  }
}

/**
 * What is noted of a signal, on the signal itself and out of everybody's sight:
 * a WeakMap would look it up in a large table each time.
 */
class Mark extends Part {
  #noted: Noted;

  private constructor(signal: Signal, noted: Noted) {
    super(signal);
    this.#noted = noted;
  }

  static put(signal: Signal, noted: Noted): void {
    if (#noted in signal) signal.#noted = noted;
    else new Mark(signal, noted);
  }

  static of(signal: unknown): Noted | undefined {
    return typeof signal === "object" && signal !== null && #noted in signal
      ? signal.#noted
      : undefined;
  }
}

/** Sets, and forgets the oldest beyond a limit. */
function remember<V>(
  map: Map<string, V>,
  key: string,
  value: V,
  limit: number,
): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > limit) map.delete(map.keys().next().value!);
}
