/**
 * A meeting of `once()` that is proposed, and which of its members have agreed.
 *
 * @module
 */
import type { Member } from "../meeting/message.ts";

/** A meeting that comes about when all its members have agreed. */
export class OnceProposal {
  /** Names the meeting. */
  readonly meeting: string;
  readonly #names: ReadonlyMap<string, string>;
  readonly #agreed = new Set<string>();

  constructor(meeting: string, members: readonly Member[]) {
    this.meeting = meeting;
    this.#names = new Map(members);
  }

  /** The parties of the members. */
  get parties(): string[] {
    return [...this.#names.values()];
  }

  /** Whether all have agreed. */
  get isAgreed(): boolean {
    return this.#agreed.size === this.#names.size;
  }

  /** Whether a call is a member. */
  has(id: string): boolean {
    return this.#names.has(id);
  }

  /** Whether a party has a member. */
  hasParty(party: string): boolean {
    return this.parties.includes(party);
  }

  /** Whether a member has agreed. */
  hasAgreed(id: string): boolean {
    return this.#agreed.has(id);
  }

  /** A member agrees. */
  agree(id: string): void {
    if (this.#names.has(id)) this.#agreed.add(id);
  }
}
