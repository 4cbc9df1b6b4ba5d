/**
 * Replaces a worker that dies in the middle of a phase, and does the phase
 * again. Each worker is a process of its own; the second one is killed.
 *
 *     deno run --allow-net=127.0.0.1 --allow-run=deno examples/replace_worker.ts
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { Broker } from "@dsa/state-signals/broker";

const WORKERS = 2;
const PHASES = ["prepare", "measure"] as const;

/** What runs in the process of a worker. */
async function work(redis: string, name: string): Promise<void> {
  await using responder = await SignalResponder.connect({ redis, name });
  const phase = async (): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, 300)); // the work itself
    return `done by ${name}`;
  };
  await responder.serve({ prepare: phase, measure: phase }, {
    until: "shutdown",
  });
}

/** Starts a worker, as your scheduler does. */
function startWorker(redis: string, name: string): Deno.ChildProcess {
  const { host } = new URL(redis);
  return new Deno.Command("deno", {
    args: ["run", `--allow-net=${host}`, import.meta.url, redis, name],
    stdin: "null",
  }).spawn();
}

/** Publishes the phases; a phase in which a worker was lost is done again. */
async function lead(redis: string): Promise<void> {
  const workers = new Map([
    ["worker-1", startWorker(redis, "worker-1")],
    ["worker-2", startWorker(redis, "worker-2")],
  ]);
  await using exporter = await SignalExporter.connect<typeof PHASES[number]>(
    "bench",
    { redis },
  );
  if (!await exporter.initializeAndWait(WORKERS, PHASES)) {
    throw new Error("the workers did not come");
  }
  for (const phase of PHASES) {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const publish = exporter.publishSignal(phase, { metadata: { attempt } });
      if (phase === "measure" && attempt === 1) {
        workers.get("worker-2")!.kill("SIGKILL"); // the accident
      }
      const { ok, acks, missing } = await publish;
      if (ok) {
        console.log(`${phase}: attempt ${attempt} is done by all ${acks.size}`);
        break;
      }
      for (const [responderId, reason] of missing) {
        console.log(`${phase}: ${responderId} is ${reason}`);
        exporter.remove(responderId); // no later publish waits for it
        const name = `worker-${workers.size + 1}`;
        workers.set(name, startWorker(redis, name));
      }
      // Asks again, and waits until the roster is complete.
      if (!await exporter.initializeAndWait(WORKERS, PHASES)) {
        throw new Error("the replacement did not come");
      }
    }
  }
  await exporter.shutdown();
  await Promise.all([...workers.values()].map((worker) => worker.status));
}

const [redis, name] = Deno.args;
if (redis !== undefined && name !== undefined) await work(redis, name);
else {
  await using broker = await Broker.listen();
  await lead(broker.url);
}
