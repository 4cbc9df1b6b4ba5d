/**
 * A role that does nothing: an exporter that is initialized, and its responder,
 * which wait for what may come. Prints a line once they have met.
 *
 * @module
 */

import { SignalExporter, SignalResponder } from "../../../mod.ts";

const [redis = ""] = Deno.args;
const responder = await SignalResponder.connect({ redis });
const exporter = await SignalExporter.connect("idle", { redis });
const joined = exporter.initializeAndWait(1, ["start"]);
for await (const signal of responder) {
  await responder.srespond(signal, 1);
  if (await joined) console.log(JSON.stringify("idle"));
}
