/**
 * A role: a responder that answers every signal with success.
 *
 * Its argument is the server's URL.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";

const [redis = ""] = Deno.args;
const responder = await SignalResponder.connect({ redis });
console.log(JSON.stringify({ ready: responder.responderId }));
for await (const signal of responder) await responder.srespond(signal, 1);
