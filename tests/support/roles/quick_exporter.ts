/**
 * A role: the exporter of the README's quick start, which says what came of it.
 *
 * Its arguments are the server's URL, and "periodic" where it asks each second.
 *
 * @module
 */

import { SignalExporter } from "../../../mod.ts";

const [redis = "", periodic] = Deno.args;
type State = "start" | "stop";
await using exporter = await SignalExporter.connect<State>("fio", { redis });
console.log(JSON.stringify({ connected: true }));
const joined = await exporter.initializeAndWait(1, ["start", "stop"], {
  timeout: 30_000,
  periodic: periodic === "periodic",
});
const { ok, acks, missing } = await exporter.publishSignal("start", {
  metadata: { jobs: 4 },
});
await exporter.shutdown();
console.log(JSON.stringify({
  joined,
  ok,
  acks: acks.size,
  missing: [...missing.values()],
}));
