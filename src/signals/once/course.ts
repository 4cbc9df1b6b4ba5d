/**
 * How a meeting of `once()` stands, as every call that knows it sees it: whose
 * claim counts, what the result is, and which parties do not have it yet. Pure.
 *
 * @module
 */
import type { OnceDuty, OnceMoment } from "./duty.ts";
import type {
  OnceBeat,
  OnceClaim,
  OnceEnd,
  OnceHave,
  OnceJoin,
  OnceLeave,
  OnceRelease,
  OnceStatus,
} from "./message.ts";
import type { OnceOutcome } from "./outcome.ts";

/** A claim that counts. */
export interface Claimed {
  /** The message that made it. */
  readonly claim: string;
  /** The call that made it, and its party. */
  readonly id: string;
  readonly party: string;
}

/** The result of a meeting. */
export interface Settled {
  readonly outcome: OnceOutcome;
  /** The party whose function ended so. */
  readonly by: string;
}

/** A meeting to which all have agreed. */
export class OnceCourse {
  /** Names the meeting. */
  readonly meeting: string;
  /** The parties that do not have the result yet, and the last call of each, where it is known. */
  readonly #owed: Map<string, string | undefined>;
  /** Those of them whose last call has left. */
  readonly #gone = new Set<string>();
  #claimed: Claimed | undefined;
  #settled: Settled | undefined;
  /** Since when no call has given a sign that its function runs. */
  #quietSince: number;
  #isAsked = false;

  /**
   * @param meeting Names the meeting.
   * @param members Its parties, and the call of each, where it is known.
   * @param now When this call learned of it.
   */
  constructor(
    meeting: string,
    members: Iterable<readonly [call: string | undefined, party: string]>,
    now: number,
  ) {
    this.meeting = meeting;
    this.#owed = new Map();
    for (const [call, party] of members) this.#owed.set(party, call);
    this.#quietSince = now;
  }

  /** A meeting as another call tells it. */
  static of(status: OnceStatus, now: number): OnceCourse {
    const { meeting, owed, claim, outcome } = status;
    const members = owed.map((party) => [undefined, party] as const);
    const course = new OnceCourse(meeting, members, now);
    if (claim !== undefined) {
      const [mid, id, party] = claim;
      course.#claimed = { claim: mid, id, party };
      if (outcome !== undefined) course.#settled = { outcome, by: party };
    }
    return course;
  }

  /** The claim that counts; undefined where any call may claim. */
  get claimed(): Claimed | undefined {
    return this.#claimed;
  }

  /** The result, if there is one. */
  get settled(): Settled | undefined {
    return this.#settled;
  }

  /** Whether no call is left that is waiting for the result. */
  get isOver(): boolean {
    return this.#owed.size === this.#gone.size;
  }

  /** Since when no call has given a sign that its function runs. */
  get quietSince(): number {
    return this.#quietSince;
  }

  /** How the meeting stands, for calls that do not know. */
  get status(): Pick<OnceStatus, "meeting" | "owed" | "claim" | "outcome"> {
    const { meeting } = this;
    const owed = [...this.#owed.keys()];
    if (this.#claimed === undefined) return { meeting, owed };
    const { claim, id, party } = this.#claimed;
    const outcome = this.#settled?.outcome;
    return {
      meeting,
      owed,
      claim: [claim, id, party],
      ...(outcome === undefined ? {} : { outcome }),
    };
  }

  /**
   * What a call has to say that knows how the meeting stands.
   *
   * @param isSecret Whether it does not tell that.
   */
  *due(moment: OnceMoment, isSecret: boolean): Iterable<OnceDuty> {
    const { meeting } = this;
    const { party, after } = moment;
    if (this.#isAsked && !isSecret) {
      const body = { kind: "state", after, ...this.status } as const;
      yield {
        body,
        about: `state ${after}`,
        delay: moment.turn(this.rank(party)),
      };
    }
    if (this.#settled !== undefined && this.#owed.has(party)) {
      const body = { kind: "have", meeting, party } as const;
      yield { body, about: `have ${meeting}`, delay: 0 };
    }
  }

  /** How many parties are before this one. */
  rank(party: string): number {
    return Math.max(0, [...this.#owed.keys()].indexOf(party));
  }

  /** A call has come, or has come back: it must be told how the meeting stands, if its party does not have the result yet. */
  join({ id, party }: Pick<OnceJoin, "id" | "party">): void {
    if (!this.#owed.has(party)) return;
    this.#owed.set(party, id);
    this.#gone.delete(party);
    this.ask();
  }

  /** A call has given up: its party is not waited for, unless another call of it has come. */
  leave({ id }: Pick<OnceLeave, "id">): void {
    for (const [party, call] of this.#owed) {
      if (call === id) this.#gone.add(party);
    }
  }

  /** There may be calls that must be told how the meeting stands. */
  ask(): void {
    this.#isAsked = true;
  }

  /** All that asked were told; or this call was not there, and knows of none. */
  told(): void {
    this.#isAsked = false;
  }

  /** A valid claim. */
  take({ mid, id, party }: OnceClaim, now: number): void {
    if (this.#settled !== undefined) return;
    this.#claimed = { claim: mid, id, party };
    this.#quietSince = now;
  }

  /** The function of a claim runs, or has ended without an outcome. */
  sign({ kind, claim }: OnceBeat | OnceRelease, now: number): void {
    if (claim !== this.#claimed?.claim || this.#settled !== undefined) return;
    this.#quietSince = now;
    if (kind === "release") this.#claimed = undefined;
  }

  /** The function of a claim has ended. */
  end({ claim, outcome }: OnceEnd): void {
    if (claim !== this.#claimed?.claim || this.#settled !== undefined) return;
    this.#settled = { outcome, by: this.#claimed.party };
  }

  /** A party has the result. */
  have({ meeting, party }: Pick<OnceHave, "meeting" | "party">): void {
    if (meeting !== this.meeting) return;
    this.#owed.delete(party);
    this.#gone.delete(party);
  }
}
