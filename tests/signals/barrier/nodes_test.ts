/**
 * A barrier in a cluster whose home node moves: two nodes have logs of their own,
 * and each call listens and speaks at one of them, by the rules of `call.ts`.
 * Random plays in which links move, messages are late, and parties give up.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { BarrierMessage } from "../../../src/signals/barrier/message.ts";
import { BarrierState } from "../../../src/signals/barrier/state.ts";
import { Random } from "../../support/random.ts";

const PARTIES = ["a", "b", "c"];
const PLAYS = 6_000;

/** A message on its way to the log of a node. */
interface Sent {
  readonly node: number;
  /** Which link it goes by: only messages of one link keep their order. */
  readonly link: number;
  readonly message: BarrierMessage;
}

interface Call {
  readonly id: string;
  readonly party: string;
  readonly state: BarrierState;
  readonly outbox: Sent[];
  /** The nodes at which it spoke, in this order. */
  readonly nodes: Set<number>;
  /** The node whose log it reads; `undefined` while its link is down. */
  at: number | undefined;
  read: number;
  link: number;
  saidFarewell: boolean;
}

/** Two nodes and the calls at them. */
class World {
  readonly calls: Call[] = [];
  readonly #logs: BarrierMessage[][] = [[], []];
  readonly #random: Random;
  #now = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  call(party: string): void {
    const id = `${party}${this.calls.length}`;
    const state = new BarrierState({
      id,
      party,
      round: "0",
      parties: new Set(PARTIES),
      now: () => this.#now,
    });
    const call: Call = {
      id,
      party,
      state,
      outbox: [],
      nodes: new Set(),
      at: undefined,
      read: 0,
      link: 0,
      saidFarewell: false,
    };
    this.calls.push(call);
    this.#arriveAt(call, this.#random.chance(0.8) ? 0 : 1);
  }

  /** Takes one random step. */
  step(): void {
    const random = this.#random;
    if (random.chance(0.3) && this.#isCalm) this.#now += 600;
    const coming = PARTIES.find((party) =>
      this.calls.every((call) => call.party !== party)
    );
    if (coming !== undefined && random.chance(0.2)) return this.call(coming);
    if (this.calls.length > 0) this.#stepOf(random.pick(this.calls));
  }

  /** Whether everything is said and heard: a call is answered before it takes itself to know all others. */
  get #isCalm(): boolean {
    return this.calls.every(({ state, at, outbox, read }) =>
      outbox.length === 0 &&
      (state.decision !== undefined || at === undefined ||
        read === this.#logs[at]!.length && state.duty === undefined)
    );
  }

  /** Whether a party left with another that got a definite failure, or with other members. */
  get violation(): string | undefined {
    for (const { id, state: { decision } } of this.calls) {
      if (decision?.kind !== "opened") continue;
      for (const [member, party] of decision.members) {
        const other = this.calls.find((call) => call.id === member)!;
        const its = other.state.decision;
        if (its === undefined || its.kind === "failed" && its.unknown) continue;
        // The call that took its place left for its party.
        if (
          its.kind === "failed" && its.reason === "replaced" &&
          decision.members.some(([id, its]) => id !== member && its === party)
        ) continue;
        if (JSON.stringify(its) !== JSON.stringify(decision)) {
          return `${id} opened with ${JSON.stringify(decision.members)}, ` +
            `${member} ${JSON.stringify(its)}`;
        }
      }
    }
    return undefined;
  }

  #stepOf(call: Call): void {
    const random = this.#random;
    const { state, outbox, party } = call;
    const log = call.at === undefined ? undefined : this.#logs[call.at]!;
    if (outbox.length > 0 && random.chance(0.5)) return this.#hear(call);
    if (state.decision !== undefined) {
      const { kind } = state.decision;
      const isUnknown = kind === "failed" && state.decision.unknown;
      if (isUnknown && !call.saidFarewell) {
        call.saidFarewell = true;
        this.#publish(call, state.farewell()!);
      } else if (random.chance(0.02) && this.calls.length < 8) this.call(party);
      return;
    }
    if (log === undefined) {
      return this.#arriveAt(call, random.chance(0.6) ? 1 : 0);
    }
    if (random.chance(0.02)) {
      call.at = undefined;
      return state.lost();
    }
    if (random.chance(0.004)) return state.expire("timeout");
    if (random.chance(0.004)) return state.expire("aborted");
    if (call.read < log.length) return state.take(log[call.read++]!);
    const { duty } = state;
    if (duty !== undefined) this.#publish(call, state.perform(duty));
  }

  /** A node takes the first message of one of the call's links, also of a lost one. */
  #hear({ outbox }: Call): void {
    const links = [...new Set(outbox.map(({ link }) => link))];
    const link = this.#random.pick(links);
    const [sent] = outbox.splice(
      outbox.findIndex((each) => each.link === link),
      1,
    );
    const { node, message } = sent!;
    this.#logs[node]!.push(JSON.parse(JSON.stringify(message)));
  }

  #arriveAt(call: Call, node: number): void {
    const { state, nodes } = call;
    call.link++;
    call.at = node;
    call.read = this.#logs[node]!.length;
    state.lost();
    const left = nodes.has(node) && [...nodes].at(-1) !== node;
    if (left) return state.abandon();
    nodes.delete(node);
    nodes.add(node);
    this.#publish(call, state.enter());
  }

  #publish(call: Call, message: BarrierMessage): void {
    if (call.at === undefined) return;
    call.outbox.push({ node: call.at, link: call.link, message });
  }
}

/** Plays with a seed. */
function play(seed: number): World {
  const world = new World(new Random(seed));
  for (let n = 0; n < 400; n++) world.step();
  return world;
}

/** Plays in which parties parted before one of the rules was there. */
const PARTED = [
  584,
  2_099,
  12_837,
  252_063,
  881_851,
  2_048_679,
  2_206_258,
  10_169_998,
];

Deno.test(`no party opens a barrier while another gets a definite failure in ${PLAYS} plays at two nodes`, () => {
  let openedElsewhere = 0;
  let failed = 0;
  let unknown = 0;
  const seeds = Array.from({ length: PLAYS }, (_, seed) => seed);
  for (const seed of [...PARTED, ...seeds]) {
    const { violation, calls } = play(seed);
    assertEquals(violation, undefined, `seed ${seed}`);
    for (const { state: { decision }, nodes } of calls) {
      if (decision?.kind === "opened" && nodes.size > 1) openedElsewhere++;
      if (decision?.kind !== "failed") continue;
      if (decision.unknown) unknown++;
      else failed++;
    }
  }
  const tally = `${openedElsewhere} opened after a move, ${failed} failed, ` +
    `${unknown} unknown`;
  assert(openedElsewhere > 20 && failed > 100 && unknown > 100, tally);
});
