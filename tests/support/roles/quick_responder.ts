/**
 * A role: the responder of the README's quick start, which says what it has seen.
 *
 * Its argument is the server's URL.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";

const [redis = ""] = Deno.args;
await using responder = await SignalResponder.connect({
  redis,
  name: "collector",
});
console.log(JSON.stringify({ connected: true }));
const events: string[] = [];
for await (const signal of responder) {
  await responder.srespond(signal, 1, `acted on ${signal.event}`);
  events.push(signal.event);
  if (signal.event === "shutdown") break;
}
console.log(JSON.stringify({ events }));
