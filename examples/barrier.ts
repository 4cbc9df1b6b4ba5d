/**
 * A barrier of N: no party goes on before all have arrived. The first party
 * also runs the exporter, as one pod of a job does; each party turns the last
 * event that it sees into its outcome.
 *
 *     deno run --allow-net=127.0.0.1 examples/barrier.ts 5
 *     deno run --allow-net=HOST:6379 examples/barrier.ts 5 redis://HOST:6379
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { Broker } from "@dsa/state-signals/broker";

type Event = "barrier" | "success" | "fail";

async function lead(
  redis: string,
  parties: number,
  tag: string,
): Promise<void> {
  await using exporter = await SignalExporter.connect<Event>("barrier", {
    redis,
  });
  const options = { tag, timeout: 30_000, periodic: true };
  const all = await exporter.initializeAndWait(parties, [
    "barrier",
    "success",
    "fail",
  ], options);
  const opened = all && (await exporter.publishSignal("barrier", { tag })).ok;
  await exporter.publishSignal(opened ? "success" : "fail", { tag });
}

async function arrive(
  redis: string,
  name: string,
  tag: string,
): Promise<boolean> {
  await using responder = await SignalResponder.connect({ redis, name });
  responder.lockTag(tag);
  for await (const signal of responder) {
    await responder.srespond(signal, 1);
    if (signal.event === "success" || signal.event === "fail") {
      console.log(`${name} leaves: ${signal.event}`);
      return signal.event === "success";
    }
  }
  return false;
}

const parties = Number(Deno.args[0] ?? 3);
await using broker = Deno.args[1] === undefined ? await Broker.listen() : null;
const redis = Deno.args[1] ?? broker!.url;
const tag = `barrier-${crypto.randomUUID()}`;

const arrivals = Array.from({ length: parties }, async (_, n) => {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 500)); // pods start when they start
  return await arrive(redis, `party-${n}`, tag);
});
await lead(redis, parties, tag);
const outcomes = await Promise.all(arrivals);
Deno.exitCode = outcomes.every(Boolean) ? 0 : 1;
