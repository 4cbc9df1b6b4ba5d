/**
 * (d) One exporter, many responders in other processes: the time until all have
 * acknowledged a signal, and what it takes of the processors.
 *
 * @module
 */

import { among, type Bench, interleaved } from "../bench.ts";
import { ALONE, type ContenderName, TITLES } from "../contenders.ts";
import { STATE } from "../contenders/contender.ts";
import { startServer } from "../server.ts";
import { median } from "../statistics.ts";
import { cpuTime } from "../usage.ts";
import { Worker } from "../worker_process.ts";

/** How many responders, and how many signals are published to them: to warm up, and measured. */
type Step = readonly [responders: number, warmUp: number, signals: number];

/** Each step warms up with 6,000 responses: by 1,000 responders, most of what runs has been compiled for the last time. */
const STEPS: readonly Step[] = [
  [1, 6_000, 500],
  [10, 600, 300],
  [100, 60, 60],
  [1_000, 6, 12],
  [5_000, 2, 6],
];
const QUICK_STEPS: readonly Step[] = [[1, 2, 5], [10, 2, 5]];

const PEERS: readonly ContenderName[] = ["node-redis", "ioredis", "deno-redis"];
/** Peers hold more in memory for each connection: the largest step is not theirs. */
const MOST_OF_A_PEER = 1_000;

/** What one step found. */
export interface FanOut {
  readonly responders: number;
  /** Milliseconds of each signal. */
  readonly times: readonly number[];
  /** Milliseconds of processor time that a signal took, of exporter and responders. */
  readonly cpu: number;
}

export async function fanOut(bench: Bench): Promise<void> {
  const steps = bench.quick ? QUICK_STEPS : STEPS;
  const contenders = among(
    bench,
    "ours-shared",
    ...ALONE,
  );
  await interleaved(bench, contenders, "(d) fan-out", async (name) => {
    await using server = await startServer();
    const due = steps.filter(([responders]) =>
      !PEERS.includes(name) || responders <= MOST_OF_A_PEER
    );
    for await (const step of fanOuts(name, server.port, due)) {
      const { responders, times, cpu } = step;
      const of = `${responders} responder${responders === 1 ? "" : "s"}`;
      const time = {
        key: `d/${responders}/time`,
        title: `(d) Fan-out: time until ${of} have acknowledged`,
        unit: "ms",
      } as const;
      bench.results.add(time, TITLES[name], { value: median(times) });
      const cpuTable = {
        key: `d/${responders}/cpu`,
        title: `(d) Fan-out: processor time of exporter and ${of}, a signal`,
        unit: "ms",
      } as const;
      bench.results.add(cpuTable, TITLES[name], { value: cpu });
    }
  });
}

/** Lets more and more responders, in two processes, join one exporter. */
export async function* fanOuts(
  contender: ContenderName,
  port: number,
  steps: readonly Step[],
): AsyncGenerator<FanOut> {
  await using exporter = new Worker(contender);
  await using one = new Worker(contender);
  await using other = new Worker(contender);
  const pids = [exporter, one, other].map(({ process }) => process.pid);
  await exporter.tell("exporter", { port, events: [STATE] });
  let connected = 0;
  for (const [responders, warmup, count] of steps) {
    const joining = responders - connected;
    connected = responders;
    const half = Math.ceil(joining / 2);
    await Promise.all([
      one.tell("responders", { port, count: half }),
      other.tell("responders", { port, count: joining - half }),
    ]);
    await exporter.tell("gather", { count: responders });
    await exporter.tell("roundTrips", { warmup, count: 1 });
    const before = cpuTime(...pids);
    const { times, acknowledged } = await exporter.tell("roundTrips", {
      warmup: 0,
      count,
    });
    const cpu = (cpuTime(...pids) - before) / count;
    if (acknowledged !== count * responders) {
      throw new Error(
        `${acknowledged} of ${count * responders} acknowledgements arrived`,
      );
    }
    yield { responders, times, cpu };
  }
}
