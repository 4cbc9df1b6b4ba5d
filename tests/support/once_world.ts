/**
 * `once()` without sockets: one log, one clock, calls that read the log each at
 * its own pace, the functions that they run, and an oracle that has read all of
 * the log.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { OnceDuty } from "../../src/signals/once/duty.ts";
import type { OnceMessage } from "../../src/signals/once/message.ts";
import { OnceState } from "../../src/signals/once/state.ts";

/** `takeoverAfter` of every world, in ticks of its clock. */
export const TAKEOVER = 4;

/** A function that a call runs or has run. */
interface RunningFunction {
  readonly claim: string;
  /** Whether its signal has aborted. */
  isAborted: boolean;
  isSettled: boolean;
}

/** One call of one party. */
export interface OnceCaller {
  readonly id: string;
  readonly party: string;
  readonly state: OnceState;
  /** Messages that are published but not yet in the log. */
  readonly outbox: OnceMessage[];
  /** All functions that it has run. */
  readonly functions: RunningFunction[];
  /** What it did, and how much of the log it had read then: equal for calls in equal states. */
  readonly history: string[];
  /** The position in the log of the next message to read; undefined while the link is down. */
  read: number | undefined;
  isDead: boolean;
  /** Whether its process does nothing at present, but for its function. */
  isBlocked: boolean;
  /** Since when it has the result, or doubts. */
  lingersSince: number | undefined;
  doubtsSince: number | undefined;
}

/** A meeting, according to the whole log. */
interface Meeting {
  readonly members: readonly (readonly [string, string])[];
  readonly agreed: Set<string>;
  /** Whether it came about; undefined where that is open. */
  isReal?: boolean;
}

/** A channel and the calls on it. */
export class OnceWorld {
  readonly log: OnceMessage[] = [];
  readonly calls: OnceCaller[] = [];
  now = 0;
  /** Pairs of functions that ran at a time although the signal of one had aborted. */
  overlaps = 0;
  /** When each message came into the log. */
  readonly times: number[] = [];
  readonly #parties: number | ReadonlySet<string>;
  /** How each meeting stands behind each position, as the first call said that knew. */
  readonly #views = new Map<string, string>();

  constructor(parties: number | ReadonlySet<string>) {
    this.#parties = parties;
  }

  /** A party calls: it is subscribed, and its entry is on its way. */
  call(party: string): OnceCaller {
    const id = `${party}${this.calls.length}`;
    const state = new OnceState({
      id,
      party,
      round: "0",
      parties: this.#parties,
      takeoverAfter: TAKEOVER,
      now: () => this.now,
      turn: 0,
    });
    const call: OnceCaller = {
      id,
      party,
      state,
      outbox: [],
      functions: [],
      history: [],
      read: this.log.length,
      isDead: false,
      isBlocked: false,
      lingersSince: undefined,
      doubtsSince: undefined,
    };
    this.calls.push(call);
    this.#note(call, "calls");
    return call;
  }

  /** What a call may say now. */
  duties(call: OnceCaller): OnceDuty[] {
    if (!isWaiting(call) || call.read === undefined || call.isBlocked) {
      return [];
    }
    return call.state.duties.filter(({ delay }) => delay <= 0);
  }

  /** A call says what is due. */
  perform(call: OnceCaller, duty: OnceDuty): void {
    call.outbox.push(call.state.perform(duty));
    this.#note(call, duty.body.kind);
  }

  /** The server takes a message. */
  append(call: OnceCaller, index = 0): void {
    // A copy by JSON, so that no reader shares an object with the sender.
    const [message] = call.outbox.splice(index, 1);
    this.log.push(JSON.parse(JSON.stringify(message)));
    this.times.push(this.now);
  }

  /** Whether a call has a message to read. */
  canRead(call: OnceCaller): boolean {
    return isWaiting(call) && !call.isBlocked && call.read !== undefined &&
      call.read < this.log.length;
  }

  /** A call reads its next message. */
  read(call: OnceCaller): void {
    const at = call.read!++;
    call.state.take(this.log[at]!);
    if (this.times[at] !== this.now) this.#note(call, `reads ${at}`);
    this.#compare(call, at);
    this.#attend(call);
  }

  /** A call's link is lost. */
  cut(call: OnceCaller): void {
    call.read = undefined;
    call.state.lost();
    this.#note(call, "cut");
    this.#attend(call);
  }

  /** A call's link is back. */
  heal(call: OnceCaller): void {
    call.read = this.log.length;
    this.#note(call, `heals ${this.log.length}`);
    call.doubtsSince = call.state.doubtful ? this.now : undefined;
  }

  /** A call dies, and its function with it. */
  kill(call: OnceCaller): void {
    call.isDead = true;
  }

  /** A function ends. */
  settle(call: OnceCaller, run: RunningFunction, isError: boolean): void {
    run.isSettled = true;
    const outcome = isError
      ? { error: "Error", message: run.claim }
      : { json: JSON.stringify(run.claim) };
    call.state.settle(run.claim, outcome);
    this.#note(call, `settles ${run.claim} ${isError}`);
  }

  /** A call gives up. */
  expire(call: OnceCaller, reason: "timeout" | "aborted"): void {
    call.state.expire(reason);
    this.#note(call, reason);
    this.#attend(call);
  }

  /** A call stays no longer, or waits for the last word no longer. */
  end(call: OnceCaller): void {
    if (call.state.lingers) call.state.conclude();
    else call.state.abandon();
    this.#attend(call);
  }

  /** A process stands still, or goes on: its signal aborts then, if it is late. */
  block(call: OnceCaller, isBlocked: boolean): void {
    call.isBlocked = isBlocked;
    this.#note(call, `blocked ${isBlocked}`);
    if (!isBlocked) this.#attend(call);
  }

  /** Time passes; the signals that are due abort at once. */
  tick(): void {
    this.now++;
    for (const call of this.calls) this.#attend(call);
  }

  /** Whether so long a wait of a call is over, that it may end. */
  mayEnd({ lingersSince, doubtsSince, state }: OnceCaller): boolean {
    if (state.leaving) return true;
    if (lingersSince !== undefined) {
      return this.now - lingersSince >= TAKEOVER / 2;
    }
    return doubtsSince !== undefined && this.now - doubtsSince >= TAKEOVER;
  }

  /** Whether a signal would have aborted by now if its process did not stand still. */
  isOverdue({ isBlocked, state }: OnceCaller): boolean {
    return isBlocked && this.now >= (state.lease?.end ?? Infinity);
  }

  /** Asserts that at most one function runs whose signal has not aborted. */
  checkFunctions(): void {
    const running: string[] = [];
    let stopped = 0;
    for (const call of this.calls) {
      if (call.isDead) continue;
      for (const run of call.functions) {
        if (run.isSettled) continue;
        if (run.isAborted || this.isOverdue(call)) stopped++;
        else running.push(run.claim);
      }
    }
    if (running.length > 1) this.#fail(`they run at a time: ${running}`);
    if (running.length > 0) this.overlaps += stopped;
  }

  /** Asserts that every decision agrees with the whole log. */
  check(): void {
    const meetings = this.#meetings();
    const results = this.#results(meetings);
    for (const { id, isDead, state: { decision } } of this.calls) {
      if (decision === undefined || isDead) continue;
      const own = [...meetings].filter(([, { isReal, members }]) =>
        isReal && members.some(([member]) => member === id)
      ).map(([meeting]) => meeting);
      if (own.length > 1) this.#fail(`${id} is in two meetings: ${own}`);
      if (decision.kind === "settled") {
        const { outcome } = decision.settled;
        const text = JSON.stringify(outcome);
        const fitting = own.length > 0
          ? [results.get(own[0]!)]
          : [...results.values()];
        if (!fitting.includes(text)) {
          this.#fail(`${id} ends with ${text}, but ${fitting}`);
        }
      } else if (!decision.unknown && own.length > 0) {
        this.#fail(`${id} says that nothing ran, but is in ${own}`);
      }
    }
  }

  /** The meetings of the whole log, and whether they came about. */
  #meetings(): Map<string, Meeting> {
    const meetings = new Map<string, Meeting>();
    let version = "";
    for (const message of this.log) {
      for (const meeting of meetings.values()) {
        if (meeting.isReal !== undefined) continue;
        if (
          message.kind === "join" &&
            meeting.members.some(([, party]) => party === message.party) ||
          message.kind === "leave" &&
            meeting.members.some(([id]) => id === message.id)
        ) meeting.isReal = false;
      }
      if (message.kind === "start" && message.after === version) {
        meetings.set(message.mid, {
          members: message.members,
          agreed: new Set(),
        });
      }
      if (message.kind === "ready") {
        const meeting = meetings.get(message.meeting);
        if (meeting === undefined) this.#fail("a void start was agreed to");
        meeting.agreed.add(message.id);
        if (meeting.agreed.size === meeting.members.length) {
          meeting.isReal ??= true;
        }
      }
      version = message.mid;
    }
    return meetings;
  }

  /** The result of each meeting, as the whole log tells it. */
  #results(meetings: ReadonlyMap<string, Meeting>): Map<string, string> {
    const claims = new Map<string, string>();
    const results = new Map<string, string>();
    let version = "";
    for (const message of this.log) {
      switch (message.kind) {
        case "claim":
          if (message.after !== version || results.has(message.meeting)) break;
          assert(meetings.get(message.meeting)?.isReal, "a claim too many");
          claims.set(message.meeting, message.mid);
          break;
        case "release":
          for (const [meeting, claim] of claims) {
            if (claim !== message.claim || results.has(meeting)) continue;
            claims.delete(meeting);
          }
          break;
        case "result":
          for (const [meeting, claim] of claims) {
            if (claim !== message.claim || results.has(meeting)) continue;
            results.set(meeting, JSON.stringify(message.outcome));
          }
      }
      version = message.mid;
    }
    return results;
  }

  /** All calls that know how a meeting stands must see the same. */
  #compare(call: OnceCaller, at: number): void {
    const course = call.state.course;
    if (course === undefined) return;
    const { claim, outcome } = course.status;
    // A runner that is back may have missed its own result, and does not tell.
    if (outcome === undefined && call.state.lease?.outcome) return;
    const seen = JSON.stringify([claim, outcome]);
    const key = `${course.meeting} ${at}`;
    const other = this.#views.get(key) ?? seen;
    this.#views.set(key, other);
    if (seen !== other) this.#fail(`${call.id} sees ${seen}, not ${other}`);
  }

  /** Starts and stops the function of a call as its state asks for. */
  #attend(call: OnceCaller): void {
    const { state, functions } = call;
    if (call.isDead || call.isBlocked) return;
    const { lease } = state;
    if (
      lease?.isRunning && functions.every(({ claim }) => claim !== lease.claim)
    ) {
      functions.push({
        claim: lease.claim,
        isAborted: false,
        isSettled: false,
      });
    }
    const isLapsed = lease?.check(this.now) || state.decision !== undefined;
    if (isLapsed) { for (const run of functions) run.isAborted = true; }
    call.lingersSince ??= state.lingers ? this.now : undefined;
    if (!state.doubtful) call.doubtsSince = undefined;
  }

  #note(call: OnceCaller, what: string): void {
    call.history.push(`${what} ${call.read} ${this.now}`);
  }

  #fail(what: string): never {
    const log = this.log.map((each, n) =>
      `${n} at ${this.times[n]} ${JSON.stringify(each)}`
    );
    const calls = this.calls.map(({ id, history }) =>
      `${id}: ${history.join(", ")}`
    );
    throw new Error([what, ...log, ...calls].join("\n"));
  }
}

/** Whether a call has not ended yet. */
export function isWaiting({ isDead, state }: OnceCaller): boolean {
  return !isDead && state.decision === undefined;
}
