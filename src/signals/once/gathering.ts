/**
 * How the parties of `once()` agree to meet, as one call sees it: which calls are
 * there, which meeting is proposed, and which meetings never came about. Pure.
 *
 * @module
 */
import type { OnceDuty, OnceMoment } from "./duty.ts";
import type {
  OnceDead,
  OnceJoin,
  OnceLeave,
  OnceReady,
  OnceStart,
} from "./message.ts";
import { OnceProposal } from "./proposal.ts";

/** Most meetings that are remembered not to have come about. */
const MAX_DEAD = 8;

/** What comes before a meeting. */
export class OnceGathering {
  readonly #wanted: number | ReadonlySet<string>;
  /** The calls that have agreed to no meeting, by their parties. */
  readonly #roster = new Map<string, string>();
  #proposal: OnceProposal | undefined;
  readonly #dead: string[] = [];
  #isAskedForDead = false;

  /** @param wanted How many parties, or which. */
  constructor(wanted: number | ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  /** The meeting to which this call has agreed, and all others may still agree. */
  get proposal(): OnceProposal | undefined {
    return this.#proposal;
  }

  /**
   * What a call has to say.
   *
   * @param isFree Whether it may agree to a meeting.
   * @param isLeaving Whether it gives up.
   */
  *due(
    moment: OnceMoment,
    isFree: boolean,
    isLeaving: boolean,
  ): Iterable<OnceDuty> {
    const { id, after } = moment;
    if (this.#isAskedForDead) {
      const body = { kind: "dead", meetings: this.#dead } as const;
      yield { body, about: `dead ${after}`, delay: this.#turn(moment) };
    }
    const proposal = this.#proposal;
    if (proposal === undefined) {
      if (!isFree || !this.#isComplete(this.#roster)) return;
      const members = [...this.#roster]
        .map(([party, id]) => [id, party] as const);
      const body = { kind: "start", after, members } as const;
      yield { body, about: `start ${after}`, delay: this.#turn(moment) };
    } else if (isLeaving) {
      yield { body: { kind: "leave" }, about: "leave", delay: 0 };
    } else if (!proposal.hasAgreed(id)) {
      const { meeting } = proposal;
      const about = `ready ${meeting}`;
      yield { body: { kind: "ready", meeting }, about, delay: 0 };
    }
  }

  /** The parties that are there. */
  get parties(): string[] {
    return [...this.#roster.keys()];
  }

  /** The link was lost: no call is known any more. */
  clear(): void {
    this.#proposal = undefined;
    this.#roster.clear();
    this.#isAskedForDead = false;
  }

  /** A call joined; returns whether this ends the meeting that was proposed. */
  join({ id, party, doubt }: OnceJoin): boolean {
    const isEnd = this.#proposal?.hasParty(party) ?? false;
    if (isEnd) this.#bury();
    if (doubt === undefined) this.#roster.set(party, id);
    else if (this.#dead.includes(doubt)) this.#isAskedForDead = true;
    return isEnd;
  }

  /** A call left; returns whether this ends the meeting that was proposed. */
  leave({ id }: OnceLeave): boolean {
    for (const [party, other] of this.#roster) {
      if (other === id) this.#roster.delete(party);
    }
    const isEnd = this.#proposal?.has(id) ?? false;
    if (isEnd) this.#bury();
    return isEnd;
  }

  /** A valid proposal; the call `id` agrees to it if it is free to, and a member. */
  start({ mid, members }: OnceStart, id: string, isFree: boolean): void {
    const proposal = new OnceProposal(mid, members);
    for (const party of proposal.parties) this.#roster.delete(party);
    if (!isFree || this.#proposal !== undefined) return;
    if (!proposal.has(id) || !this.#isComplete(new Set(proposal.parties))) {
      return;
    }
    this.#proposal = proposal;
  }

  /** A call agreed; returns the meeting if all have agreed to it now. */
  ready({ id, meeting }: OnceReady): OnceProposal | undefined {
    const proposal = this.#proposal;
    if (proposal?.meeting !== meeting) return undefined;
    proposal.agree(id);
    if (!proposal.isAgreed) return undefined;
    this.#proposal = undefined;
    return proposal;
  }

  /** Another call has said which meetings never came about. */
  said({ meetings }: OnceDead): void {
    if (this.#dead.some((meeting) => meetings.includes(meeting))) {
      this.#isAskedForDead = false;
    }
  }

  /** The meeting never comes about: its members join again. */
  #bury(): void {
    this.#dead.push(this.#proposal!.meeting);
    if (this.#dead.length > MAX_DEAD) this.#dead.shift();
    this.#proposal = undefined;
    this.#roster.clear();
  }

  #turn({ turn, party }: OnceMoment): number {
    return turn(Math.max(0, this.parties.indexOf(party)));
  }

  #isComplete(parties: ReadonlySetLike<unknown>): boolean {
    return typeof this.#wanted === "number"
      ? parties.size >= this.#wanted
      : parties.size === this.#wanted.size && this.#wanted.isSubsetOf(parties);
  }
}
