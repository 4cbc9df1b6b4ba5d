/**
 * (c) Signals a second, received, checked and delivered. The messages wait at
 * the server while the receiver stands still, so that no publisher takes a part
 * of the machine.
 *
 * @module
 */

import { among, type Bench, interleaved } from "../bench.ts";
import { ALONE, TITLES } from "../contenders.ts";
import { SIGNALS, STATE } from "../contenders/contender.ts";
import { publisherId, signalText } from "../contenders/hand_written.ts";
import { flood, startServer } from "../server.ts";
import { Worker } from "../worker_process.ts";

const ROUNDS = 3;

const TABLE = {
  key: "c",
  title: "(c) Receiving, with JSON.parse and checks",
  unit: "/s",
} as const;

export async function receive(bench: Bench): Promise<void> {
  const { quick, results } = bench;
  const signals = payloads(quick ? 1_000 : 200_000);
  await using server = await startServer();
  const { port } = server;
  const contenders = among(
    bench,
    ...ALONE,
  );
  await interleaved(bench, contenders, "(c) receiving", async (name) => {
    await using worker = new Worker(name);
    await worker.tell("receiver", { port });
    let value = 0;
    // The last round counts: those before it are to warm up.
    for (let round = 0; round < (quick ? 2 : ROUNDS); round++) {
      await worker.tell("startReceiving", { count: signals.length });
      worker.process.suspend();
      await flood(port, SIGNALS, signals);
      worker.process.resume();
      value = await worker.tell("endReceiving", {});
    }
    results.add(TABLE, TITLES[name], { value });
  });
}

function payloads(count: number): string[] {
  const id = publisherId();
  return Array.from(
    { length: count },
    (_, sample) =>
      signalText(id, STATE, { sample, group: "default", args: {} }),
  );
}
