/**
 * Barriers without sockets: one log, parties that read it each at its own pace,
 * and an oracle that has read all of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Decision, Opening } from "../../src/signals/barrier/decision.ts";
import type {
  BarrierMessage,
  Claim,
} from "../../src/signals/barrier/message.ts";
import { BarrierState } from "../../src/signals/barrier/state.ts";

/** The options of a world, which all of its calls share. */
export interface WorldOptions {
  readonly parties: number | ReadonlySet<string>;
  readonly atLeast?: number;
  readonly settle?: number;
  /** Each call hands in a value; `"few"`: every `state` repeats all. */
  readonly values?: "few" | "many";
  /** The parties that know no values, as peers of an older version. */
  readonly old?: readonly string[];
  readonly now?: () => number;
  readonly random?: () => number;
}

/** One call of one party. */
export interface Call {
  readonly id: string;
  readonly party: string;
  readonly value: string | undefined;
  readonly state: BarrierState;
  /** Messages that are published but not yet in the log. */
  readonly outbox: BarrierMessage[];
  /** The position in the log of the next message to read; undefined while the link is down. */
  read: number | undefined;
  /** How often the link was lost. */
  cuts: number;
  dead: boolean;
}

/** The fate of a call according to the whole log. */
interface Fate {
  readonly kind: "opened" | "failed" | "replaced" | "late";
  readonly at: number;
}

/** Milliseconds that pass at once: more than any delay. */
const LONG = 10_000;

/** A channel and the calls on it. */
export class BarrierWorld {
  readonly log: BarrierMessage[] = [];
  readonly calls: Call[] = [];
  /** Where each call was in the log whenever time passed. */
  readonly times: (number | undefined)[][] = [];
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  /** A party calls: it is subscribed, and its arrival is on its way. */
  call(party: string): Call {
    const id = `${party}${this.calls.length}`;
    const { values, old = [] } = this.#options;
    const value = values === undefined || old.includes(party)
      ? undefined
      : JSON.stringify(id);
    const state = new BarrierState({
      few: values === "many" ? 0 : 100,
      now: () => this.times.length * LONG,
      random: () => 0,
      ...this.#options,
      id,
      party,
      value,
      round: "0",
    });
    const call: Call = {
      id,
      party,
      value,
      state,
      outbox: [state.enter()],
      read: this.log.length,
      cuts: 0,
      dead: false,
    };
    this.calls.push(call);
    return call;
  }

  /** The server takes a message. */
  append(call: Call, index = 0): void {
    // A copy by JSON, so that no reader shares an object with the sender.
    const [message] = call.outbox.splice(index, 1);
    const copy = JSON.parse(JSON.stringify(message));
    if (this.#options.old?.includes(call.party)) {
      for (const key of ["values", "lacks", "partial"]) delete copy[key];
    }
    this.log.push(copy);
  }

  /** Whether a call has a message to read. */
  canRead(call: Call): boolean {
    return isWaiting(call) && call.read !== undefined &&
      call.read < this.log.length;
  }

  /** A call reads its next message. */
  read(call: Call): void {
    call.state.take(this.log[call.read!++]!);
  }

  /** All that is on its way comes into the log, and is read. */
  deliver(): void {
    for (const call of this.calls) {
      while (call.outbox.length > 0) this.append(call);
    }
    for (const call of this.calls) {
      while (this.canRead(call)) this.read(call);
    }
  }

  /** A call's link is lost. */
  cut(call: Call): void {
    call.cuts++;
    call.read = undefined;
    call.state.lost();
  }

  /** A call's link is back. */
  heal(call: Call): void {
    call.read = this.log.length;
    call.state.lost();
    call.outbox.push(call.state.enter());
  }

  /** A call dies before its decision. */
  kill(call: Call): void {
    call.dead = true;
  }

  /** Whether all has been said and heard that calls say and hear within half a second. */
  get isCalm(): boolean {
    return this.calls.every((call) => {
      if (call.outbox.length > 0 || this.canRead(call)) return false;
      if (!isWaiting(call) || call.read === undefined) return true;
      const { kind = "ask", delay = 0 } = call.state.duty ?? {};
      return kind === "ask" || delay > 500;
    });
  }

  /** A long time passes. */
  pass(): void {
    this.times.push(this.calls.map(({ read }) => read));
  }

  /** The groups that have left, each by the `open` that named it first. */
  get openings(): Claim[] {
    const groups = new Map<string, Claim>();
    for (const message of this.log) {
      if (message.kind !== "open" || !this.#hasOpened(message)) continue;
      const group = JSON.stringify(message.members);
      if (!groups.has(group)) groups.set(group, message);
    }
    return [...groups.values()];
  }

  /** Asserts that every decision agrees with the whole log. */
  check(): void {
    const { fates, late } = this.#fates();
    for (const call of this.calls) {
      const { decision } = call.state;
      if (decision === undefined || call.dead) continue;
      try {
        if (decision.kind === "failed" && decision.reason === "late") {
          assert(late.has(call.id), "it was not left behind");
        } else this.#checkDecision(call, decision, fates.get(call.id));
      } catch (cause) {
        const log = this.log.map((each, n) => `${n} ${JSON.stringify(each)}`);
        throw new Error(
          `${call.id} decided ${JSON.stringify(decision)}, but ${
            JSON.stringify(fates.get(call.id))
          }:\n${log.join("\n")}`,
          { cause },
        );
      }
    }
    const [first, ...others] = this.openings.map(({ members }) =>
      new Set(members.map(([, party]) => party))
    );
    if (this.#options.atLeast === undefined) return;
    for (const other of others) {
      assert(!first!.isDisjointFrom(other), "two groups leave as if first");
    }
  }

  #checkDecision(call: Call, decision: Decision, fate: Fate | undefined): void {
    if (decision.kind === "failed") {
      if (decision.unknown) {
        const few = this.#mayHaveLeft(decision.arrived.length);
        return assert(call.cuts > 0 || few, "it kept its link, and knows");
      }
      if (decision.reason === "replaced") {
        return assertEquals(fate?.kind, "replaced");
      }
      assert(!this.#mayHaveLeft(decision.arrived.length), "it can't know");
    }
    assertEquals(fate?.kind, decision.kind);
    const expected: Record<string, unknown> = { ...this.log[fate!.at] };
    for (const [key, value] of Object.entries(decision)) {
      if (key in expected && key !== "kind") assertEquals(value, expected[key]);
    }
  }

  /** Whether the parties that did not arrive are enough to leave. */
  #mayHaveLeft(arrived: number): boolean {
    const { parties, atLeast } = this.#options;
    const all = typeof parties === "number" ? parties : parties.size;
    return atLeast !== undefined && all - arrived >= atLeast;
  }

  /** Reads the whole log from its beginning; `late`: the calls that others left behind. */
  #fates(): { fates: Map<string, Fate>; late: Set<string> } {
    const fates = new Map<string, Fate>();
    const late = new Set<string>();
    const waiting = new Map<string, string>();
    let version = "";
    const end = (ids: Iterable<string>, fate: Fate) => {
      for (const id of ids) if (waiting.delete(id)) fates.set(id, fate);
    };
    this.log.forEach((message, at) => {
      switch (message.kind) {
        case "arrive": {
          const { id, party } = message;
          const replaced = [...waiting]
            .filter(([other, name]) => name === party && other !== id)
            .map(([other]) => other);
          end(replaced, { kind: "replaced", at });
          waiting.set(id, party);
          break;
        }
        case "give-up":
          end(message.ids, { kind: "failed", at });
          break;
        case "state":
        case "open": {
          if (message.after !== version) return;
          const ids = message.members.map(([id]) => id);
          for (const id of ids) {
            assert(waiting.has(id), `${id} is claimed at ${at}, but not there`);
          }
          this.#checkValues(message);
          if (message.kind === "state") return;
          this.#checkComplete(message.members.map(([, party]) => party));
          // An opening that no call has heard is none: all were cut, and go on waiting.
          if (this.#hasOpened(message)) end(ids, { kind: "opened", at });
          if (this.#options.atLeast !== undefined) {
            for (const { id, cuts } of this.calls) {
              if (!waiting.has(id) || ids.includes(id)) continue;
              late.add(id);
              // A call that lost its link may not have heard it, and waits on then.
              if (cuts === 0) end([id], { kind: "late", at });
            }
          }
        }
      }
      version = message.mid;
    });
    return { fates, late };
  }

  /** Whether a call has left by an `open`. */
  #hasOpened({ members }: Claim): boolean {
    const ids = JSON.stringify(members);
    return this.calls.some(({ state: { decision } }) =>
      decision?.kind === "opened" && JSON.stringify(decision.members) === ids
    );
  }

  #checkValues({ members, values = [] }: Pick<Opening, "members"> & Claim) {
    members.forEach(([id], n) => {
      if (typeof values[n] !== "string") return;
      const call = this.calls.find((call) => call.id === id)!;
      assertEquals(values[n], call.value);
    });
  }

  #checkComplete(parties: readonly string[]): void {
    const { parties: wanted, atLeast } = this.#options;
    assertEquals(new Set(parties).size, parties.length);
    if (atLeast !== undefined) return assert(parties.length >= atLeast);
    if (typeof wanted === "number") assert(parties.length >= wanted);
    else assertEquals(parties.toSorted(), [...wanted].toSorted());
  }
}

/** Whether a call has not ended yet. */
export function isWaiting({ dead, state }: Call): boolean {
  return !dead && state.decision === undefined;
}
