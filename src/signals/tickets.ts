/**
 * The tickets that a responder has seen: which signal an answer is for, and
 * whether a signal is one that it knows already. Pure.
 *
 * @module
 */
import type { Ticket } from "../protocol/extension.ts";
import { SHUTDOWN, type Signal } from "../protocol/signal.ts";
import type { RespondOptions } from "./responder_options.ts";

/** Most signals that are remembered of one publisher. */
const MAX_SIGNALS = 256;
/** Most publishers that are remembered. */
const MAX_PUBLISHERS = 1_024;

/** What became of one signal. */
interface Record {
  readonly seq: number;
  /** The answer that was given. */
  answer?: RespondOptions;
}

interface Publisher {
  readonly signals: Map<string, Record>;
  /** The newest ticket of each event, for answers that name no signal. */
  readonly newest: Map<string, string>;
  /** The event that was seen last. */
  event: string | undefined;
  seq: number;
  /** Up to here a signal that is not known may have been forgotten: it counts as seen. */
  forgotten: number;
  alive: boolean;
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

/** Remembers tickets. */
export class Tickets {
  readonly #publishers = new Map<string, Publisher>();
  readonly #ids = new WeakMap<object, string>();

  /** The publishers that hold a channel of their own, and have not shut down. */
  get watchable(): string[] {
    return [...this.#publishers.keys()].filter((id) =>
      this.#publishers.get(id)!.alive
    );
  }

  /** Whether a publisher sends tickets. */
  knows(publisherId: string): boolean {
    return this.#publishers.has(publisherId);
  }

  /** Notes a signal and its ticket. */
  note(signal: Signal, { id, seq, alive = false }: Ticket): Sighting {
    const publisher = this.#publisher(signal.publisherId);
    publisher.alive = alive;
    const known = publisher.signals.get(id);
    if (known !== undefined || seq <= publisher.forgotten) {
      return { fresh: false, answer: known?.answer, missed: 0 };
    }
    this.#ids.set(signal, id);
    const oldest = remember(publisher.signals, id, { seq }, MAX_SIGNALS);
    if (oldest !== undefined) {
      publisher.forgotten = Math.max(publisher.forgotten, oldest.seq);
    }
    const { newest } = publisher;
    // Taking it out and putting it back in would make a new table each time.
    if (signal.event === publisher.event) newest.set(signal.event, id);
    else remember(newest, signal.event, id, MAX_SIGNALS);
    publisher.event = signal.event;
    const missed = publisher.seq === 0
      ? 0
      : Math.max(0, seq - publisher.seq - 1);
    publisher.seq = Math.max(publisher.seq, seq);
    return { fresh: true, missed };
  }

  /** The ticket that an answer to this is for; nothing where there is none. */
  of(to: { publisherId: string; event: string }): string | undefined {
    return this.#ids.get(to) ??
      this.#publishers.get(to.publisherId)?.newest.get(to.event);
  }

  /** Notes the answer to a signal, to be repeated if the signal is. */
  answered(publisherId: string, id: string, answer: RespondOptions): void {
    const record = this.#publishers.get(publisherId)?.signals.get(id);
    if (record !== undefined) record.answer ??= answer;
  }

  /** Notes that a publisher is lost; its signals stay known, as it may come back and repeat them. */
  lost(publisherId: string): void {
    const publisher = this.#publishers.get(publisherId);
    if (publisher !== undefined) publisher.alive = false;
  }

  /** Forgets the publisher of a signal that says it has shut down. */
  follow({ event, publisherId }: Signal): void {
    if (event === SHUTDOWN) this.#publishers.delete(publisherId);
  }

  #publisher(publisherId: string): Publisher {
    const known = this.#publishers.get(publisherId);
    if (known !== undefined) return known;
    const publisher: Publisher = {
      signals: new Map(),
      newest: new Map(),
      event: undefined,
      seq: 0,
      forgotten: 0,
      alive: false,
    };
    remember(this.#publishers, publisherId, publisher, MAX_PUBLISHERS);
    return publisher;
  }
}

/** Sets, and forgets the oldest beyond a limit, which it returns. */
function remember<V>(
  map: Map<string, V>,
  key: string,
  value: V,
  limit: number,
): V | undefined {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return undefined;
  const [oldestKey, oldest] = map.entries().next().value!;
  map.delete(oldestKey);
  return oldest;
}
