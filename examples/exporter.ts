/**
 * Tells the others its states and waits for their answers: the other half of
 * the quick start.
 *
 *     deno run --allow-net=127.0.0.1:6379 examples/exporter.ts
 *     deno run --allow-net=HOST:6379 examples/exporter.ts redis://HOST:6379
 *
 * @module
 */
import { SignalExporter } from "@dsa/state-signals";

const [redis = "redis://127.0.0.1:6379"] = Deno.args;
const events = ["start", "stop"] as const;
await using exporter = await SignalExporter.connect("fio", { redis });
if (await exporter.initializeAndWait(1, events, { timeout: 30_000 })) {
  for (const event of events) {
    const { ok, acks, missing } = await exporter.publishSignal(event);
    console.log(event, ok ? "done by all:" : "not done by all:", acks, missing);
    if (!ok) Deno.exitCode = 2;
  }
} else {
  Deno.exitCode = 3; // the log says how many responders have joined
}
await exporter.shutdown();
