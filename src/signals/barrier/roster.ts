/**
 * The calls that one call of `barrier()` knows to wait, and whether all other
 * calls know them.
 *
 * @module
 */
import type { Member } from "../meeting/message.ts";
import type { Parties } from "../meeting/terms.ts";

/** The calls that wait, the most senior first. */
export class BarrierRoster {
  #names = new Map<string, string>();
  /** The calls that came back in doubt: each may count a call that it has heard of since. */
  readonly #back = new Map<string, string>();
  /** The calls that every call knows. */
  readonly #shared = new Set<string>();

  /** The calls that wait, with the names of their parties. */
  get members(): Member[] {
    return [...this.#names];
  }

  /** How many calls wait. */
  get size(): number {
    return this.#names.size;
  }

  /** The calls that came back in doubt, and are not known to wait. */
  get doubtful(): Member[] {
    return [...this.#back].filter(([id]) => !this.#names.has(id));
  }

  /** The names of the parties that wait. */
  get parties(): string[] {
    return [...new Set(this.#names.values())];
  }

  /** Whether every other call knows all that are known here. */
  get isShared(): boolean {
    return this.#names.keys().every((id) => this.#shared.has(id));
  }

  /** Whether a call waits. */
  has(id: string): boolean {
    return this.#names.has(id);
  }

  /** How many are more senior. */
  rank(id: string): number {
    let rank = 0;
    for (const other of this.#names.keys()) {
      if (other === id) return rank;
      rank++;
    }
    return 0;
  }

  /** How many parties wait; of these, if they are named. */
  count(parties: Parties): number {
    return typeof parties === "number"
      ? this.#names.size
      : parties.intersection(new Set(this.#names.values())).size;
  }

  /** A call arrived: it replaces another of its party, and knows no call yet. */
  arrive(id: string, party: string): void {
    this.#shared.clear();
    this.#shared.add(id);
    this.remove(
      [...this.#back, ...this.#names]
        .filter(([other, name]) => name === party && other !== id)
        .map(([other]) => other),
    );
    this.#names.set(id, party);
  }

  /** A call came back, and has forgotten all others. */
  back(id: string, party: string): void {
    this.#shared.clear();
    this.#back.set(id, party);
  }

  /** Every call knows these now; their order is the order of all from now on. */
  share(members: readonly Member[]): void {
    for (const [id] of members) this.#shared.add(id);
    this.adopt(members);
  }

  /** These wait, too. */
  adopt(members: readonly Member[]): void {
    this.#names = new Map([...members, ...this.#names]);
  }

  /** These wait no more. */
  remove(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#names.delete(id);
      this.#back.delete(id);
    }
  }

  /** No call is known any more. */
  clear(): void {
    this.#names.clear();
    this.#back.clear();
  }
}
