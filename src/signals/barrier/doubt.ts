/**
 * What a call of `barrier()` remembers when its link was lost, and how the call
 * proves that no decision was made meanwhile, where every other party has lost
 * its link as well.
 *
 * @module
 */
import type { Back, Member } from "./message.ts";

/** From a lost link until it is known that nothing was decided. */
export class BarrierDoubt {
  readonly #self: string;
  readonly #names: ReadonlyMap<string, string>;
  readonly #exact: boolean;
  readonly #back = new Map<string, Back>();
  /** Whether a call is there that has not heard that this call is back. */
  unheard = false;

  /**
   * @param self The call's id.
   * @param members All that it knew.
   * @param exact Whether no other call can know of this one.
   */
  constructor(self: string, members: readonly Member[], exact: boolean) {
    this.#self = self;
    this.#names = new Map(members.filter(([id]) => id !== self));
    this.#exact = exact;
  }

  /** The parties of the others that it knew. */
  get parties(): string[] {
    return [...this.#names.values()];
  }

  /** What it has to say when it is back. */
  get report(): Pick<Back, "known" | "heard"> {
    return {
      ...(this.#exact ? { known: [...this.#names.keys()] } : {}),
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
   * The calls that knew of this call, the calls that those knew, and so on, if all
   * of them are back and in doubt themselves: no other call can have opened then.
   */
  get everybody(): Member[] | undefined {
    if (!this.#exact) return undefined;
    const members: Member[] = [];
    const owed = new Set(this.#names.keys());
    for (const id of owed) {
      const back = this.#back.get(id);
      if (back?.known === undefined) return undefined;
      members.push([id, back.party]);
      for (const known of back.known) if (known !== this.#self) owed.add(known);
    }
    return members;
  }
}
