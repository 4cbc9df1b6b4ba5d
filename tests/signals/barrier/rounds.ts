/**
 * Rounds of barriers on a real server, with values, quorums, cut links and killed
 * processes, and an account of how the calls ended.
 *
 * @module
 */

import { delay } from "../../../src/internal/timer.ts";
import { barrier } from "../../../src/signals/barrier/barrier.ts";
import { BarrierError } from "../../../src/signals/barrier/error.ts";
import type { BarrierOptions } from "../../../src/signals/barrier/options.ts";
import { startRole } from "../../support/child.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import type { JsonProcess } from "../../support/json_process.ts";
import { Random } from "../../support/random.ts";

/** How the calls of all rounds ended. */
export interface Account {
  rounds: number;
  /** Rounds in which calls left together. */
  openings: number;
  opened: number;
  /** Calls that failed for certain, by reason. */
  failed: Record<string, number>;
  unknown: number;
  /** Calls that were killed, or whose timeout ended before they had arrived. */
  gone: number;
  cuts: number;
  /** Values that were told by an opening. */
  values: number;
  /** Values of members that lived and kept their links, but which the opening did not tell. */
  absent: number;
  /** What must not be; each names the round. */
  readonly complaints: string[];
}

/** How one call ended; `undefined`: it was killed before, or did not arrive. */
type End =
  | { members: string[]; values: Record<string, unknown> }
  | { reason: string; outcome: "failed" | "unknown" }
  | undefined;

/** What happens in a round. */
interface Plan {
  readonly options: BarrierOptions;
  readonly parties: readonly PartyPlan[];
}

interface PartyPlan {
  readonly party: string;
  readonly value: unknown;
  readonly timeout: number;
  /** Milliseconds until the party calls; `Infinity`: never. */
  readonly arrival: number;
  /** Milliseconds until its link is cut, each time from the time before. */
  readonly cuts: readonly number[];
  /** Milliseconds until its process is killed. */
  readonly death: number | undefined;
}

const TIMEOUT = 2_500;
/** Rounds at the same time. */
const LANES = 6;

/**
 * Plays rounds.
 *
 * @param url The server.
 * @param rounds How many.
 * @param seed Makes the plans of the rounds.
 */
export async function playRounds(
  url: string,
  rounds: number,
  seed: number,
): Promise<Account> {
  const account: Account = {
    rounds: 0,
    openings: 0,
    opened: 0,
    failed: {},
    unknown: 0,
    gone: 0,
    cuts: 0,
    values: 0,
    absent: 0,
    complaints: [],
  };
  await Promise.all(Array.from({ length: LANES }, async () => {
    while (account.rounds < rounds) {
      const number = ++account.rounds;
      const plan = planOf(new Random(seed + number));
      const ends = await playRound(url, `round-${seed}-${number}`, plan);
      judge(`round ${number}`, plan, ends, account);
    }
  }));
  return account;
}

function planOf(random: Random): Plan {
  const count = random.int(2, 5);
  const names = ["a", "b", "c", "d", "e"].slice(0, count);
  const isQuorum = count > 2 && random.chance(0.5);
  // Large values are not repeated by every state.
  const length = random.pick([1, 20, 12_000]);
  const killed = random.chance(0.15) ? random.pick(names) : undefined;
  const missing = random.chance(0.2) ? random.pick(names) : undefined;
  return {
    options: {
      parties: random.chance(0.5) ? names : count,
      ...(isQuorum
        ? {
          atLeast: Math.floor(count / 2) + 1,
          settle: random.pick([0, 50, 300]),
        }
        : {}),
    },
    parties: names.map((party) => ({
      party,
      value: random.chance(0.8) ? party.repeat(length) : undefined,
      timeout: random.chance(0.1) ? random.int(50, 700) : TIMEOUT,
      arrival: party === missing
        ? random.pick([Infinity, 400, 900])
        : random.int(0, 150),
      cuts: random.chance(0.25)
        ? Array.from({ length: random.int(1, 3) }, () => random.int(1, 120))
        : [],
      death: party === killed ? random.int(300, 1_200) : undefined,
    })),
  };
}

async function playRound(
  url: string,
  name: string,
  { options, parties }: Plan,
): Promise<End[]> {
  return await Promise.all(parties.map(async (plan): Promise<End> => {
    const { party, value, timeout, arrival, cuts, death } = plan;
    if (arrival === Infinity) return undefined;
    await delay(arrival);
    const { port } = new URL(url);
    await using proxy = await FaultProxy.start({ port: Number(port) });
    const all = { ...options, party, value, timeout, redis: proxy.url };
    if (death !== undefined) return await mortal(name, all, death);
    const over = new AbortController();
    const cutting = (async () => {
      for (const wait of cuts) {
        await delay(wait, over.signal);
        proxy.cut();
      }
    })().catch(() => {});
    try {
      const { members, values } = await barrier(name, {
        ...all,
        logLevel: "CRITICAL",
      });
      return { members: [...members], values: Object.fromEntries(values) };
    } catch (error) {
      // Its timeout ended before it was connected: it has not arrived.
      if (!(error instanceof BarrierError)) return undefined;
      return { reason: error.reason, outcome: error.outcome };
    } finally {
      over.abort();
      await cutting;
    }
  }));
}

/** A call in a process of its own, which is killed. */
async function mortal(
  name: string,
  options: BarrierOptions,
  death: number,
): Promise<End> {
  await using process: JsonProcess = startRole("barrier_party.ts", {
    args: [name, JSON.stringify(options)],
    permissions: ["--allow-net=127.0.0.1"],
  });
  const end = process.next<End>({ what: "its end" }).catch(() => undefined);
  await Promise.race([end, delay(death)]);
  await process.kill("SIGKILL");
  const ended = await end;
  const hasArrived = ended !== undefined &&
    ("members" in ended || ended.reason !== undefined);
  return hasArrived ? ended : undefined;
}

/** Counts how a round ended, and compares how its calls ended. */
function judge(
  round: string,
  { options: { atLeast }, parties }: Plan,
  ends: readonly End[],
  account: Account,
): void {
  const opened: { members: string[]; values: Record<string, unknown> }[] = [];
  const failed: string[] = [];
  parties.forEach(({ party, value, arrival, cuts, death }, n) => {
    const end = ends[n];
    account.cuts += cuts.length;
    if (end === undefined) {
      if (arrival !== Infinity) account.gone++;
    } else if ("members" in end) {
      account.opened++;
      opened.push(end);
      const isThere = JSON.stringify(end.values[party]) ===
        JSON.stringify(value);
      if (!isThere && cuts.length === 0 && death === undefined) {
        account.absent++;
      }
    } else if (end.outcome === "unknown") account.unknown++;
    else {
      account.failed[end.reason] = (account.failed[end.reason] ?? 0) + 1;
      if (end.reason !== "late") failed.push(`${party}: ${end.reason}`);
    }
  });
  if (opened.length === 0) return;
  account.openings++;
  account.values += Object.keys(opened[0]!.values).length;
  if (failed.length > 0) {
    account.complaints.push(`${round}: one opened, but ${failed}`);
  }
  const [first, ...others] = opened.map((end) => JSON.stringify(end));
  if (others.some((other) => other !== first)) {
    account.complaints.push(`${round}: ${first} differs from ${others}`);
  }
  const least = atLeast ?? parties.length;
  if (opened[0]!.members.length < least) {
    account.complaints.push(`${round}: only ${opened[0]!.members} left`);
  }
}
