/**
 * (e) One exporter among a hundred busy ones on the same channels: what a
 * response to another one costs it, and what a response to itself.
 *
 * @module
 */

import { among, type Bench, interleaved } from "../bench.ts";
import { type ContenderName, TITLES } from "../contenders.ts";
import { RESPONSES } from "../contenders/contender.ts";
import {
  answerText,
  publisherId,
  responderId,
} from "../contenders/hand_written.ts";
import { flood, startServer } from "../server.ts";
import { cpuTime } from "../usage.ts";
import { Worker } from "../worker_process.ts";

const TABLES = {
  own: {
    key: "e/own",
    title: "(e) Processor time of a response to this exporter",
    unit: "µs",
  },
  foreign: {
    key: "e/foreign",
    title: "(e) Processor time of a response to another exporter",
    unit: "µs",
  },
} as const;

const EXPORTERS = 100;

export async function cheapReject(bench: Bench): Promise<void> {
  const responders = Array.from(
    { length: bench.quick ? 10 : 4_000 },
    responderId,
  );
  await using server = await startServer();
  const contenders = among(
    bench,
    ...["ours", "node-redis", "ioredis", "deno-redis"] as const,
  );
  await interleaved(bench, contenders, "(e) rejecting", async (name) => {
    for (const whose of ["own", "foreign"] as const) {
      const value = await cost(name, server.port, whose, responders);
      bench.results.add(TABLES[whose], TITLES[name], { value });
    }
  });
}

/**
 * Microseconds a response. A hundred events are under way, and every responder
 * answers each: where they are foreign, under the id of another exporter each.
 */
async function cost(
  contender: ContenderName,
  port: number,
  whose: "own" | "foreign",
  responders: readonly string[],
): Promise<number> {
  const events = Array.from({ length: EXPORTERS }, (_, n) => `state-${n}`);
  const LAST = { event: "last", responder: responderId() };
  await using worker = new Worker(contender);
  const id = await worker.tell("exporter", {
    port,
    events: [...events, LAST.event],
    expected: whose === "own" ? responders : [LAST.responder],
  });
  const answers = events.flatMap((event) => {
    const publisher = whose === "own" ? id : publisherId();
    return responders.map((each) => answerText(each, publisher, event));
  });
  if (whose === "foreign") {
    answers.push(answerText(LAST.responder, id, LAST.event));
  }
  await worker.tell("startExchanges", {
    events: whose === "own" ? events : [LAST.event],
  });
  worker.process.suspend();
  await flood(port, RESPONSES, answers);
  const before = cpuTime(worker.process.pid);
  worker.process.resume();
  await worker.tell("endExchanges", {});
  const spent = cpuTime(worker.process.pid) - before;
  return spent / answers.length * 1_000;
}
