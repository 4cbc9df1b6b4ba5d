/**
 * Responders that answer more than once.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { StrayReason } from "../../src/signals/events.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { SignalResponder } from "../../src/signals/responder/responder.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { joinOnly, seen, type Stage } from "../support/stage.ts";
import { until } from "../support/wait.ts";
import { onRedis } from "./redis_stage.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 50;

/** The two `ras` of one responder, and the reason of the second one's stray. */
const CONTRADICTIONS: readonly [first: number, second: number, StrayReason][] =
  [
    [1, 1, "duplicate"],
    [0, 0, "duplicate"],
    [1, 0, "conflict"],
    [0, 1, "conflict"],
  ];

scenario(
  28,
  "of two responses of one responder the first one counts, and a contradiction is reported as a conflict",
  { needs: needsRedis("Contradictions are") },
  async (report) => {
    const tally = new Tally();
    await onRedis(async (stage) => {
      const cast = await castOf(stage);
      for (let round = 1; round <= ROUNDS; round++) {
        for (const [first, second, reason] of CONTRADICTIONS) {
          await tally.try(
            `${first} then ${second}, round ${round}`,
            () => contradict(cast, first, second, reason),
          );
        }
      }
    });
    report(tally.findings(`${ROUNDS} rounds of each pair of responses`));
  },
);

interface Cast {
  readonly exporter: SignalExporter<"start">;
  readonly strays: StrayReason[];
  /** Answers twice. */
  readonly fickle: SignalResponder;
  /** Answers last, so that both other responses arrive during the publish. */
  readonly patient: SignalResponder;
}

async function castOf(stage: Stage): Promise<Cast> {
  const fickle = await stage.answering(joinOnly);
  const patient = await stage.answering(joinOnly);
  const exporter = await stage.exporter<"start">();
  const strays: StrayReason[] = [];
  exporter.addEventListener("stray", ({ detail }) => {
    strays.push(detail.reason);
  });
  await exporter.initializeAndWait(2, ["start"]);
  return { exporter, strays, fickle, patient };
}

async function contradict(
  { exporter, strays, fickle, patient }: Cast,
  first: number,
  second: number,
  reason: StrayReason,
): Promise<void> {
  strays.length = 0;
  const before = exporter.counts[reason];
  const arriving = [seen(fickle, "start"), seen(patient, "start")] as const;
  const publishing = exporter.publishSignal("start");
  const [fickles, patients] = await Promise.all(arriving);
  await fickle.respond(fickles, { ras: first, message: "first" });
  await fickle.respond(fickles, { ras: second, message: "second" });
  await until(() => strays.length > 0, { what: "the stray response" });
  await patient.respond(patients, { ras: 1 });
  const { code, acks, messages } = await publishing;
  const { ras, conflictingRas } = acks.get(fickle.responderId)!;
  assertEquals(
    {
      code,
      ras,
      conflictingRas,
      strays,
      message: messages[fickle.responderId],
    },
    {
      code: first === 1 ? 0 : 1,
      ras: first,
      conflictingRas: reason === "conflict" ? second : undefined,
      strays: [reason],
      message: "first",
    },
  );
  assertEquals(exporter.counts[reason], before + 1);
}
