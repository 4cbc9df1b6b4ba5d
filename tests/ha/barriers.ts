/**
 * Fails a cluster over again and again while the parties of a barrier arrive, and
 * judges their outcomes by each other.
 *
 * @module
 */
import { barrier } from "../../mod.ts";
import { delay } from "../../src/internal/timer.ts";
import { BarrierError } from "../../src/signals/barrier/error.ts";
import { Random } from "../support/random.ts";
import type { World } from "./worlds.ts";

const PARTIES = 20;
/** Milliseconds in which all parties but one arrive. */
const SPREAD = 1_000;
/** Milliseconds in which the failover begins, the last party arrives, and one may abort. */
const WAIT = 6_000;
/** Milliseconds that a party waits to connect, and then for the others. */
const PATIENCE = 20_000;

/** What became of the rounds. */
export interface BarrierFigures {
  readonly seed: number;
  rounds: number;
  /** Rounds that opened for some party. */
  opened: number;
  /** Rounds that failed for some party, and opened for none. */
  failed: number;
  /** Parties that could not know. */
  unknown: number;
  /** Rounds in which a party opened and another failed or opened with others. */
  readonly splits: string[];
  /** Milliseconds that each round took. */
  readonly times: number[];
}

/** Plays so many rounds, each with a failover; in every fourth one a party aborts. */
export async function barriers(
  world: World,
  rounds: number,
  seed = Date.now() % 2 ** 31,
): Promise<BarrierFigures> {
  const random = new Random(seed);
  const figures: BarrierFigures = {
    seed,
    rounds: 0,
    opened: 0,
    failed: 0,
    unknown: 0,
    splits: [],
    times: [],
  };
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    // Healed at once: a party may know no node but the one that is down.
    const failing = delay(random.int(0, WAIT))
      .then(() => world.failOver(world.ways[round % world.ways.length]!))
      .then(() => world.heal());
    const aborting = random.chance(0.25) ? random.int(0, PARTIES - 1) : -1;
    const last = random.int(0, PARTIES - 1);
    const outcomes = await Promise.all(
      Array.from(
        { length: PARTIES },
        (_, n) =>
          outcomeOf(world.urls[n % world.urls.length]!, round, {
            after: random.int(0, n === last ? WAIT : SPREAD),
            abortAfter: n === aborting ? random.int(0, WAIT) : Infinity,
          }),
      ),
    );
    figures.times.push(performance.now() - since);
    judge(figures, round, outcomes);
    await failing;
  }
  return figures;
}

/** How a party left: who left with it, `unknown`, or why it failed. */
async function outcomeOf(
  redis: string,
  generation: number,
  { after, abortAfter }: { after: number; abortAfter: number },
): Promise<string> {
  await delay(after);
  const abort = new AbortController();
  const timer = abortAfter === Infinity
    ? undefined
    : setTimeout(() => abort.abort(new Error("aborted early")), abortAfter);
  try {
    const { members } = await barrier("ha", {
      redis,
      generation,
      parties: PARTIES,
      timeout: PATIENCE,
      connectTimeout: PATIENCE,
      logLevel: "CRITICAL",
      signal: abort.signal,
    });
    return `opened with ${members}`;
  } catch (error) {
    if (error instanceof BarrierError && error.outcome === "unknown") {
      return "unknown";
    }
    return `failed: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}

function judge(
  figures: BarrierFigures,
  round: number,
  outcomes: readonly string[],
): void {
  const kinds = [...new Set(outcomes)].filter((kind) => kind !== "unknown");
  const opened = kinds.filter((kind) => kind.startsWith("opened"));
  figures.rounds++;
  if (opened.length > 0) figures.opened++;
  else if (kinds.length > 0) figures.failed++;
  figures.unknown += outcomes.filter((kind) => kind === "unknown").length;
  if (opened.length > 1 || opened.length > 0 && kinds.length > 1) {
    figures.splits.push(`round ${round}: ${kinds.join("; ")}`);
  }
}

/** The figures as text. */
export function barrierLine(figures: BarrierFigures): string {
  const { seed, rounds, opened, failed, unknown, splits, times } = figures;
  const sorted = times.toSorted((a, b) => a - b);
  return [
    `Barrier of ${PARTIES} parties (seed ${seed}): ${rounds} rounds with a failover each, ${opened} opened, ${failed} failed for all, ${splits.length} split; ${unknown} of ${
      rounds * PARTIES
    } outcomes unknown; a round took p50 ${
      sorted[Math.floor(sorted.length / 2)]?.toFixed(0)
    } ms, most ${sorted.at(-1)?.toFixed(0)} ms`,
    ...splits,
  ].join("\n");
}
