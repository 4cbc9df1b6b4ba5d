/**
 * Responders that die during a publish.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { PublishResult } from "../../src/signals/exporter/publish_result.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RemoteResponder } from "../support/remote_responder.ts";
import { until } from "../support/wait.ts";
import { onRedis } from "./redis_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 3;
const TIMEOUT = 20_000;
/** Milliseconds within which a death must be noticed: a second, and two for a busy machine. */
const NOTICED = 3_000;

scenario(
  29,
  'a responder that is SIGKILLed during a publish is missing as "lost", and its successor joins under a new id',
  { needs: needsRedis("Dead responders are") },
  async (report) => {
    const tally = new Tally();
    const delays: number[] = [];
    await onRedis(async (stage, { hostname, port }) => {
      const exporter = await stage.exporter<"start">();
      for (let round = 1; round <= ROUNDS; round++) {
        await using first = await RemoteResponder.start({ hostname, port });
        await tally.try(`death, round ${round}`, async () => {
          delays.push(await dieInWait(exporter, first));
        });
        await using second = await RemoteResponder.start({ hostname, port });
        await tally.try(
          `successor, round ${round}`,
          () => succeed(exporter, first, second),
        );
        await exporter.shutdown();
      }
    });
    report(tally.findings(`noticed ${percentiles(delays)} after the death`));
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

/** Resolves with the milliseconds from the death to the result. */
async function dieInWait(
  exporter: SignalExporter<"start">,
  responder: RemoteResponder,
): Promise<number> {
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  const publishing = publish(exporter, { mute: true });
  await until(() => responder.acted(number), { what: "the responder to act" });
  const killing = responder.kill();
  const since = performance.now();
  const { code, acks, missing } = await publishing;
  const delay = performance.now() - since;
  await killing;
  assertEquals([code, acks.size], [2, 0]);
  assertEquals(missing, new Map([[responder.responderId, "lost" as const]]));
  assert(delay < NOTICED, `noticed after ${delay} ms`);
  return delay;
}

async function succeed(
  exporter: SignalExporter<"start">,
  dead: RemoteResponder,
  successor: RemoteResponder,
): Promise<void> {
  // The dead responder stays on the roster, but no publish waits for it.
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  assertEquals(exporter.subscribers.size, 2);
  const beside = await publish(exporter);
  assertEquals(beside.code, 2);
  assertEquals([...beside.acks.keys()], [successor.responderId]);
  assertEquals(beside.missing, new Map([[dead.responderId, "lost" as const]]));
  assert(beside.elapsed < NOTICED, `waited ${beside.elapsed} ms`);

  await exporter.shutdown();
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  assertEquals([...exporter.subscribers], [successor.responderId]);
  const after = await publish(exporter);
  assertEquals(after.messages, { [successor.responderId]: `${number}` });
  assert(after.ok);
}
