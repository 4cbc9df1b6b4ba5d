/**
 * A server that dies during a publish and stays down.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { PublishResult } from "../../src/signals/exporter/publish_result.ts";
import type { DeliveryError } from "../../src/transport/transport.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { type Random, withRandom } from "../support/random.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { joinOnly, succeed } from "../support/stage.ts";
import { eventOf, until } from "../support/wait.ts";
import { LinkStage, SLACK } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 3;
const RACES = 15;
const TIMEOUT = 300;
/** Milliseconds within which both the responses and the death of the server fall. */
const RACE = 8;

scenario(
  1,
  'a publish whose server is SIGKILLed misses responses as "disconnected" and is never a false success',
  { needs: needsRedis("Publishes whose server dies are") },
  async (report) => {
    const tally = new Tally();
    const overshoots: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await tally.try(`wait ${round}`, async () => {
        overshoots.push(await dieInWait());
      });
    }
    const races = await withRandom((random) => dieInRaces(tally, random));
    report(tally.findings(
      `false successes ${races.falseSuccesses}/${
        ROUNDS + RACES
      } (true ones ${races.successes}), settled after the deadline by ${
        percentiles([...overshoots, ...races.overshoots])
      }`,
    ));
  },
);

/** Resolves with the milliseconds from the deadline to the result. */
async function dieInWait(): Promise<number> {
  await using stage = await LinkStage.open();
  const { party: exporter } = await stage.exporter();
  const { party: prompt } = await stage.responder(succeed);
  let heard = 0;
  const { party: mute } = await stage.responder((signal) => {
    if (signal.event === "start") heard++;
    return joinOnly(signal);
  });
  assert(await exporter.initializeAndWait(2, ["start"], { periodic: 100 }));

  const answered = eventOf(exporter, "ack");
  const publishing = exporter.publishSignal("start", { timeout: TIMEOUT });
  await answered;
  await until(() => heard, { what: "the signal to be heard" });
  await stage.server.kill();
  const { code, acks, missing, elapsed } = await publishing;
  assertEquals(code, 2);
  assertEquals([...acks.keys()], [prompt.responderId]);
  assertEquals([...missing], [[mute.responderId, "disconnected"]]);
  assert(elapsed < TIMEOUT + SLACK, `settled after ${elapsed} ms`);

  const outcome = await exporter.publishSignal("start", { timeout: 100 })
    .then(() => "sent", (error: DeliveryError) => error.outcome);
  assertEquals(outcome, "not-sent");
  return elapsed - TIMEOUT;
}

interface Races {
  successes: number;
  falseSuccesses: number;
  readonly overshoots: number[];
}

/** The server dies at a random time between the publish and the last response. */
async function dieInRaces(tally: Tally, random: Random): Promise<Races> {
  const races: Races = { successes: 0, falseSuccesses: 0, overshoots: [] };
  await using stage = await LinkStage.open();
  const { party: exporter } = await stage.exporter();
  const answered = new Set<string>();
  for (const name of ["first", "second"]) {
    await stage.responder(async ({ event }) => {
      if (event !== "start") return {};
      await sleep(random.int(0, RACE));
      answered.add(name);
      return { ras: 1 };
    });
  }
  for (let race = 1; race <= RACES; race++) {
    assert(await exporter.initializeAndWait(2, ["start"], { periodic: 20 }));
    await stage.subscribers("event-signal-pubsub", 2);
    answered.clear();
    await tally.try(`race ${race}`, async () => {
      const publishing = publish(exporter);
      await sleep(random.int(0, RACE));
      await stage.server.kill();
      const result = await publishing;
      if (result === undefined) return;
      const { ok, acks, missing, elapsed } = result;
      const isComplete = acks.size === 2 && answered.size === 2;
      if (ok) isComplete ? races.successes++ : races.falseSuccesses++;
      else races.overshoots.push(elapsed - TIMEOUT);
      assertEquals(ok, isComplete && missing.size === 0);
      assertEquals(acks.size + missing.size, 2);
      for (const reason of missing.values()) {
        assertEquals(reason, "disconnected");
      }
      assert(elapsed < TIMEOUT + SLACK, `settled after ${elapsed} ms`);
    });
    await stage.server.restart();
    await exporter.shutdown();
  }
  return races;
}

/** Undefined if the server died before the signal was sent. */
async function publish(
  exporter: SignalExporter,
): Promise<PublishResult | undefined> {
  try {
    return await exporter.publishSignal("start", { timeout: TIMEOUT });
  } catch (error) {
    assertEquals((error as DeliveryError).outcome, "not-sent");
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
