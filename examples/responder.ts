/**
 * Acts on the states of another process: one half of the quick start.
 *
 *     deno run --allow-net=127.0.0.1:6379 examples/responder.ts
 *     deno run --allow-net=HOST:6379 examples/responder.ts redis://HOST:6379
 *
 * @module
 */
import { SignalResponder } from "@dsa/state-signals";

const [redis = "redis://127.0.0.1:6379"] = Deno.args;
await using responder = await SignalResponder.connect({
  redis,
  name: "collector",
});
console.log("waiting for signals");
for await (const signal of responder) {
  if (signal.event === "shutdown") break;
  console.log(`${signal.processName} is in the state "${signal.event}"`);
  // Do what the state asks for, then answer: 1 is success, anything else is not.
  await responder.srespond(signal, 1, `acted on ${signal.event}`);
}
