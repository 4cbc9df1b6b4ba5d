/**
 * Plays the calls of a barrier in every order, or in random orders, with the
 * faults that may happen to them.
 *
 * @module
 */

import {
  BarrierWorld,
  type Call,
  isWaiting,
  type WorldOptions,
} from "./barrier_world.ts";
import type { Random } from "./random.ts";

/** One step that a world may take. */
export interface Step {
  readonly name: string;
  take(): void;
}

/** The faults that may happen to the calls of each party. */
export interface Faults {
  /** Parties whose timeout may end, at any time. */
  readonly impatient?: readonly string[];
  /** Parties that may abort, at any time. */
  readonly aborting?: readonly string[];
  /** Parties that may be killed, at any time. */
  readonly mortal?: readonly string[];
  /** Parties whose link may be lost, at any time. */
  readonly cut?: readonly string[];
  /** How often the link of each call may be lost. @default {1} */
  readonly cuts?: number;
  /** Parties that call again when they failed. */
  readonly retrying?: readonly string[];
  /** Parties that call once more while they wait. */
  readonly doubled?: readonly string[];
  /** Parties that call again when the barrier opened. */
  readonly looping?: readonly string[];
  /** How often a long time may pass when all has been said and heard. */
  readonly passes?: number;
  /** How many of the faults above may happen in all, but for time that passes. @default {Infinity} */
  readonly most?: number;
}

const PASS = "time passes";
/** A call asks for values half a second after others could have told them. */
const ASK = / says ask /;
const FAULT = /(expires|aborts|dies|cut \d|twice|passes)$/;

/** A world and what happened so far, to be played again from the beginning. */
export class Play {
  readonly world: BarrierWorld;
  readonly #faults: Faults;
  readonly #names: readonly string[];
  readonly #done = new Set<string>();
  /** How many faults there were. */
  #count = 0;

  constructor(
    options: WorldOptions,
    names: readonly string[],
    faults: Faults,
  ) {
    this.world = new BarrierWorld(options);
    this.#names = names;
    this.#faults = faults;
  }

  /**
   * The possible next steps, in a stable order. Parties make their first calls
   * one after the other.
   */
  get steps(): Step[] {
    const { world } = this;
    const steps: Step[] = [];
    const coming = this.#names.find((name) =>
      world.calls.every(({ party }) => party !== name)
    );
    if (coming !== undefined) {
      steps.push({ name: `${coming} calls`, take: () => world.call(coming) });
    }
    for (const call of world.calls) steps.push(...this.#stepsOf(call));
    const { passes = 0, most = Infinity } = this.#faults;
    const isCalm = world.isCalm && !steps.some(({ name }) => ASK.test(name));
    if (world.times.length < passes && isCalm) {
      steps.push({ name: PASS, take: () => world.pass() });
    }
    const isCounted = (name: string) => FAULT.test(name) && name !== PASS;
    return steps.filter(({ name }) => !isCounted(name) || this.#count < most)
      .map(({ name, take }) => ({
        name,
        take: () => {
          if (isCounted(name)) this.#count++;
          take();
        },
      }));
  }

  /**
   * Those of the next steps that are enough to come to each end: calls read what
   * there is to read before anything else happens.
   *
   * A call that speaks, suffers a fault or calls again while it has a message to
   * read may do the same before the message comes into the log: it knows as much,
   * and what it says may be on its way for as long as it takes.
   */
  get enoughSteps(): Step[] {
    const { steps } = this;
    const read = steps.find(({ name }) => name.endsWith(" reads"));
    return read === undefined ? steps : [read];
  }

  #stepsOf(call: Call): Step[] {
    const { world } = this;
    const { id, party, state, outbox } = call;
    const steps: Step[] = [];
    const once = (name: string, take: () => void) => {
      if (this.#done.has(name)) return;
      steps.push({
        name,
        take: () => {
          this.#done.add(name);
          take();
        },
      });
    };
    // Messages of a dead call may still be on their way.
    if (outbox.length > 0) {
      steps.push({ name: `${id} is heard`, take: () => world.append(call) });
    }
    if (!isWaiting(call)) {
      const { decision } = state;
      const again = decision?.kind === "opened"
        ? this.#faults.looping
        : this.#faults.retrying;
      if (again?.includes(party) && (decision !== undefined || call.dead)) {
        once(`${party} calls again`, () => world.call(party));
      }
      return steps;
    }
    if (world.canRead(call)) {
      steps.push({ name: `${id} reads`, take: () => world.read(call) });
    }
    const duty = state.duty;
    if (duty !== undefined && call.read !== undefined) {
      once(`${id} says ${duty.about}`, () => {
        outbox.push(state.perform(duty));
      });
    }
    const { doubled, impatient, aborting, mortal, cut, cuts } = this.#faults;
    if (doubled?.includes(party)) {
      once(`${party} calls twice`, () => world.call(party));
    }
    if (impatient?.includes(party)) {
      once(`${party} expires`, () => state.expire("timeout"));
    }
    if (aborting?.includes(party)) {
      once(`${party} aborts`, () => state.expire("aborted"));
    }
    if (mortal?.includes(party)) once(`${party} dies`, () => world.kill(call));
    const isUp = call.read !== undefined;
    if (cut?.includes(party) && isUp && call.cuts < (cuts ?? 1)) {
      once(`${id} is cut ${call.cuts}`, () => world.cut(call));
    }
    if (!isUp) {
      steps.push({ name: `${id} is back`, take: () => world.heal(call) });
    }
    return steps;
  }

  /** The state that determines the possible next steps. */
  get signature(): string {
    const { log, calls, times } = this.world;
    return digest(JSON.stringify([
      log,
      times,
      calls.map(({ id, state, outbox, read, dead }) => [
        id,
        outbox,
        read,
        dead,
        state.decision,
        state.duty,
        state.leaving,
        state.doubtful,
      ]),
      [...this.#done].sort(),
    ]));
  }
}

/** 106 bits of a text: a million texts have different ones. */
function digest(text: string): string {
  let a = 0xdeadbeef, b = 0x41c6ce57, c = 0x9e3779b9, d = 0x85ebca6b;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
    c = Math.imul(c ^ code, 0x85ebca77);
    d = Math.imul(d ^ code, 0xc2b2ae3d);
    a ^= a >>> 15;
    c ^= c >>> 13;
  }
  return [a, b, c, d].map((part) => (part >>> 0).toString(36)).join(".");
}

/**
 * Comes to every possible end.
 *
 * @param atEnd Checks a world in which no step is left.
 * @param isFull Whether to play each order of steps, not only enough of them.
 * @returns How many states were seen.
 */
export function explore(
  options: WorldOptions,
  names: readonly string[],
  faults: Faults,
  atEnd: (world: BarrierWorld) => void,
  isFull = false,
): number {
  const next = (play: Play) => isFull ? play.steps : play.enoughSteps;
  const seen = new Set<string>();
  const open: number[][] = [[]];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const play = new Play(options, names, faults);
    for (const choice of path) next(play)[choice]!.take();
    // The first step is taken at once; the others are played from the beginning.
    for (;;) {
      const { signature } = play;
      const steps = next(play);
      if (seen.has(signature)) break;
      seen.add(signature);
      play.world.check();
      if (steps.length === 0) {
        atEnd(play.world);
        break;
      }
      for (let n = steps.length - 1; n > 0; n--) open.push([...path, n]);
      path = [...path, 0];
      steps[0]!.take();
    }
  }
  return seen.size;
}

/**
 * Takes random steps, few of which are faults.
 *
 * @returns The world at the end.
 */
export function walk(
  options: WorldOptions,
  names: readonly string[],
  faults: Faults,
  random: Random,
): BarrierWorld {
  const play = new Play(options, names, faults);
  for (let n = 0; n < 500; n++) {
    const { steps } = play;
    const likely = random.chance(0.03)
      ? steps
      : steps.filter(({ name }) => !FAULT.test(name));
    if (likely.length === 0) break;
    random.pick(likely).take();
  }
  play.world.check();
  return play.world;
}
