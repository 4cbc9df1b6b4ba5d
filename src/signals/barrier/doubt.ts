/**
 * What a call of `barrier()` remembers when its link was lost, and how the call
 * proves that no decision was made meanwhile, where every other party has lost
 * its link as well.
 *
 * @module
 */
import type { Member } from "../meeting/message.ts";
import { type Back, entryNumber } from "./message.ts";
import type { BarrierRoster } from "./roster.ts";

/** From a lost link until it is known that nothing was decided. */
export class BarrierDoubt {
  readonly #self: string;
  readonly #names: ReadonlyMap<string, string>;
  /** Those of them that were in doubt: they may count this call, but it counts none of them. */
  readonly #unsure: readonly string[];
  readonly #last: ReadonlyMap<string, number>;
  readonly #exact: boolean;
  readonly #back = new Map<string, Back>();
  /** Whether a call is there that has not heard that this call is back. */
  unheard = false;

  /**
   * @param self The call's id.
   * @param roster The calls that it knew.
   * @param last The number of the last entry of each call that it has heard of.
   * @param exact Whether no other call can know of this one.
   */
  constructor(
    self: string,
    { members, doubtful }: Pick<BarrierRoster, "members" | "doubtful">,
    last: ReadonlyMap<string, number>,
    exact: boolean,
  ) {
    this.#self = self;
    this.#names = new Map(
      [...doubtful, ...members].filter(([id]) => id !== self),
    );
    this.#unsure = doubtful.map(([id]) => id);
    this.#last = last;
    this.#exact = exact;
  }

  /** The parties of the others that it knew. */
  get parties(): string[] {
    return [...this.#names.values()];
  }

  /** What it has to say when it is back. */
  get report(): Pick<Back, "known" | "unsure" | "last" | "heard"> {
    const known = [...this.#names.keys()];
    const last = known.map((id) => this.#last.get(id) ?? 0);
    return {
      ...(this.#exact ? { known, unsure: this.#unsure, last } : {}),
      heard: [...this.#back.keys()],
    };
  }

  /** Whether it knew a call. */
  knew(id: string): boolean {
    return this.#names.has(id);
  }

  /** The link was lost again. */
  restart(): void {
    this.#back.clear();
    this.unheard = false;
  }

  /** Another call is back. */
  take(back: Back): void {
    if (back.id === this.#self) return;
    this.#back.set(back.id, back);
    if (!back.heard.includes(this.#self)) this.unheard = true;
  }

  /**
   * The calls that counted this call, the calls that those counted, and so on, if
   * they and all that they had heard of are back and in doubt themselves, by their
   * last entries that are known of: no other call can have opened then.
   */
  get witnesses(): Member[] | undefined {
    if (!this.#exact) return undefined;
    const owed = this.#reach(this.#names.keys(), () => []);
    for (const id of owed) {
      const back = this.#back.get(id);
      if (back?.known === undefined || !this.#isLast(back)) return undefined;
    }
    const counted = this.#reach(
      this.#names.keys().filter((id) => !this.#unsure.includes(id)),
      ({ unsure = [] }) => unsure,
    );
    return [...counted].map((id) => [id, this.#back.get(id)!.party]);
  }

  /** Whether no call has heard of a later entry, which was at another node of a cluster. */
  #isLast(entry: Back): boolean {
    const number = entryNumber(entry);
    return (this.#last.get(entry.id) ?? 0) <= number &&
      this.#back.values().every(({ known = [], last = [] }) =>
        (last[known.indexOf(entry.id)] ?? 0) <= number
      );
  }

  /** These calls, the calls that they knew, but for those that are left out, and so on. */
  #reach(
    ids: Iterable<string>,
    leftOut: (back: Back) => readonly string[],
  ): Set<string> {
    const reached = new Set(ids);
    for (const id of reached) {
      const back = this.#back.get(id);
      for (const known of back?.known ?? []) {
        const isOther = known !== this.#self;
        if (isOther && !leftOut(back!).includes(known)) reached.add(known);
      }
    }
    return reached;
  }
}
