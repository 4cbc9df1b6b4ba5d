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
 * that could have opened without them. For that it must have known every call, so
 * a call that knew every call must have answered it, or it must have heard no new
 * entry for a while.
 *
 * Why all get the same values. Those of the valid `open` count, and no others: the
 * call that made it put in what it knew. A call that lacks the value of a member
 * asks for it first; so the value of a member is there that lives, has kept its
 * link, and is not too slow to answer.
 *
 * Why one group at most leaves where a quorum is enough. A quorum is more than
 * half of the parties, so that two groups of which each is a quorum share a party;
 * a party that has left does not call again in the same generation.
 *
 * 5. By 1 to 3, a valid `open` for a part of W is as good as one for all of W. A
 *    call of W that it does not name hears it, and is *late*: it fails. A call that
 *    lost its link at that time waits on; too few are left to leave with it.
 * 6. A call that arrives after the `open` is answered by none, because all members
 *    have left. If A parties fail by a `give-up`, none of them has left by an
 *    `open` (2); so where fewer than a quorum are left of all parties without A,
 *    no group has left nor will. Else the outcome is unknown.
 *
 * @module
 */
import type { CallState } from "../meeting/call.ts";
import type { Member } from "../meeting/message.ts";
import type { AttendanceTerms } from "./attendance.ts";
import type { Decision, Failure } from "./decision.ts";
import { BarrierDoubt } from "./doubt.ts";
import {
  backDuty,
  type Duty,
  dutyOf,
  ENTRY,
  type Leaving,
  mayOpen,
} from "./duty.ts";
import type { Arrive, Back, BarrierMessage, Claim, GiveUp } from "./message.ts";
import { BarrierView } from "./view.ts";

/** The call and its barrier. */
export interface BarrierStateOptions extends AttendanceTerms {
  /** The call's id, its party's name, its value as JSON, and the round. */
  readonly id: string;
  readonly party: string;
  readonly value?: string | undefined;
  readonly round: string;
  /** The time in milliseconds. */
  readonly now?: () => number;
  /** A number from 0 to 1. */
  readonly random?: () => number;
  /** Most characters of the values that every `state` repeats. @default {16_384} */
  readonly few?: number;
}

/** The state of one call. */
export class BarrierState implements CallState<BarrierMessage, Decision> {
  readonly #id: string;
  readonly #party: string;
  readonly #value: { readonly value?: string };
  readonly #round: string;
  readonly #random: () => number;
  readonly #view: BarrierView;
  #said = 0;
  /** The entries of its own that it waits to hear. */
  readonly #entries = new Set<string>();
  #doubt: BarrierDoubt | undefined;
  #leaving: Pick<GiveUp, "by" | "reason"> | undefined;
  #decision: Decision | undefined;

  constructor(options: BarrierStateOptions) {
    const { id, party, value, round, random = Math.random } = options;
    this.#id = id;
    this.#party = party;
    this.#value = value === undefined ? {} : { value };
    this.#round = round;
    this.#random = random;
    const { now = () => performance.now(), few } = options;
    this.#view = new BarrierView(options, now, few);
    this.#view.values.learn(id, value);
  }

  get decision(): Decision | undefined {
    return this.#decision;
  }

  get doubtful(): boolean {
    return this.#doubt !== undefined;
  }

  /** Whether it gives up, or was left behind by one that did. */
  get leaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** What to publish when the subscription is confirmed, at first and again. */
  enter(): Arrive | Back {
    const entry = { ...this.#common(), party: this.#party, ...this.#value };
    this.#entries.add(entry.mid);
    return this.#doubt === undefined
      ? { kind: "arrive", ...entry }
      : { kind: "back", ...entry, ...this.#doubt.report };
  }

  lost(): void {
    if (this.#entries.size === 0 && !this.#view.hasEntered) return;
    if (this.leaving) return this.abandon();
    const { roster, entries, knowsAll } = this.#view;
    this.#doubt ??= new BarrierDoubt(this.#id, roster, entries, knowsAll);
    this.#doubt.restart();
    this.#view.forget();
    this.#entries.clear();
  }

  expire(reason: "timeout" | "aborted"): void {
    if (this.doubtful) return this.abandon();
    if (reason === "aborted" || !this.leaving) {
      this.#leaving = { by: this.#party, reason };
    }
  }

  abandon(): void {
    this.#fail("disconnected", this.#party, true);
  }

  /** What to publish after ending without knowing how. */
  farewell(): GiveUp | undefined {
    const { decision } = this;
    if (decision?.kind !== "failed" || !decision.unknown) return undefined;
    const why = { by: this.#party, reason: "disconnected" } as const;
    return this.#giveUp([this.#id], why);
  }

  take(message: BarrierMessage): void {
    if (this.#decision !== undefined) return;
    if (this.#entries.has(message.mid)) {
      this.#entries.clear();
      this.#view.enter();
    }
    if (!this.#view.hasEntered) return;
    if ("party" in message) this.#view.hear(message);
    this.#heed(message);
    this.#view.note();
  }

  get due(): Duty | undefined {
    return this.#view.hasEntered || this.#decision !== undefined
      ? this.duty
      : ENTRY;
  }

  /** What there is to say after the entry, if anything. */
  get duty(): Duty | undefined {
    if (this.#decision !== undefined || !this.#view.hasEntered) {
      return undefined;
    }
    if (this.#doubt === undefined) {
      return dutyOf(this.#id, this.#view, this.#howLeaving(), this.#random);
    }
    if (!this.#doubt.unheard) return undefined;
    return backDuty(this.#view.version, this.#random);
  }

  perform({ kind }: Duty): BarrierMessage {
    const { roster: { members }, values } = this.#view;
    switch (kind) {
      case "enter":
        return this.enter();
      case "back":
        this.#doubt!.unheard = false;
        return this.enter();
      case "give-up":
        return this.#giveUp(members.map(([id]) => id), this.#why());
      case "open":
        return { ...this.#claim(kind, members), ...values.all(members) };
      case "ask":
        this.#view.hasAsked = true;
        return { ...this.#state(), lacks: values.lacked(members) };
      case "state":
        return this.#state();
    }
  }

  #heed(message: BarrierMessage): void {
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

  #takeArrive({ id, mid, party, value }: Arrive): void {
    this.#view.version = mid;
    if (party === this.#party && id !== this.#id) {
      return this.#fail("replaced", party, this.doubtful);
    }
    this.#view.roster.arrive(id, party);
    this.#view.values.learn(id, value);
    // A newcomer must know of a call in doubt, which counts it from now on.
    if (this.#doubt !== undefined) this.#doubt.unheard = true;
  }

  #takeBack(back: Back): void {
    this.#view.version = back.mid;
    this.#view.roster.back(back.id, back.party);
    this.#view.values.learn(back.id, back.value);
    this.#doubt?.take(back);
    const witnesses = this.#doubt?.witnesses;
    if (witnesses !== undefined) {
      this.#trust([...witnesses, [this.#id, this.#party]], false);
    }
  }

  #takeState(claim: Claim): void {
    const { id, after, members, partial = false } = claim;
    const { roster, values, version } = this.#view;
    values.heed(claim);
    if (after !== version) return;
    roster.share(members);
    if (id !== this.#id && roster.has(this.#id)) this.#trust([], !partial);
  }

  #takeOpen({ id, mid, after, members, values = [] }: Claim): void {
    if (after !== this.#view.version) return;
    this.#view.version = mid;
    this.#view.roster.remove(members.map(([member]) => member));
    const parties = new Map(members);
    if (parties.has(this.#id)) {
      this.#decision = { kind: "opened", members, values };
    } else if (this.#view.attendance.isQuorate) {
      if (this.doubtful) return this.abandon();
      const left = [...parties.values()].sort();
      this.#fail("late", parties.get(id) ?? "", false, left);
    }
  }

  #takeGiveUp({ id, mid, ids, by, reason, arrived }: GiveUp): void {
    const { roster, attendance } = this.#view;
    this.#view.version = mid;
    const named = ids.includes(this.#id);
    // With a quorum, the others may go on without a call that lost its link.
    const leftBehind = (roster.has(id) || this.#doubt?.knew(id)) &&
      !(attendance.isQuorate && reason === "disconnected");
    roster.remove(ids);
    // In doubt, an `open` may have come before.
    if (this.doubtful && (named || leftBehind)) return this.abandon();
    if (named) {
      const unknown = !attendance.provesFailure(arrived.length);
      return this.#fail(reason, by, unknown, arrived);
    }
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

  #state(): Claim {
    const { roster: { members }, values, knowsAll } = this.#view;
    return {
      ...this.#claim("state", members),
      ...values.some(members, knowsAll),
      ...(knowsAll ? {} : { partial: true }),
    };
  }

  #claim<Kind extends Claim["kind"]>(
    kind: Kind,
    members: readonly Member[],
  ): Claim & { kind: Kind } {
    return { kind, ...this.#common(), after: this.#view.version, members };
  }

  /** Nothing was decided about this call in the gap. */
  #trust(members: readonly Member[], isInformed: boolean): void {
    this.#view.roster.adopt(members);
    this.#view.answered = true;
    this.#view.informed ||= isInformed;
    this.#doubt = undefined;
  }

  #howLeaving(): Leaving {
    if (this.#leaving === undefined) return "no";
    const { by, reason } = this.#leaving;
    return by === this.#party && reason === "aborted" ? "alone" : "together";
  }

  /** Why it gives up: where it might have opened the barrier, the values were too large. */
  #why(): Pick<GiveUp, "by" | "reason"> {
    return mayOpen(this.#view, this.#howLeaving())
      ? { by: this.#party, reason: "too-large" }
      : this.#leaving!;
  }

  #arrived(): string[] {
    const others = this.#doubt?.parties ?? this.#view.roster.parties;
    return [...new Set([...others, this.#party])].sort();
  }

  #common(): Pick<GiveUp, "round" | "mid" | "id"> {
    const mid = `${this.#id}/${++this.#said}`;
    return { round: this.#round, mid, id: this.#id };
  }
}
