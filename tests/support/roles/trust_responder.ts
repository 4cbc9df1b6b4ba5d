/**
 * A role: a responder that joins, prints the events that it takes up, and answers
 * no signal.
 *
 * Its arguments are the server's URL and the tag that it is locked to.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";

const [redis = "", tag = ""] = Deno.args;
const responder = await SignalResponder.connect({ redis, name: "mute" });
responder.lockTag(tag);
say({ ready: responder.responderId });
for await (const signal of responder) {
  if (signal.event === "initialization") await responder.respond(signal);
  else say({ takenUp: signal.event });
}

function say(line: unknown): void {
  console.log(JSON.stringify(line));
}
