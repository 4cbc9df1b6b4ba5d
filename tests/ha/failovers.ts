/**
 * Fails a server over again and again while an exporter publishes, and judges
 * what the exporter says by what its responders did.
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "../../mod.ts";
import { delay } from "../../src/internal/timer.ts";
import type { Way, World } from "./worlds.ts";

const RESPONDERS = 3;
/** Milliseconds that each publish may take. */
const TIMEOUT = 1_000;
/** Milliseconds in which a publish must succeed after the promotion of another server. */
const DEADLINE = 15_000;

/** What became of the failovers of one way. */
export interface Figures {
  readonly way: Way;
  failovers: number;
  publishes: number;
  falseSuccesses: number;
  falseLosses: number;
  /** Failovers of which no `disconnect` was told; a `gap` follows each of these. */
  untold: number;
  /** Milliseconds from each promotion to the end of the next success. */
  readonly recoveries: number[];
}

/** Fails over so many times in each way. */
export async function failovers(
  world: World,
  times: number,
  ways: readonly Way[] = world.ways,
): Promise<Figures[]> {
  const quiet = { redis: world.url, logLevel: "CRITICAL" } as const;
  await using cast = new AsyncDisposableStack();
  const acted = new Map<number, Set<string>>();
  for (let n = 0; n < RESPONDERS; n++) {
    const responder = cast.use(
      await SignalResponder.connect({ ...quiet, name: `vm-${n}` }),
    );
    const serving = responder.serve({
      state: ({ sampleNo }) => {
        const number = Number(sampleNo);
        const those = acted.get(number) ?? new Set();
        acted.set(number, those.add(responder.responderId));
      },
    });
    cast.defer(async () => {
      await responder.close();
      await serving;
    });
  }
  const exporter = cast.use(await SignalExporter.connect("fio", quiet));
  let told = 0;
  let isUp = true;
  exporter.addEventListener("disconnect", () => {
    told++;
    isUp = false;
  });
  exporter.addEventListener("reconnect", () => isUp = true);
  if (!await exporter.initializeAndWait(RESPONDERS, ["state"])) {
    throw new Error("The responders did not join");
  }
  let sample = 0;
  /** Publishes once; returns whether it was a success. */
  const publish = async (figures: Figures): Promise<boolean> => {
    const number = ++sample;
    figures.publishes++;
    try {
      const { ok, missing } = await exporter.publishSignal("state", {
        sample: number,
        timeout: TIMEOUT,
      });
      if (ok && acted.get(number)?.size !== RESPONDERS) {
        figures.falseSuccesses++;
      }
      for (const why of missing.values()) {
        if (why === "lost" || why === "left") figures.falseLosses++;
      }
      return ok;
    } catch {
      return false; // it says whether the signal may have been sent
    }
  };
  const all: Figures[] = [];
  for (const way of ways) {
    const figures: Figures = {
      way,
      failovers: 0,
      publishes: 0,
      falseSuccesses: 0,
      falseLosses: 0,
      untold: 0,
      recoveries: [],
    };
    all.push(figures);
    for (let n = 0; n < times; n++) {
      const before = told;
      let promotedAt: number | undefined;
      const failing = world.failOver(way).then(() => {
        promotedAt = performance.now();
      });
      for (;;) {
        const begunAt = performance.now();
        const isDone = await publish(figures);
        if (isDone && promotedAt !== undefined && begunAt >= promotedAt) {
          // A dead server that was not left yet can't have carried this one; another one can.
          if (told > before || way === "command" || way === "reshard") break;
        }
        if (performance.now() - (promotedAt ?? begunAt) > DEADLINE) {
          throw new Error(`No publish succeeds after ${way} number ${n + 1}`);
        }
        await delay(20);
      }
      await failing;
      figures.recoveries.push(performance.now() - promotedAt!);
      figures.failovers++;
      await world.heal();
      // An old master may be left only when it is a replica; and a link that is
      // down is lost by the next failover no more.
      const until = performance.now() + DEADLINE;
      while ((told === before || !isUp) && performance.now() < until) {
        await publish(figures);
        await delay(20);
      }
      if (told === before) figures.untold++;
    }
  }
  return all;
}

/** The figures as a table. */
export function tableOf(name: string, all: readonly Figures[]): string {
  return all.map(({ way, recoveries, ...figures }) => {
    const sorted = recoveries.toSorted((a, b) => a - b);
    const p50 = sorted[Math.floor(sorted.length / 2)] ?? NaN;
    const most = sorted.at(-1) ?? NaN;
    return `${name}, ${way}: ${figures.failovers} failovers, ${figures.publishes} publishes, ${figures.falseSuccesses} false successes, ${figures.falseLosses} false losses, ${figures.untold} not told; from promotion to the next success p50 ${
      p50.toFixed(0)
    } ms, most ${most.toFixed(0)} ms`;
  }).join("\n");
}
