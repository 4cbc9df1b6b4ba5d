/**
 * What one call of `once()` knows, says and may do. Pure: it takes what arrives,
 * and returns what to publish.
 *
 * Invariants. T is `takeoverAfter`; a function may run while its signal has not
 * aborted.
 * - *One at a time*: of all functions of one meeting, at most one may run.
 * - *One value*: all calls of one meeting that end with a result end with the same.
 * - *Not run*: a call that ends with "not-run" belongs to no meeting that came about.
 * - A call that can't know ends with "unknown".
 *
 * What they rest on. A server delivers a channel's messages to all its
 * subscribers in one order, the log. A call *knows* the log without gaps from an
 * entry of its own on (`join`, or `have`) until its link is lost. `start`, `claim`
 * and `state` name the last message that their sender had heard, and are void if
 * another stands before them in the log: all that know the log there judge alike.
 *
 * 1. A meeting comes about where the last of its members says `ready`, if no
 *    member has joined again or left since its `start`. A call that has said
 *    `ready` agrees to no other meeting until it has heard that this one is dead,
 *    so one that has never said so belongs to none: *not run*. A lost link makes a
 *    call join again, which ends a meeting that is about to come, and makes the
 *    call *doubt* it until a call that knows says that it is dead, or how it stands.
 * 2. Whoever knows the log from the last `ready` on sees the meeting alike: each
 *    message changes what all of them see in the same way, and a valid `state`
 *    hands it on. The result is the first `result` of the claim that counts there.
 *    Only calls that see it claim, and none does when there is a result: *one value*.
 *    A result in a `state` is true for ever.
 * 3. A call claims if no claim counts, which is so before the first one, and after a
 *    `release` by a call whose function has ended; or if it has heard no sign of
 *    the function that runs for T. The last sign in the log was sent at s: every
 *    call heard it, or has known the log only since, not before s. A valid claim was
 *    made behind it, so at s + T or later. The function under the older claim
 *    was told to stop by s + T/2, because its call counts from the *sending* of the
 *    last sign of its own that it has heard: *one at a time*.
 * 4. By the same count a runner whose link was lost knows that its claim counts if
 *    it hears its new entry before s + T/2: no other claim stands before that
 *    entry, and so no result but its own. It goes on, and does not tell how the
 *    meeting stands while its own result may be in the gap.
 * 5. A call that has the result leaves when all parties say `have`, but for those
 *    whose last call has left; or when it has waited for them for T/2. It has the
 *    result, and can't lose it.
 *
 * 1 and 3 take it that of each party one process lives: two meetings at once need
 * two calls of each party, of which the first has ended, with its function.
 *
 * @module
 */
import type { CallState } from "../meeting/call.ts";
import type { MeetingTerms } from "../meeting/terms.ts";
import { OnceCourse } from "./course.ts";
import type { OnceDecision, OnceGiveUp } from "./decision.ts";
import type { OnceDuty, OnceMoment } from "./duty.ts";
import { OnceGathering } from "./gathering.ts";
import type { OnceLease } from "./lease.ts";
import type {
  OnceBody,
  OnceClaim,
  OnceDead,
  OnceJoin,
  OnceLeave,
  OnceMessage,
  OnceReady,
  OnceStatus,
} from "./message.ts";
import type { OnceOutcome } from "./outcome.ts";
import { OnceRunner } from "./runner.ts";

/** Milliseconds that each leaves to those before it to speak for all. */
const TURN = 20;
const LAST_TURN = 25;

/** The call and its parties. */
export interface OnceStateOptions
  extends Pick<MeetingTerms, "party" | "parties" | "round"> {
  /** The call's id. */
  readonly id: string;
  readonly takeoverAfter: number;
  /** The time in milliseconds. */
  readonly now?: () => number;
  /** Milliseconds that each leaves to those before it. */
  readonly turn?: number;
}

/** The state of one call. */
export class OnceState implements CallState<OnceMessage, OnceDecision> {
  readonly #id: string;
  readonly #party: string;
  readonly #options: Required<OnceStateOptions>;
  readonly #gathering: OnceGathering;
  readonly #runner: OnceRunner;
  #version = "";
  #said = 0;
  /** The entries of its own that it waits to hear. */
  readonly #entries = new Set<string>();
  /** Whether it knows the log: one of them has been heard since the link is up. */
  #isKnown = false;
  /** Whether the others take it for one that has agreed to no meeting, or that doubts. */
  #hasJoined = false;
  #course: OnceCourse | undefined;
  /** The meeting to which it has agreed, and of which it does not know what became. */
  #doubt: string | undefined;
  #leaving: "timeout" | "aborted" | undefined;
  #decision: OnceDecision | undefined;

  constructor(options: OnceStateOptions) {
    const { id, party, parties, takeoverAfter } = options;
    this.#id = id;
    this.#party = party;
    this.#options = { now: () => performance.now(), turn: TURN, ...options };
    this.#gathering = new OnceGathering(parties);
    this.#runner = new OnceRunner(id, takeoverAfter);
  }

  get decision(): OnceDecision | undefined {
    return this.#decision;
  }

  get doubtful(): boolean {
    return this.#doubt !== undefined;
  }

  get leaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** Whether it has the result, and stays for those that do not. */
  get lingers(): boolean {
    return this.#course?.settled !== undefined;
  }

  /** How its meeting stands, if it knows. */
  get course(): OnceCourse | undefined {
    return this.#course;
  }

  /** Its claim, under which its function is to run or has run. */
  get lease(): OnceLease | undefined {
    return this.#runner.lease;
  }

  lost(): void {
    if (this.#leaving !== undefined) return this.abandon();
    this.#doubt ??= this.#gathering.proposal?.meeting;
    this.#runner.lost(this.#course);
    this.#course?.told();
    if (!this.lingers) {
      this.#doubt ??= this.#course?.meeting;
      this.#course = undefined;
    }
    this.#gathering.clear();
    this.#entries.clear();
    this.#isKnown = this.#hasJoined = false;
  }

  expire(reason: "timeout" | "aborted"): void {
    // A call that has agreed to a meeting must hear whether that comes about before the call has left.
    if (this.#gathering.proposal === undefined) this.#giveUp(reason);
    else this.#leaving = reason;
  }

  abandon(): void {
    this.#giveUp(this.#leaving ?? "disconnected");
  }

  /** Ends the wait for parties that do not have the result. */
  conclude(): void {
    const settled = this.#course?.settled;
    if (settled !== undefined) this.#decision ??= { kind: "settled", settled };
  }

  /** What to publish after a failure. */
  farewell(): OnceLeave | undefined {
    if (this.#decision?.kind !== "failed") return undefined;
    return { kind: "leave", ...this.#common() };
  }

  /** The function of a claim of its own has ended. */
  settle(claim: string, outcome: OnceOutcome): void {
    this.#runner.settle(claim, outcome);
  }

  take(message: OnceMessage): void {
    if (this.#decision !== undefined) return;
    const isEntry = this.#entries.has(message.mid);
    if (isEntry) {
      this.#entries.clear();
      this.#isKnown = this.#hasJoined = true;
    }
    if (!this.#isKnown) return;
    const isValid = !("after" in message) || message.after === this.#version;
    this.#version = message.mid;
    if (isValid) this.#dispatch(message);
    if (isEntry) this.#resume();
    if (this.#course?.isOver) this.conclude();
  }

  get due(): OnceDuty | undefined {
    return this.duties[0];
  }

  /** What there is to say, the most urgent first. */
  get duties(): OnceDuty[] {
    if (this.#decision !== undefined) return [];
    const duties = this.#hasJoined
      ? [...this.#due()]
      : [{ body: this.#entry(), about: "entry", delay: 0, isEntry: true }];
    return duties.sort((one, other) => one.delay - other.delay);
  }

  perform({ body }: OnceDuty): OnceMessage {
    const common = this.#common();
    if (!this.#hasJoined) this.#entries.add(common.mid);
    if (body.kind === "claim" || body.kind === "beat") {
      this.#runner.send(common.mid, this.#now());
    }
    return { ...body, ...common };
  }

  #entry(): OnceBody {
    const party = this.#party;
    const doubt = this.#doubt;
    return this.lingers
      ? { kind: "have", meeting: this.#course!.meeting, party }
      : { kind: "join", party, ...(doubt === undefined ? {} : { doubt }) };
  }

  *#due(): Iterable<OnceDuty> {
    const moment: OnceMoment = {
      id: this.#id,
      party: this.#party,
      after: this.#version,
      now: this.#now(),
      turn: (place) => Math.min(place, LAST_TURN) * this.#options.turn,
    };
    yield* this.#gathering.due(moment, this.#isFree, this.leaving);
    if (this.#course === undefined) return;
    yield* this.#course.due(moment, this.#runner.mayHaveSaid(this.#course));
    yield* this.#runner.due(this.#course, moment);
  }

  #dispatch(message: OnceMessage): void {
    switch (message.kind) {
      case "join":
        return this.#takeJoin(message);
      case "start":
        return this.#gathering.start(message, this.#id, this.#isFree);
      case "ready":
        return this.#takeReady(message);
      case "dead":
        return this.#takeDead(message);
      case "claim":
        return this.#takeClaim(message);
      case "beat":
        this.#runner.hear(message);
        return this.#course?.sign(message, this.#now());
      case "release":
        return this.#course?.sign(message, this.#now());
      case "result":
        return this.#course?.end(message);
      case "have":
        return this.#course?.have(message);
      case "state":
        return this.#takeState(message);
      case "leave":
        this.#course?.leave(message);
        if (this.#gathering.leave(message)) this.#rejoin();
    }
  }

  #takeJoin(message: OnceJoin): void {
    const { id, party } = message;
    if (this.#gathering.join(message)) this.#rejoin();
    this.#course?.join(message);
    if (party === this.#party && id !== this.#id) this.#giveUp("replaced");
  }

  /** The meeting to which it has agreed never comes about. */
  #rejoin(): void {
    this.#hasJoined = false;
    if (this.#leaving !== undefined) this.#giveUp(this.#leaving);
  }

  #takeReady(message: OnceReady): void {
    const proposal = this.#gathering.ready(message);
    if (proposal === undefined) return;
    const { meeting, members } = proposal;
    this.#course = new OnceCourse(meeting, members, this.#now());
    if (this.#leaving !== undefined) this.#giveUp(this.#leaving);
  }

  #takeDead(message: OnceDead): void {
    this.#gathering.said(message);
    if (!message.meetings.includes(this.#doubt ?? "")) return;
    this.#doubt = undefined;
    this.#hasJoined = false;
  }

  #takeClaim(message: OnceClaim): void {
    const course = this.#course;
    if (course?.meeting !== message.meeting) return;
    course.take(message, this.#now());
    if (course.claimed?.claim === message.mid) {
      this.#runner.claimed(message, this.#now());
    }
  }

  #takeState(message: OnceStatus): void {
    const { meeting, owed } = message;
    if (this.#course?.meeting === meeting) return this.#course.told();
    if (this.#course !== undefined) return;
    if (this.#gathering.proposal !== undefined) return;
    if (this.#doubt !== undefined && this.#doubt !== meeting) return;
    if (!owed.includes(this.#party)) return;
    this.#course = OnceCourse.of(message, this.#now());
    this.#doubt = undefined;
  }

  /** Knows again how its meeting stands, and tells those that asked in the gap. */
  #resume(): void {
    this.#course ??= this.#runner.resume(this.#now());
    if (this.#course !== undefined) this.#doubt = undefined;
    this.#course?.ask();
  }

  /** Whether it may agree to a meeting. */
  get #isFree(): boolean {
    return this.#hasJoined && !this.doubtful && this.#course === undefined;
  }

  #giveUp(reason: OnceGiveUp): void {
    this.conclude();
    const { proposal, parties } = this.#gathering;
    const unknown = this.doubtful || proposal !== undefined ||
      this.#course !== undefined;
    const arrived = [...new Set(parties).add(this.#party)].sort();
    this.#decision ??= { kind: "failed", reason, unknown, arrived };
  }

  #now(): number {
    return this.#options.now();
  }

  #common(): Pick<OnceLeave, "round" | "mid" | "id"> {
    const id = this.#id;
    return { round: this.#options.round, mid: `${id}/${++this.#said}`, id };
  }
}
