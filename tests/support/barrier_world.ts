/**
 * Barriers without sockets: one log, parties that read it each at its own pace,
 * and an oracle that has read all of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Decision } from "../../src/signals/barrier/decision.ts";
import type { BarrierMessage } from "../../src/signals/barrier/message.ts";
import { BarrierState } from "../../src/signals/barrier/state.ts";

/** The options of a world, which all of its calls share. */
export interface WorldOptions {
  readonly parties: number | ReadonlySet<string>;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** One call of one party. */
export interface Call {
  readonly id: string;
  readonly party: string;
  readonly state: BarrierState;
  /** Messages that are published but not yet in the log. */
  readonly outbox: BarrierMessage[];
  /** The position in the log of the next message to read; undefined while the link is down. */
  read: number | undefined;
  /** Whether the link was ever lost. */
  cut: boolean;
  dead: boolean;
}

/** The fate of a call according to the whole log. */
interface Fate {
  readonly kind: "opened" | "failed" | "replaced";
  readonly at: number;
}

/** A channel and the calls on it. */
export class BarrierWorld {
  readonly log: BarrierMessage[] = [];
  readonly calls: Call[] = [];
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  /** A party calls: it is subscribed, and its arrival is on its way. */
  call(party: string): Call {
    const id = `${party}${this.calls.length}`;
    const state = new BarrierState({
      id,
      party,
      round: "0",
      now: () => 0,
      random: () => 0,
      ...this.#options,
    });
    const call: Call = {
      id,
      party,
      state,
      outbox: [state.enter()],
      read: this.log.length,
      cut: false,
      dead: false,
    };
    this.calls.push(call);
    return call;
  }

  /** The server takes a message. */
  append(call: Call, index = 0): void {
    // A copy by JSON, so that no reader shares an object with the sender.
    const [message] = call.outbox.splice(index, 1);
    this.log.push(JSON.parse(JSON.stringify(message)));
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

  /** A call's link is lost. */
  cut(call: Call): void {
    call.cut = true;
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

  /** Asserts that every decision agrees with the whole log. */
  check(): void {
    const fates = this.#fates();
    for (const call of this.calls) {
      const { decision } = call.state;
      if (decision === undefined || call.dead) continue;
      try {
        this.#checkDecision(call, decision, fates.get(call.id));
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
  }

  #checkDecision(call: Call, decision: Decision, fate: Fate | undefined): void {
    if (decision.kind === "failed" && decision.unknown) {
      return assert(call.cut, "it kept its link, and knows");
    }
    if (decision.kind === "failed" && decision.reason === "replaced") {
      return assertEquals(fate?.kind, "replaced");
    }
    assertEquals(fate?.kind, decision.kind);
    const expected: Record<string, unknown> = { ...this.log[fate!.at] };
    for (const [key, value] of Object.entries(decision)) {
      if (key in expected && key !== "kind") assertEquals(value, expected[key]);
    }
  }

  /** Reads the whole log from its beginning. */
  #fates(): Map<string, Fate> {
    const fates = new Map<string, Fate>();
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
          if (message.kind === "state") return;
          this.#checkComplete(message.members.map(([, party]) => party));
          end(ids, { kind: "opened", at });
        }
      }
      version = message.mid;
    });
    return fates;
  }

  #checkComplete(parties: readonly string[]): void {
    const wanted = this.#options.parties;
    if (typeof wanted === "number") assert(parties.length >= wanted);
    else assertEquals(parties.toSorted(), [...wanted].toSorted());
  }
}

/** Whether a call has not ended yet. */
export function isWaiting({ dead, state }: Call): boolean {
  return !dead && state.decision === undefined;
}
