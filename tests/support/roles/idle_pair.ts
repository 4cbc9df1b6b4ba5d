/**
 * An idle role: an initialized exporter and its responder, without signals. Prints
 * a line once the responder has joined.
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
