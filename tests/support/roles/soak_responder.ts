/**
 * A role: a responder that acts on every signal, and prints each act before it
 * answers.
 *
 * Its argument is the options of `SignalResponder.connect` as JSON. A signal's
 * metadata has its `number`, which the response repeats as its message; the `ras`
 * that is `asked` for; and `mute` if the signal gets no response.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";

const responder = await SignalResponder.connect(JSON.parse(Deno.args[0]!));
say({ ready: responder.responderId });
for await (const signal of responder) {
  const { event, metadata = {} } = signal;
  if (event === "shutdown") continue;
  if (event === "initialization") {
    answer(responder.respond(signal));
    continue;
  }
  const ras = Number(metadata.asked ?? 1);
  say({ acted: metadata.number, ras });
  if (metadata.mute) continue;
  answer(responder.respond(signal, { ras, message: `${metadata.number}` }));
}

function say(line: unknown): void {
  console.log(JSON.stringify(line));
}

/** A response may be lost with the link: the exporter reports it as missing. */
function answer(answering: Promise<void>): void {
  answering.catch(() => {});
}
