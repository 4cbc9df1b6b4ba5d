/**
 * What may happen next in a world of `once()`, for tests that take every step
 * and tests that take random ones.
 *
 * @module
 */

import {
  isWaiting,
  type OnceCaller,
  OnceWorld,
} from "../../support/once_world.ts";

/** The name of the step that lets time pass. */
export const TICK = "time passes";

/** One step that a world may take. */
export interface OnceStep {
  readonly name: string;
  readonly isFault: boolean;
  /** What comes first if nothing is in the way. */
  readonly rank: number;
  take(): void;
}

/** The rank of messages; of functions that end, and links that come back; of time; of calls that end. */
const SOON = 0;
export const LATER = 1;
const TIME = 2;
const LAST = 3;

/** What may happen to the parties, and to their functions. */
export interface OnceFaults {
  /** Parties whose timeout may end, at any time. */
  readonly impatient?: readonly string[];
  /** Parties that may abort, at any time. */
  readonly aborting?: readonly string[];
  /** Parties that may be killed, at any time. */
  readonly mortal?: readonly string[];
  /** Parties whose link may be lost, at any time. */
  readonly cut?: readonly string[];
  /** How often each link may be lost. @default {1} */
  readonly cuts?: number;
  /** Parties that call again when they failed or died. */
  readonly retrying?: readonly string[];
  /** Parties that call once more while they wait. */
  readonly doubled?: readonly string[];
  /** Parties that call again when they have a result. */
  readonly looping?: readonly string[];
  /** Parties whose function may throw. */
  readonly throwing?: readonly string[];
  /** Parties whose process may stand still for a while. */
  readonly blocked?: readonly string[];
  /** Whether each duty may be said twice. */
  readonly repeats?: boolean;
  /** How many messages come into the log later than they are said. @default {Infinity} */
  readonly late?: number;
  /** How often each call enters the log. @default {3} */
  readonly entries?: number;
  /** Signs of a running function that each call gives. @default {1} */
  readonly beats?: number;
  /** Whether functions end, and links come back, after all ticks only, if nothing else is chosen. */
  readonly slow?: boolean;
  /** Ticks of the clock. @default {0} */
  readonly ticks?: number;
  /** Whether a call reads its messages later than they come. @default {false} */
  readonly lags?: boolean;
}

/** A world and what happened so far, to be played again from the beginning. */
export class OncePlay {
  readonly world: OnceWorld;
  readonly #faults: OnceFaults;
  readonly #names: readonly string[];
  readonly #done = new Map<string, number>();

  constructor(names: readonly string[], faults: OnceFaults) {
    this.world = new OnceWorld(new Set(names));
    this.#names = names;
    this.#faults = faults;
  }

  /** Takes a step; where calls do not lag, they read all that is there then. */
  take(step: OnceStep): void {
    step.take();
    if (!this.#faults.lags) {
      for (const call of this.world.calls) {
        while (this.world.canRead(call)) this.world.read(call);
      }
    }
    this.world.checkFunctions();
  }

  /** The possible next steps, in a stable order. */
  get steps(): OnceStep[] {
    const { world } = this;
    const steps: OnceStep[] = [];
    const coming = this.#names.find((name) =>
      world.calls.every(({ party }) => party !== name)
    );
    if (coming !== undefined) {
      steps.push(step(`${coming} calls`, () => world.call(coming)));
    }
    for (const call of world.calls) steps.push(...this.#stepsOf(call));
    if (world.now < (this.#faults.ticks ?? 0) && coming === undefined) {
      steps.push(step(TICK, () => world.tick(), TIME));
    }
    return steps.sort((one, other) => one.rank - other.rank);
  }

  /** Equal for worlds in which the same can happen. */
  get signature(): string {
    const { log, times, calls, now } = this.world;
    return [
      log.map(({ mid }, n) => `${mid} ${times[n]}`).join(),
      ...calls.map((call) =>
        [
          ...call.history,
          call.outbox.map(({ mid }) => mid),
          call.isDead || call.read,
        ].join()
      ),
      now,
      [...this.#done].sort().join(),
    ].join("|");
  }

  *#stepsOf(call: OnceCaller): Iterable<OnceStep> {
    const { world } = this;
    const { id, party, state, outbox, functions } = call;
    const faults = this.#faults;
    const later = faults.slow ? LAST : LATER;
    // Messages of a dead call may still be on their way.
    if (outbox.length > 0) {
      yield step(`${id} is heard`, () => world.append(call));
    }
    for (const run of functions) {
      if (run.isSettled || call.isDead) continue;
      yield step(
        `${run.claim} returns`,
        () => world.settle(call, run, false),
        later,
      );
      if (faults.throwing?.includes(party) || run.isAborted) {
        const fail = () => world.settle(call, run, true);
        yield step(`${run.claim} throws`, fail, later);
      }
    }
    if (!isWaiting(call)) {
      const again = state.decision?.kind === "settled"
        ? faults.looping
        : faults.retrying;
      if (again?.includes(party)) {
        yield* this.#times(1, `${party} again`, () => world.call(party), false);
      }
      return;
    }
    if (faults.lags && world.canRead(call)) {
      yield step(`${id} reads`, () => world.read(call));
    }
    for (const duty of world.duties(call)) {
      const { body: { kind }, about } = duty;
      const most = faults.repeats ? 2 : 1;
      let [name, times] = [`${id} says ${about}`, most];
      if (kind === "beat") {
        [name, times] = [`${id} beats`, faults.beats ?? 1];
      } else if (about === "entry") {
        if (outbox.some((message) => message.kind === kind)) continue;
        [name, times] = [`${id} enters`, faults.entries ?? 3];
      }
      yield* this.#times(times, name, () => {
        world.perform(call, duty);
        world.append(call, outbox.length - 1);
      }, false);
      if ((this.#done.get("late") ?? 0) >= (faults.late ?? Infinity)) continue;
      yield* this.#times(times, name, () => {
        world.perform(call, duty);
        this.#done.set("late", (this.#done.get("late") ?? 0) + 1);
      }, false);
    }
    yield* this.#faultsOf(call);
    if (call.read === undefined) {
      yield step(`${id} is back`, () => world.heal(call), later);
    } else if (!call.isBlocked && world.mayEnd(call)) {
      yield step(`${id} ends`, () => world.end(call), LAST);
    }
    if (call.isBlocked) {
      yield step(`${id} goes on`, () => world.block(call, false), later);
    }
  }

  *#faultsOf(call: OnceCaller): Iterable<OnceStep> {
    const { world } = this;
    const { id, party } = call;
    const faults = this.#faults;
    if (call.isBlocked) return;
    const may = (parties: readonly string[] | undefined) =>
      parties?.includes(party) ?? false;
    if (may(faults.doubled)) {
      yield* this.#times(1, `${party} calls twice`, () => world.call(party));
    }
    if (may(faults.impatient)) {
      yield* this.#times(
        1,
        `${party} expires`,
        () => world.expire(call, "timeout"),
      );
    }
    if (may(faults.aborting)) {
      yield* this.#times(
        1,
        `${party} aborts`,
        () => world.expire(call, "aborted"),
      );
    }
    if (may(faults.mortal)) {
      yield* this.#times(1, `${party} dies`, () => world.kill(call));
    }
    if (may(faults.cut) && call.read !== undefined) {
      yield* this.#times(
        faults.cuts ?? 1,
        `${id} is cut`,
        () => world.cut(call),
      );
    }
    if (may(faults.blocked)) {
      yield* this.#times(1, `${id} stands`, () => world.block(call, true));
    }
  }

  *#times(
    most: number,
    name: string,
    take: () => void,
    isFault = true,
  ): Iterable<OnceStep> {
    const done = this.#done.get(name) ?? 0;
    if (done >= most) return;
    yield {
      name,
      isFault,
      rank: SOON,
      take: () => {
        this.#done.set(name, done + 1);
        take();
      },
    };
  }
}

function step(name: string, take: () => void, rank = SOON): OnceStep {
  return { name, isFault: false, rank, take };
}

/** What an exploration found. */
export interface Explored {
  readonly states: number;
  /** How calls ended, in all worlds in which nothing more can happen. */
  readonly ends: Record<string, number>;
  /** Functions that ran beside another one although their signal had aborted, in states. */
  readonly overlaps: number;
}

/**
 * Takes every possible order of steps.
 *
 * @param deviations How many steps may be taken out of turn; faults do not count.
 */
export function exploreOnce(
  names: readonly string[],
  faults: OnceFaults,
  deviations = Infinity,
): Explored {
  /** The states, with the most deviations that were left in them. */
  const seen = new Map<string, number>();
  const ends: Record<string, number> = {};
  let overlaps = 0;
  const open: [path: readonly number[], left: number][] = [[[], deviations]];
  let play = new OncePlay(names, faults);
  let isAtParent = false;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, left] = next;
    if (isAtParent) play.take(play.steps[path.at(-1)!]!);
    else {
      play = new OncePlay(names, faults);
      for (const choice of path) play.take(play.steps[choice]!);
    }
    const { signature } = play;
    isAtParent = left > (seen.get(signature) ?? -1);
    if (!isAtParent) continue;
    const isNew = !seen.has(signature);
    seen.set(signature, left);
    const { steps } = play;
    if (isNew) play.world.check();
    if (isNew && steps.length === 0) {
      count(play.world, ends);
      overlaps += play.world.overlaps;
    }
    const usual = steps.findIndex(({ isFault }) => !isFault);
    for (let n = steps.length - 1; n >= 0; n--) {
      const cost = steps[n]!.isFault || n === usual ? 0 : 1;
      if (cost <= left) open.push([[...path, n], left - cost]);
    }
    isAtParent = steps.length > 0 && open.at(-1)![0].length === path.length + 1;
  }
  return { states: seen.size, ends, overlaps };
}

/** Counts how the calls of a world ended. */
export function count(world: OnceWorld, ends: Record<string, number>): void {
  for (const call of world.calls) {
    const end = endOf(call);
    ends[end] = (ends[end] ?? 0) + 1;
  }
}

function endOf({ isDead, state: { decision } }: OnceCaller): string {
  if (isDead) return "dead";
  if (decision === undefined) return "waiting";
  if (decision.kind === "settled") {
    return decision.settled.outcome.error === undefined ? "value" : "error";
  }
  return decision.unknown ? "unknown" : "not run";
}
