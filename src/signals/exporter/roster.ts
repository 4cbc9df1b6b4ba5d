/**
 * Who has subscribed to an exporter, what is known of each, and who waits for
 * them.
 *
 * @module
 */
import type { AnswerExtension } from "../../protocol/extension/extension.ts";
import type { Wait } from "./pending_publish.ts";
import { RosterWait } from "./roster_wait.ts";

/** What an exporter knows of one subscriber. */
export class Peer {
  /** It names the signal that it answers; a peer of 1.0.1 names the event alone. */
  correlates = false;
  /** It holds a channel of its own: it can be found missing, and be sent to alone. */
  alive = false;
  /** How many publishes in a row it has not answered. */
  misses = 0;
  /** How many `initialization`s were sent since it joined that it has not answered. */
  unanswered = 0;
  /** Events whose answers may still be on their way, and how many; of a peer of 1.0.1 alone. */
  readonly debts = new Map<string, number>();
  readonly #changed: () => void;

  /** @param changed Is told when it says something else of itself. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Takes what it says of itself when it subscribes. */
  learn(extension: AnswerExtension | undefined): void {
    this.correlates = extension !== undefined;
    this.alive = extension?.alive ?? false;
    this.#changed();
  }
}

/** The subscribers of one exporter. */
export class Roster {
  readonly #members = new Set<string>();
  readonly #peers = new Map<string, Peer>();
  readonly #waits = new Set<RosterWait>();
  readonly #changed = (): void => {
    this.#correlating = undefined;
    this.#current = undefined;
  };
  #correlating: ReadonlySet<string> | undefined;
  #current: ReadonlySet<string> | undefined;

  /** The subscribers, as they are at any time. */
  get members(): ReadonlySet<string> {
    return this.#members;
  }

  /** The subscribers as they are now: one set until they change, then another. */
  get current(): ReadonlySet<string> {
    return this.#current ??= new Set(this.#members);
  }

  /** What is known of a subscriber. */
  peer(responderId: string): Peer | undefined {
    return this.#peers.get(responderId);
  }

  /** The subscribers that name the signals that they answer: one set until that changes, then another. */
  get correlating(): ReadonlySet<string> {
    return this.#correlating ??= new Set(
      [...this.#peers].filter(([, { correlates }]) => correlates)
        .map(([responderId]) => responderId),
    );
  }

  /** Adds a subscriber; `false` where it was there. */
  add(responderId: string): boolean {
    if (this.#members.has(responderId)) return false;
    this.#members.add(responderId);
    this.#changed();
    this.#peers.set(responderId, new Peer(this.#changed));
    for (const wait of this.#waits) wait.update(this.#members.size);
    return true;
  }

  /** Takes a subscriber off; `false` where it was not there. */
  remove(responderId: string): boolean {
    this.#peers.delete(responderId);
    this.#changed();
    if (!this.#members.delete(responderId)) return false;
    for (const wait of this.#waits) wait.update(this.#members.size);
    return true;
  }

  /** Takes everybody off. */
  clear(): void {
    this.#members.clear();
    this.#peers.clear();
    this.#changed();
    for (const wait of this.#waits) wait.update(0);
  }

  /** Begins a wait, whose deadline counts from now; to be given back to {@linkcode leave}. */
  wait(bounds: Wait): RosterWait {
    const wait = new RosterWait(this.#members.size, bounds);
    this.#waits.add(wait);
    return wait;
  }

  /** Ends one wait. */
  leave(wait: RosterWait): void {
    this.#waits.delete(wait);
    wait.release();
  }

  /** Ends every wait with an error. */
  fail(cause: Error): void {
    for (const wait of this.#waits) wait.fail(cause);
  }
}
