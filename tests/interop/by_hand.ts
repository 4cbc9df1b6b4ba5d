/**
 * Responses in a given order, also of a responder that is no subscriber, and of
 * one that joins late.
 *
 * @module
 */

import type { Signal } from "../../mod.ts";
import type {
  Ensemble,
  Outcomes,
  Published,
  Scenario,
  Witness,
} from "./ensemble.ts";

/** A subscriber and an outsider, which answer at a given moment. */
export const BY_HAND: Scenario = {
  name: "the scenario of responses by hand",
  codes: [0, 0, 1, 0],
  play,
};

async function play(ensemble: Ensemble): Promise<Outcomes> {
  const [exporter, member, outsider] = await Promise.all([
    ensemble.exporter("fio"),
    ensemble.responder("member", { initialization: {} }),
    ensemble.responder("outsider", {}),
  ]);
  const events = ["first", "second", "third", "fourth"];
  await exporter.peer.initializeAndWait(1, events);
  const before = await ensemble.subscribers(exporter);

  const publish = async (
    event: string,
    ...answers: [Witness, { ras?: number; message?: string }][]
  ): Promise<Published> => {
    const answer = async () => {
      const signals = new Map<Witness, Signal>();
      for (const witness of [member, outsider]) {
        signals.set(witness, await witness.sees(event));
      }
      for (const [witness, said] of answers) {
        await witness.peer.respond(signals.get(witness)!, said);
      }
    };
    const [outcome] = await Promise.all([
      ensemble.publish(exporter, event),
      answer(),
    ]);
    return outcome;
  };

  const results = [
    await publish(
      "first",
      [outsider, { ras: 1, message: "not asked" }],
      [member, { ras: 1, message: "done" }],
    ),
    await publish(
      "second",
      [outsider, { ras: 0, message: "not asked, failed" }],
      [member, { ras: 1 }],
    ),
    await publish(
      "third",
      [member, { message: "busy" }],
      [outsider, { message: "no answer" }],
      [member, { ras: 0, message: "failed" }],
    ),
  ];
  const { publisherId } = exporter.peer;
  await outsider.peer.respond({ publisherId, event: "initialization" });
  const joined = await ensemble.subscribed(exporter, 2);
  results.push(
    await publish("fourth", [outsider, { ras: 1 }], [member, { ras: 1 }]),
  );
  await exporter.peer.shutdown();
  for (const witness of [member, outsider]) {
    await witness.sees("shutdown");
  }
  const seen = { member: member.seen, outsider: outsider.seen };
  return { before, results, joined, seen };
}
