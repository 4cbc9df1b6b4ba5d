/**
 * An exporter and a responder in one file.
 *
 *     deno run --allow-net=127.0.0.1 examples/quick_start.ts
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { Broker } from "@dsa/state-signals/broker";

// With a Redis of yours, leave the broker out and say redis: "redis://host:6379".
await using broker = await Broker.listen();
const redis = broker.url;

await using responder = await SignalResponder.connect({
  redis,
  name: "collector",
});
const listening = (async () => {
  for await (const signal of responder) {
    console.log(`${signal.processName} is in state "${signal.event}"`);
    await responder.srespond(signal, 1, "noted");
    if (signal.event === "shutdown") break;
  }
})();

await using exporter = await SignalExporter.connect("fio", { redis });
await exporter.initializeAndWait(1, ["start", "stop"]);

const { ok, acks } = await exporter.publishSignal("start", {
  metadata: { jobs: 4 },
});
console.log(ok ? "all have acted on it" : "not all have", acks);

await exporter.publishSignal("stop");
await exporter.shutdown();
await listening;
