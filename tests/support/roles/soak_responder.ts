/**
 * A role: a responder that acts on every signal, and says so before it answers.
 *
 * Its argument is what `SignalResponder.connect` takes, as JSON. A signal's
 * metadata holds its `number`, which the answer repeats as its message; the
 * `ras` that is `asked` for; and whether to stay `mute` instead.
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

/** An answer that the link lost is lost: the exporter misses it, and says so. */
function answer(answering: Promise<void>): void {
  answering.catch(() => {});
}
