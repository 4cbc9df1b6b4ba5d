/**
 * Two exporters, and responders that see one of them, one tag, or both by
 * locks that change while they listen.
 *
 * @module
 */

import type { Ensemble, Outcomes, Scenario } from "./ensemble.ts";

const EVENTS = ["start", "stop"];

/** Locks by tag, by id, by both, and none. */
export const LOCKS: Scenario = {
  name: "the scenario of locks by tag and by id",
  codes: [0, 2, 0, 0, 2, 0, 0],
  play,
};

async function play(ensemble: Ensemble): Promise<Outcomes> {
  const [red, blue, byTag, byId, byBoth] = await Promise.all([
    ensemble.exporter("red"),
    ensemble.exporter("blue"),
    ensemble.responder("by-tag"),
    ensemble.responder("by-id"),
    ensemble.responder("by-both"),
  ]);
  const all = [byTag, byId, byBoth];
  await byTag.peer.lockTag("red");
  await byBoth.peer.lockTag("red");
  for (const { peer } of all) {
    await peer.listen({ "*": { ras: 1, message: "seen" } });
  }
  await byId.peer.lockId(blue.peer.publisherId);
  await byBoth.peer.lockId(blue.peer.publisherId);

  const joined = [
    await red.peer.initializeAndWait(1, EVENTS, { tag: "red" }),
    await blue.peer.initializeAndWait(1, EVENTS, { tag: "plain" }),
  ];
  const rosters = [
    await ensemble.subscribers(red),
    await ensemble.subscribers(blue),
  ];
  const results = [
    await ensemble.publish(red, "start", { tag: "red" }),
    await ensemble.publish(red, "stop", { tag: "plain", timeout: 1_000 }),
    await ensemble.publish(blue, "start", { tag: "plain" }),
  ];
  await blue.peer.shutdown({ tag: "plain" });

  joined.push(await blue.peer.initializeAndWait(3, EVENTS, { tag: "red" }));
  results.push(
    await ensemble.publish(blue, "start", { tag: "red" }),
    await ensemble.publish(blue, "stop", { tag: "plain", timeout: 1_000 }),
  );
  for (const { peer } of all) await peer.unlock();
  results.push(await ensemble.publish(blue, "stop", { tag: "plain" }));
  await byTag.peer.lockTag("mine");
  results.push(await ensemble.publish(blue, "stop", { tag: "mine" }));
  await byTag.peer.unlock();
  await blue.peer.shutdown({ tag: "plain" });
  await red.peer.shutdown({ tag: "the end" });

  const seen: Outcomes["seen"] = {};
  for (const witness of all) {
    await witness.sees("shutdown", "the end");
    seen[witness.name] = witness.seen;
  }
  return { joined, rosters, results, seen };
}
