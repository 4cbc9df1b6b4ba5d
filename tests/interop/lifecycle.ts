/**
 * The life of an exporter with three responders, one of which is late: a success,
 * failures, a missing response, a shutdown, and a second life.
 *
 * @module
 */

import type { Ensemble, Outcomes, Scenario } from "./ensemble.ts";

const EVENTS = ["start", "check", "odd", "stop", "drain"];

/** From `initialize_and_wait(periodic=True)` to the second shutdown. */
export const LIFECYCLE: Scenario = {
  name: "the scenario of the life of an exporter",
  codes: [
    ...[0, 1, 1, 2, 2, 0, "refused", "refused", "refused"] as const,
    ...[0, 2, "refused"] as const,
  ],
  play,
};

async function play(ensemble: Ensemble): Promise<Outcomes> {
  const exporter = await ensemble.exporter("fio");
  const [ann, bob] = await Promise.all([
    ensemble.responder("ann", {
      start: { ras: 1, message: "ann started" },
      check: { ras: 1, message: "fine" },
      odd: { ras: 2, message: "two" },
      "*": { ras: 1 },
    }),
    ensemble.responder("bob", {
      initialization: { ras: 1, message: "here" },
      start: { ras: 1, message: 'bob "started" \u2713' },
      check: { ras: 0, message: "disk full" },
      stop: { ras: 0, message: "bob failed too" },
      "*": { ras: 1 },
    }),
  ]);
  const [joined, cid] = await Promise.all([
    exporter.peer.initializeAndWait(3, EVENTS, {
      tag: "first life",
      periodic: true,
    }),
    ann.sees("initialization").then(() =>
      ensemble.responder("cid", {
        initialization: {},
        start: { ras: 1, message: "cid started" },
        odd: { ras: -1, message: "" },
        stop: null,
        drain: { message: "still at it" },
        "*": { ras: 1 },
      })
    ),
  ]);
  const members = await ensemble.subscribers(exporter);

  const results = [
    await ensemble.publish(exporter, "start", {
      sample: 1,
      tag: "run 7",
      metadata: { uuid: "4711", jobs: [1, 2.5, null], nested: { ok: true } },
    }),
    await ensemble.publish(exporter, "check", { metadata: { "": 0 } }),
    await ensemble.publish(exporter, "odd"),
    await ensemble.publish(exporter, "stop", { timeout: 1_000 }),
    await ensemble.publish(exporter, "drain", { timeout: 1_000 }),
    await ensemble.publish(exporter, "start", { sample: 2 }),
    await ensemble.publish(exporter, "unheard of"),
    await ensemble.publish(exporter, "initialization"),
    await ensemble.publish(exporter, "shutdown"),
  ];
  await exporter.peer.shutdown({ tag: "end of the first life" });
  const afterShutdown = await ensemble.subscribers(exporter);
  results.push(await ensemble.publish(exporter, "unheard of"));

  await exporter.peer.initialize(["start"], {
    tag: "second life",
    expected: ["ghost"],
  });
  const again = await ensemble.subscribed(exporter, 4);
  results.push(await ensemble.publish(exporter, "start", { timeout: 1_000 }));
  results.push(await ensemble.publish(exporter, "check"));
  await exporter.peer.shutdown();

  const seen: Outcomes["seen"] = {};
  for (const witness of [ann, bob, cid]) {
    await witness.sees("shutdown", "No tag specified");
    seen[witness.name] = witness.seen;
  }
  return { joined, members, results, afterShutdown, again, seen };
}
