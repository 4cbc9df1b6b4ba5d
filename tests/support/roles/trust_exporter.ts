/**
 * A role: an exporter that waits for its subscribers, publishes one signal, prints
 * the result, and stays.
 *
 * Its arguments are the server's URL and the number of subscribers.
 *
 * @module
 */

import { SignalExporter } from "../../../mod.ts";

const [redis = "", count = "1"] = Deno.args;
const exporter = await SignalExporter.connect("mortal", { redis });
await exporter.initializeAndWait(Number(count), ["state"], { periodic: 100 });
const { ok } = await exporter.publishSignal("state");
console.log(JSON.stringify({ ok, publisherId: exporter.publisherId }));
setInterval(() => {}, 1_000_000);
