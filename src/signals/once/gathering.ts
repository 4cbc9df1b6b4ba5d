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

/** Most meetings that are remembered not to have come about. */
const MAX_DEAD = 8;

/** A meeting that comes about when all its members have agreed. */
interface OnceProposal {
  /** Names the meeting. */
  readonly meeting: string;
  /** The parties of the members, by their calls. */
  readonly members: ReadonlyMap<string, string>;
  /** The calls that have agreed. */
  readonly agreed: Set<string>;
}

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
    } else if (!proposal.agreed.has(id)) {
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
    const isEnd = this.#buryIf(({ members }) =>
      members.values().some((name) => name === party)
    );
    if (doubt === undefined) this.#roster.set(party, id);
    else if (this.#dead.includes(doubt)) this.#isAskedForDead = true;
    return isEnd;
  }

  /** A call left; returns whether this ends the meeting that was proposed. */
  leave({ id }: OnceLeave): boolean {
    for (const [party, other] of this.#roster) {
      if (other === id) this.#roster.delete(party);
    }
    return this.#buryIf((proposal) => proposal.members.has(id));
  }

  /** A valid proposal; the call `id` agrees to it if it is free to, and a member. */
  start({ mid, members }: OnceStart, id: string, isFree: boolean): void {
    const calls = new Map(members);
    const parties = new Set(calls.values());
    for (const party of parties) this.#roster.delete(party);
    if (!isFree || this.#proposal !== undefined) return;
    if (!calls.has(id) || !this.#isComplete(parties)) return;
    this.#proposal = { meeting: mid, members: calls, agreed: new Set() };
  }

  /** A call agreed; returns the meeting if all have agreed to it now. */
  ready({ id, meeting }: OnceReady): OnceProposal | undefined {
    const proposal = this.#proposal;
    if (proposal?.meeting !== meeting) return undefined;
    const { members, agreed } = proposal;
    if (members.has(id)) agreed.add(id);
    if (agreed.size < members.size) return undefined;
    this.#proposal = undefined;
    return proposal;
  }

  /** Another call has said which meetings never came about. */
  said({ meetings }: OnceDead): void {
    if (this.#dead.some((meeting) => meetings.includes(meeting))) {
      this.#isAskedForDead = false;
    }
  }

  /** If so, the meeting never comes about: its members join again. */
  #buryIf(isEnd: (proposal: OnceProposal) => boolean): boolean {
    if (this.#proposal === undefined || !isEnd(this.#proposal)) return false;
    this.#dead.push(this.#proposal.meeting);
    if (this.#dead.length > MAX_DEAD) this.#dead.shift();
    this.#proposal = undefined;
    this.#roster.clear();
    return true;
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
