/**
 * The values that one call of `barrier()` knows, by the calls that handed them
 * in. The value of a call never changes, so that a value may be learned from any
 * message at any time; which values count is decided by the `open` that names
 * them.
 *
 * @module
 */
import type { Member } from "../meeting/message.ts";
import type { Claim, MemberValue } from "./message.ts";

/** Most bytes of all values together, as JSON in UTF-8. */
export const MAX_VALUES = 512 * 1024;
/** Most characters of the values that every `state` repeats: no more than the list of many members takes. */
const FEW = 16 * 1024;
/** Most bytes of UTF-8 that a character of a string may take. */
const MAX_BYTES = 3;

/** What is known of the values. */
export class BarrierValues {
  readonly #texts = new Map<string, string>();
  /** The calls that have a value, known here or not. */
  readonly #valued = new Set<string>();
  /** The calls whose value is known here, and was asked for. */
  readonly #wanted = new Set<string>();
  readonly #few: number;

  /** @param few Most characters of the values that every `state` repeats. */
  constructor(few: number = FEW) {
    this.#few = few;
  }

  /** Whether another call asks for a value that is known here. */
  get isWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** A call has this value, or none. */
  learn(id: string, text: string | undefined): void {
    if (text === undefined) return;
    this.#texts.set(id, text);
    this.#valued.add(id);
  }

  /** A claim tells values, and asks for some. */
  heed({ members, values = [], lacks = [] }: Claim): void {
    members.forEach(([id], n) => {
      const value = values[n];
      if (value === true) this.#valued.add(id);
      if (typeof value !== "string") return;
      this.learn(id, value);
      this.#wanted.delete(id);
    });
    for (const id of lacks) if (this.#texts.has(id)) this.#wanted.add(id);
  }

  /** The calls whose values exist, but are not known here. */
  lacked(members: readonly Member[]): string[] {
    return members.map(([id]) => id)
      .filter((id) => this.#valued.has(id) && !this.#texts.has(id));
  }

  /** Whether the known values of these calls take too many bytes. */
  areTooLarge(members: readonly Member[]): boolean {
    if (this.#characters(members) * MAX_BYTES <= MAX_VALUES) return false;
    const encoder = new TextEncoder();
    let bytes = 0;
    for (const [id] of members) {
      bytes += encoder.encode(this.#texts.get(id)).length;
    }
    return bytes > MAX_VALUES;
  }

  /** What an `open` says: all that is known. */
  all(members: readonly Member[]): Pick<Claim, "values"> {
    return this.#tell(members, (id) => this.#texts.get(id) ?? null);
  }

  /**
   * What a `state` says: all values while they are few, so that they outlive the
   * call that handed them in; then those that were asked for. Every newcomer is
   * answered by a `state`, so that more would take the square of the bytes.
   *
   * @param knowsAll Whether the call knows all that wait; many that do not may say
   * a `state` at once.
   */
  some(members: readonly Member[], knowsAll: boolean): Pick<Claim, "values"> {
    const few = knowsAll && this.#characters(members) <= this.#few;
    return this.#tell(members, (id) => {
      const text = few || this.#wanted.has(id)
        ? this.#texts.get(id)
        : undefined;
      return text ?? (this.#valued.has(id) || null);
    });
  }

  #tell(
    members: readonly Member[],
    valueOf: (id: string) => MemberValue,
  ): Pick<Claim, "values"> {
    if (!members.some(([id]) => this.#valued.has(id))) return {};
    return { values: members.map(([id]) => valueOf(id)) };
  }

  #characters(members: readonly Member[]): number {
    if (this.#texts.size === 0) return 0;
    return members.reduce(
      (sum, [id]) => sum + (this.#texts.get(id)?.length ?? 0),
      0,
    );
  }
}
