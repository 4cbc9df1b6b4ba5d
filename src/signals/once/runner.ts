/**
 * The part of one call of `once()` that claims, runs and says so: its claims,
 * the lease under which its function runs, and what it owes the others as the
 * one whose claim counts. Pure.
 *
 * @module
 */
import type { OnceCourse } from "./course.ts";
import type { OnceDuty, OnceMoment } from "./duty.ts";
import { OnceLease } from "./lease.ts";
import type { OnceBeat, OnceClaim } from "./message.ts";
import type { OnceOutcome } from "./outcome.ts";

/** Signs of a running function within `takeoverAfter`. */
const BEATS = 10;

/** The runner's part of a call. */
export class OnceRunner {
  readonly #id: string;
  readonly #takeoverAfter: number;
  /** When its signs were sent that it has not heard yet. */
  readonly #sentAt = new Map<string, number>();
  #beatAt = -Infinity;
  #lease: OnceLease | undefined;
  /** What it saw when it lost its link, while its own claim counted. */
  #aside: OnceCourse | undefined;

  /**
   * @param id The call's id.
   * @param takeoverAfter Milliseconds of silence after which others take over.
   */
  constructor(id: string, takeoverAfter: number) {
    this.#id = id;
    this.#takeoverAfter = takeoverAfter;
  }

  /** Its last claim that counted, and the function under it. */
  get lease(): OnceLease | undefined {
    return this.#lease;
  }

  /** Whether its function runs, in time or not. */
  get isRunning(): boolean {
    return this.#lease?.isRunning ?? false;
  }

  /** The link was lost: what was sent is not heard any more. */
  lost(course: OnceCourse | undefined): void {
    this.#sentAt.clear();
    const claim = course?.claimed?.claim;
    if (claim !== undefined && claim === this.#lease?.claim) {
      this.#aside = course;
    }
  }

  /** What it saw before, if no other claim can stand before the entry that it hears now. */
  resume(now: number): OnceCourse | undefined {
    const course = this.#aside;
    this.#aside = undefined;
    return course === undefined || this.#lease!.check(now) ? undefined : course;
  }

  /** A claim or a sign of its own is sent. */
  send(mid: string, now: number): void {
    this.#sentAt.set(mid, now);
    this.#beatAt = now;
  }

  /**
   * A claim has come to count: if it is its own, and was heard in time, its
   * function begins; if not, its function must stop, if time stood still for it.
   */
  claimed({ mid }: OnceClaim, now: number): void {
    const sentAt = this.#sentAt.get(mid);
    if (sentAt === undefined) return this.#lease?.revoke();
    if (this.isRunning) return;
    this.#lease = new OnceLease(mid, sentAt, this.#takeoverAfter / 2, now);
  }

  /** A sign was heard. */
  hear({ mid, claim }: OnceBeat): void {
    const sentAt = this.#sentAt.get(mid);
    if (sentAt === undefined || this.#lease?.claim !== claim) return;
    this.#sentAt.delete(mid);
    this.#lease.renew(sentAt);
  }

  /** Its function has ended. */
  settle(claim: string, outcome: OnceOutcome): void {
    if (this.#lease?.claim === claim) this.#lease.settle(outcome);
  }

  /** Whether its own result may stand in the log unheard. */
  mayHaveSaid({ claimed, settled }: OnceCourse): boolean {
    return settled === undefined && claimed?.id === this.#id &&
      this.#lease?.outcome !== undefined;
  }

  /** What the call has to say as one that runs or may run. */
  *due(course: OnceCourse, moment: OnceMoment): Iterable<OnceDuty> {
    const { claimed, settled, quietSince, meeting } = course;
    if (settled !== undefined) return;
    const { party, after, now } = moment;
    if (claimed?.id === this.#id) yield* this.#dueUnder(claimed.claim, now);
    else if (!this.isRunning) {
      const wait = claimed === undefined
        ? 0
        : quietSince + this.#takeoverAfter - now;
      const body = { kind: "claim", meeting, after, party } as const;
      const delay = Math.max(0, wait) + moment.turn(course.rank(party));
      yield { body, about: `claim ${after}`, delay };
    }
  }

  *#dueUnder(claim: string, now: number): Iterable<OnceDuty> {
    const lease = this.#lease;
    const outcome = lease?.claim === claim ? lease.outcome : undefined;
    if (outcome !== undefined) {
      const body = { kind: "result", claim, outcome } as const;
      yield { body, about: `result ${claim}`, delay: 0 };
    } else if (lease?.claim !== claim || !lease.isRunning) {
      // A claim that came to count while the link was lost, or late, runs nothing.
      const body = { kind: "release", claim } as const;
      yield { body, about: `release ${claim}`, delay: 0 };
    } else if (!lease.isLapsed) {
      const wait = this.#beatAt + this.#takeoverAfter / BEATS - now;
      const body = { kind: "beat", claim } as const;
      const about = `beat ${this.#beatAt}`;
      yield { body, about, delay: Math.max(0, wait) };
    }
  }
}
