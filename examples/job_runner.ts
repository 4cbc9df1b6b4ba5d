/**
 * An answer that means "done": workers run a job when the exporter says start,
 * and answer when it has finished, however long that takes.
 *
 *     deno run --allow-net=127.0.0.1 examples/job_runner.ts
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { Broker } from "@dsa/state-signals/broker";

await using broker = await Broker.listen();
const redis = broker.url;

/** The work itself; here it only takes time, and the third worker's goes wrong. */
async function job(worker: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 200 * worker));
  if (worker === 3) throw new Error("disk full");
  return `job finished on worker ${worker}`;
}

async function work(worker: number): Promise<void> {
  await using responder = await SignalResponder.connect({
    redis,
    name: `vm-${worker}`,
  });
  for await (const signal of responder) {
    if (signal.event === "initialization") await responder.respond(signal);
    if (signal.event === "shutdown") break;
    if (signal.event !== "benchmark-start") continue;
    try {
      await responder.srespond(signal, 1, await job(worker));
    } catch (error) {
      await responder.srespond(signal, 0, (error as Error).message);
    }
  }
}

const workers = [1, 2, 3].map(work);

await using exporter = await SignalExporter.connect<"benchmark-start">(
  "runner",
  { redis },
);
await exporter.initializeAndWait(3, ["benchmark-start"], { periodic: 200 });

// Up to an hour for the slowest; Infinity would wait for ever.
const result = await exporter.publishSignal("benchmark-start", {
  timeout: 3_600_000,
});
for (const [responderId, { ras, message, latency }] of result.acks) {
  console.log(
    ras === 1 ? "done  " : "FAILED",
    responderId,
    `${latency.toFixed(0)} ms`,
    message,
  );
}
console.log(`result code ${result.code}`);

await exporter.shutdown();
await Promise.all(workers);
