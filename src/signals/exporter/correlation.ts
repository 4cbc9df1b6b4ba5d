/**
 * For which signal a response is: by the ticket that peers of this module name,
 * and by the log of all signals for peers of 1.0.1, which name events alone.
 *
 * Invariant: a response is matched with a signal only where it is proven to be
 * for that signal.
 *
 * @module
 */
import { dropOldest } from "../../internal/drop_oldest.ts";
import type { Ticket } from "../../protocol/extension/extension.ts";
import type { SignalLog } from "./signal_log.ts";

/** Most `initialization`s that go out before one signal. */
const MAX_FENCE = 64;
/** Most `initialization`s for a peer that has answered nothing since the last ones. */
const MAX_FENCE_IN_SILENCE = 8;
/** Most responder ids that are remembered because they name signals, on the roster or not. */
const MAX_NAMING = 10_000;
/** Most events whose publishes without a ticket are counted. */
const MAX_EVENTS = 4_096;

/** Keeps an exporter's tickets, and knows which peers name them. */
export class Correlation {
  /** Whether signals carry tickets at all. */
  readonly enabled: boolean;
  readonly #log: SignalLog;
  /** How many tickets were given; no id is ever given twice. */
  #count = 0;
  #seq = 0;
  /** Numbers that were taken back while later ones were out. */
  readonly #withdrawn = new Set<number>();
  readonly #naming = new Set<string>();
  /** How often each event was published without a ticket: once, or more often. */
  readonly #unticketed = new Map<string, "once" | "more">();

  constructor(log: SignalLog, enabled: boolean) {
    this.#log = log;
    this.enabled = enabled;
  }

  /** A ticket for the next signal. */
  nextTicket(alive: boolean): Ticket {
    const seq = ++this.#seq;
    if (this.#withdrawn.size > 0) this.#withdrawn.clear();
    return { id: (++this.#count).toString(36), seq, alive };
  }

  /** How many tickets were given after this one. */
  countSince({ id }: Ticket): number {
    return this.#count - parseInt(id, 36);
  }

  /**
   * Takes back the number of a ticket whose signal was not sent, so that no
   * responder misses it; no effect where a later number stays out.
   */
  withdraw({ seq }: Ticket): void {
    this.#withdrawn.add(seq);
    while (this.#withdrawn.delete(this.#seq)) this.#seq--;
  }

  /** Notes that an event is published without a ticket. */
  noteUnticketed(event: string): void {
    const before = this.#unticketed.get(event);
    if (before === "more") return;
    const isFull = this.#unticketed.size >= MAX_EVENTS;
    if (before === undefined && isFull) return; // an event that is not counted is never single
    this.#unticketed.set(event, before === undefined ? "once" : "more");
  }

  /** Whether an event was published without a ticket exactly once. */
  isSingleUnticketed(event: string): boolean {
    return this.#unticketed.get(event) === "once";
  }

  /** Notes that a responder id has said that it names signals, which stays so. */
  noteNaming(responderId: string): void {
    if (this.#naming.has(responderId)) return;
    this.#naming.add(responderId);
    dropOldest(this.#naming, MAX_NAMING);
  }

  /** Whether a responder id has ever said that it names signals. */
  namesSignals(responderId: string): boolean {
    return this.#naming.has(responderId);
  }

  /**
   * How many `initialization`s go out before the next signal of an event, so that
   * the responses of these peers of 1.0.1 to it can be told from their responses
   * to earlier ones. None where that would be too many: then a response is
   * uncertain, and lifts the peer's floor for the next signal. For a peer that
   * stays silent each fence would be twice as long as the one before.
   */
  fenceFor(event: string, responderIds: Iterable<string>): number {
    const log = this.#log;
    const needing: string[] = [];
    let longest = 0;
    for (const responderId of responderIds) {
      const size = log.fenceSize(responderId, event);
      const isInVain = size > MAX_FENCE_IN_SILENCE && log.isSilent(responderId);
      if (size === 0 || size > MAX_FENCE || isInVain) continue;
      needing.push(responderId);
      longest = Math.max(longest, size);
    }
    for (const responderId of needing) log.noteFence(responderId);
    return longest;
  }
}
