/**
 * What one call of `barrier()` knows, says and decides. Pure: it takes what
 * arrives, and returns what to publish.
 *
 * Why all calls that keep their link decide the same. A server delivers a
 * channel's messages to all its subscribers in one order; call it the log. A call
 * knows the log without gaps from its own `arrive` on.
 *
 * 1. The *version* of the log is its last message that is no `state` and no void
 *    claim. A claim (`open` or `state`) names the version that it was made from,
 *    and is void if it comes when the version is another. All calls judge that
 *    alike, because each knows the version exactly: its own `arrive` is one.
 * 2. Let W be the calls that have arrived, and are not yet named by a valid
 *    `open`, by a `give-up`, or replaced by a later call of their party. The calls
 *    that a call knows are always part of W: it hears of calls by their `arrive`,
 *    or by a valid `state`, which is as true for its receivers as for its sender;
 *    and it hears all that takes them out.
 * 3. So the members of a valid `open` are all in W, were all subscribed when it
 *    was made, and nothing has taken one out: each of them hears it, undecided,
 *    and leaves. What comes later finds none of them.
 * 4. A `give-up` fails the calls that it names, wherever it comes. A call that is
 *    left behind by the `give-up` of a call that it knew gives up as well.
 *
 * After a lost link the log has a gap, and the call is in *doubt*: it counts no
 * call and claims nothing, until a call that is not in doubt still counts it (by
 * 2, it is undecided then); or until all calls that it had ever known, in doubt or
 * not, and all that those had known, are back like itself: then no call is left
 * that could have opened without them. For that it must have known every call, and
 * so must have heard the log for a while.
 *
 * @module
 */
import type { Decision, Failure } from "./decision.ts";
import { BarrierDoubt } from "./doubt.ts";
import {
  type Arrive,
  type Back,
  type BarrierMessage,
  type Claim,
  entryNumber,
  type GiveUp,
  type Member,
} from "./message.ts";
import { BarrierRoster } from "./roster.ts";

/** Milliseconds that each leaves to those before it to speak for all. */
const TURN = 20;
const LAST_TURN = 25;
const GIVE_UP_TURN = 2;
/** Milliseconds, twice as many at most, that a newcomer leaves to the calls that know more. */
const NEWCOMER_DELAY = 50;
/** Milliseconds in which a call has heard from all others that wait. */
const SETTLED = 500;
/** Milliseconds, twice as many at most, in which several calls are heard before all are answered. */
const BACK_DELAY = 10;

/** Something to publish after `delay` milliseconds, unless it is needless by then. */
export interface Duty {
  readonly kind: "back" | "state" | "open" | "give-up";
  /** Changes with what the duty is about. */
  readonly about: string;
  readonly delay: number;
}

/** The call and its barrier. */
export interface BarrierStateOptions {
  /** The call's id, its party's name, and the round. */
  readonly id: string;
  readonly party: string;
  readonly round: string;
  /** How many parties, or which. */
  readonly parties: number | ReadonlySet<string>;
  /** The time in milliseconds. */
  readonly now?: () => number;
  /** A number from 0 to 1. */
  readonly random?: () => number;
}

/** The state of one call. */
export class BarrierState {
  readonly #id: string;
  readonly #party: string;
  readonly #options: Required<BarrierStateOptions>;
  readonly #roster = new BarrierRoster();
  #version = "";
  /** The number of the last entry of each call. */
  readonly #last = new Map<string, number>();
  #said = 0;
  /** The entries of its own that it waits to hear. */
  readonly #entries = new Set<string>();
  /** When it heard its entry; undefined before. */
  #since: number | undefined;
  #doubt: BarrierDoubt | undefined;
  #leaving: Pick<GiveUp, "by" | "reason"> | undefined;
  #decision: Decision | undefined;

  constructor(options: BarrierStateOptions) {
    this.#id = options.id;
    this.#party = options.party;
    this.#options = {
      now: () => performance.now(),
      random: Math.random,
      ...options,
    };
  }

  /** How it ended, if it has. */
  get decision(): Decision | undefined {
    return this.#decision;
  }

  /** Whether its own arrival has been heard: since then, the log is known. */
  get entered(): boolean {
    return this.#since !== undefined;
  }

  /** Whether it may have been decided while the link was lost. */
  get doubtful(): boolean {
    return this.#doubt !== undefined;
  }

  /** Whether it gives up, or was left behind by one that did. */
  get leaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** What to publish when the subscription is confirmed, at first and again. */
  enter(): Arrive | Back {
    const entry = { ...this.#common(), party: this.#party };
    this.#entries.add(entry.mid);
    return this.#doubt === undefined
      ? { kind: "arrive", ...entry }
      : { kind: "back", ...entry, ...this.#doubt.report };
  }

  /** The link was lost, if only for a moment. */
  lost(): void {
    if (this.#entries.size === 0 && !this.entered) return;
    if (this.leaving) return this.abandon();
    this.#doubt ??= new BarrierDoubt(
      this.#id,
      this.#roster.members,
      this.#roster.doubtful,
      this.#last,
      this.#isSenior(),
    );
    this.#doubt.restart();
    this.#roster.clear();
    this.#entries.clear();
    this.#since = undefined;
  }

  /** Will not wait any longer. */
  expire(reason: "timeout" | "aborted"): void {
    if (this.doubtful) return this.abandon();
    if (reason === "aborted" || !this.leaving) {
      this.#leaving = { by: this.#party, reason };
    }
  }

  /** Ends without knowing how. */
  abandon(): void {
    this.#fail("disconnected", this.#party, true);
  }

  /** What to publish, if it can be, after ending without knowing how. */
  farewell(): GiveUp {
    return this.#giveUp([this.#id], {
      by: this.#party,
      reason: "disconnected",
    });
  }

  /** Takes a message of the round. */
  take(message: BarrierMessage): void {
    if (this.#decision !== undefined) return;
    if (this.#entries.has(message.mid)) {
      this.#entries.clear();
      this.#since = this.#options.now();
    }
    if (!this.entered) return;
    if ("party" in message) this.#note(message);
    switch (message.kind) {
      case "arrive":
        return this.#takeArrive(message);
      case "back":
        return this.#takeBack(message);
      case "state":
        return this.#takeState(message);
      case "open":
        return this.#takeOpen(message);
      case "give-up":
        return this.#takeGiveUp(message);
    }
  }

  /** What there is to say now, if anything. */
  get duty(): Duty | undefined {
    const due = this.#due();
    if (due === undefined) return undefined;
    const [kind, delay] = due;
    return { kind, delay, about: `${kind} ${this.#version}` };
  }

  /** What to publish as the duty that is due. */
  perform({ kind }: Duty): BarrierMessage {
    switch (kind) {
      case "back":
        this.#doubt!.unheard = false;
        return this.enter();
      case "give-up":
        return this.#giveUp(
          this.#roster.members.map(([id]) => id),
          this.#leaving!,
        );
      default:
        return {
          kind,
          ...this.#common(),
          after: this.#version,
          members: this.#roster.members,
        };
    }
  }

  #due(): [kind: Duty["kind"], delay: number] | undefined {
    if (this.#decision !== undefined || !this.entered) return undefined;
    if (this.#doubt !== undefined) {
      return this.#doubt.unheard
        ? ["back", this.#jitter(BACK_DELAY)]
        : undefined;
    }
    const complete = this.#roster.isComplete(this.#options.parties);
    if (this.#leaving !== undefined && !(complete && this.#mayStay())) {
      return ["give-up", this.#mayStay() ? this.#turn(GIVE_UP_TURN) : 0];
    }
    if (complete) return ["open", this.#turn(TURN)];
    if (this.#roster.isShared) return undefined;
    return [
      "state",
      this.#isSenior() ? this.#turn(TURN) : this.#jitter(NEWCOMER_DELAY),
    ];
  }

  #note(entry: Arrive | Back): void {
    const last = this.#last.get(entry.id) ?? 0;
    this.#last.set(entry.id, Math.max(last, entryNumber(entry)));
  }

  #takeArrive({ id, mid, party }: Arrive): void {
    this.#version = mid;
    if (party === this.#party && id !== this.#id) {
      return this.#fail("replaced", party, this.doubtful);
    }
    this.#roster.arrive(id, party);
    // A newcomer must know of a call in doubt, which counts it from now on.
    if (this.#doubt !== undefined) this.#doubt.unheard = true;
  }

  #takeBack(back: Back): void {
    this.#version = back.mid;
    this.#roster.back(back.id, back.party);
    this.#doubt?.take(back);
    const everybody = this.#doubt?.everybody;
    if (everybody !== undefined) {
      this.#trust([...everybody, [this.#id, this.#party]]);
    }
  }

  #takeState({ id, after, members }: Claim): void {
    if (after !== this.#version) return;
    this.#roster.share(members);
    if (id !== this.#id && this.#roster.has(this.#id)) this.#trust([]);
  }

  #takeOpen({ mid, after, members }: Claim): void {
    if (after !== this.#version) return;
    this.#version = mid;
    const ids = members.map(([id]) => id);
    this.#roster.remove(ids);
    if (ids.includes(this.#id)) this.#decision = { kind: "opened", members };
  }

  #takeGiveUp({ id, mid, ids, by, reason, arrived }: GiveUp): void {
    this.#version = mid;
    const named = ids.includes(this.#id);
    const leftBehind = this.#roster.has(id) || this.#doubt?.knew(id);
    this.#roster.remove(ids);
    // In doubt, an `open` may have come before.
    if (this.doubtful && (named || leftBehind)) return this.abandon();
    if (named) return this.#fail(reason, by, false, arrived);
    if (leftBehind) this.#leaving ??= { by, reason };
  }

  #fail(
    reason: Failure["reason"],
    by: string,
    unknown: boolean,
    arrived: readonly string[] = this.#arrived(),
  ): void {
    this.#decision ??= { kind: "failed", reason, unknown, by, arrived };
  }

  #giveUp(
    ids: readonly string[],
    why: Pick<GiveUp, "by" | "reason">,
  ): GiveUp {
    const arrived = this.#arrived();
    return { kind: "give-up", ...this.#common(), ids, ...why, arrived };
  }

  /** Nothing was decided about this call in the gap. */
  #trust(members: readonly Member[]): void {
    this.#roster.adopt(members);
    this.#doubt = undefined;
  }

  /** Whether it knows all of W, but for what is on its way. */
  #isSenior(): boolean {
    return this.#since !== undefined &&
      this.#options.now() - this.#since >= SETTLED;
  }

  /** Whether it would rather leave with the others than give up. */
  #mayStay(): boolean {
    const { by, reason } = this.#leaving!;
    return by !== this.#party || reason !== "aborted";
  }

  /** All could say the same; so that one does, the others give it time. */
  #turn(ms: number): number {
    return Math.min(this.#roster.rank(this.#id), LAST_TURN) * ms;
  }

  #jitter(ms: number): number {
    return ms * (1 + this.#options.random());
  }

  #arrived(): string[] {
    const others = this.#doubt?.parties ?? this.#roster.parties;
    return [...new Set([...others, this.#party])].sort();
  }

  #common(): Pick<GiveUp, "round" | "mid" | "id"> {
    const mid = `${this.#id}/${++this.#said}`;
    return { round: this.#options.round, mid, id: this.#id };
  }
}
