/**
 * Responders that die while they are waited for.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { SignalExporter } from "../../src/signals/exporter.ts";
import type { PublishResult } from "../../src/signals/publish_result.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RemoteResponder } from "../support/remote_responder.ts";
import { until } from "../support/wait.ts";
import { onRedis } from "./redis_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 3;
const TIMEOUT = 500;
/** Milliseconds beyond a deadline, on a machine that is busy with other things. */
const SLACK = 2_000;

scenario(
  29,
  "a responder that is SIGKILLed in a wait is missing; another joins under a new id",
  { needs: needsRedis("Dead responders are") },
  async (report) => {
    const tally = new Tally();
    const overshoots: number[] = [];
    await onRedis(async (stage, { hostname, port }) => {
      const exporter = await stage.exporter<"start">();
      for (let round = 1; round <= ROUNDS; round++) {
        await using first = await RemoteResponder.start({ hostname, port });
        await tally.try(`death, round ${round}`, async () => {
          overshoots.push(await dieInWait(exporter, first));
        });
        await using second = await RemoteResponder.start({ hostname, port });
        await tally.try(
          `successor, round ${round}`,
          () => succeed(exporter, first, second),
        );
        await exporter.shutdown();
      }
    });
    report(tally.findings(
      `settled after the deadline by ${percentiles(overshoots)}`,
    ));
  },
);

let number = 0;

function publish(
  exporter: SignalExporter<"start">,
  more: { mute?: boolean } = {},
): Promise<PublishResult> {
  return exporter.publishSignal("start", {
    metadata: { number: ++number, ...more },
    timeout: TIMEOUT,
  });
}

/** Resolves with the milliseconds from the deadline to the result. */
async function dieInWait(
  exporter: SignalExporter<"start">,
  responder: RemoteResponder,
): Promise<number> {
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  const since = performance.now();
  const publishing = publish(exporter, { mute: true });
  await until(() => responder.acted(number), { what: "the responder to act" });
  await responder.kill();
  const { code, acks, missing } = await publishing;
  const overshoot = performance.now() - since - TIMEOUT;
  assertEquals([code, acks.size], [2, 0]);
  assertEquals([...missing.keys()], [responder.responderId]);
  assert(overshoot < SLACK, `settled ${overshoot} ms after the deadline`);
  return overshoot;
}

async function succeed(
  exporter: SignalExporter<"start">,
  dead: RemoteResponder,
  successor: RemoteResponder,
): Promise<void> {
  assert(await exporter.initializeAndWait(2, ["start"], { periodic: 100 }));
  const beside = await publish(exporter);
  assertEquals(beside.code, 2);
  assertEquals([...beside.acks.keys()], [successor.responderId]);
  assertEquals([...beside.missing.keys()], [dead.responderId]);

  await exporter.shutdown();
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  assertEquals([...exporter.subscribers], [successor.responderId]);
  const after = await publish(exporter);
  assertEquals(after.messages, { [successor.responderId]: `${number}` });
  assert(after.ok);
}
