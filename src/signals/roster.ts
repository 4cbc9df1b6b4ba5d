/**
 * Who has subscribed to an exporter, and who waits for them.
 *
 * @module
 */
import type { Wait } from "./pending_publish.ts";
import { RosterWait } from "./roster_wait.ts";

/** The subscribers of one exporter. */
export class Roster {
  readonly #members = new Set<string>();
  readonly #waits = new Set<RosterWait>();

  /** The subscribers, as they are at any time. */
  get members(): ReadonlySet<string> {
    return this.#members;
  }

  /** Adds a subscriber; `false` where it was there. */
  add(responderId: string): boolean {
    if (this.#members.has(responderId)) return false;
    this.#members.add(responderId);
    for (const wait of this.#waits) wait.update(this.#members.size);
    return true;
  }

  /** Takes everybody off. */
  clear(): void {
    this.#members.clear();
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
