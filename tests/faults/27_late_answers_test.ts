/**
 * Responses that arrive after their publish has settled.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Signal } from "../../src/protocol/signal/signal.ts";
import type { StrayReason } from "../../src/signals/events.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { SignalResponder } from "../../src/signals/responder/responder.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { nextOf } from "../support/stage.ts";
import { until } from "../support/wait.ts";
import { onRedis } from "./redis_stage.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 50;

scenario(
  27,
  "a late response is reported as a stray, and counts neither for a settled publish nor for another event",
  { needs: needsRedis("Late responses are") },
  async (report) => {
    const tally = new Tally();
    const misattributed = { auto: 0, off: 0 };
    for (const correlation of ["auto", "off"] as const) {
      await onRedis(async (stage) => {
        const [exporter, responder] = await stage.pair(["start", "stop"], {
          correlation,
        });
        const late = new LateAnswers(
          exporter,
          responder,
          correlation === "auto" ? "stale" : "late",
        );
        for (let round = 1; round <= ROUNDS; round++) {
          await tally.try(`settled, round ${round}`, () => late.afterwards());
          await tally.try(
            `another event, round ${round}`,
            () => late.duringAnotherEvent(),
          );
          await tally.try(`the same event, round ${round}`, async () => {
            if (await late.duringTheSameEvent()) misattributed[correlation]++;
          });
        }
      });
    }
    await tally.try("no late response counts for the next publish", () => {
      assertEquals(misattributed.auto, 0);
      return Promise.resolve();
    });
    report(tally.findings(
      `during the next publish of the same event: misattributed ${misattributed.auto}/${ROUNDS}, and ${misattributed.off}/${ROUNDS} as on the wire of 1.0.1`,
    ));
  },
);

/** The ways in which a response to "start" arrives too late. */
class LateAnswers {
  readonly #exporter: SignalExporter<"start" | "stop">;
  readonly #responder: SignalResponder;
  readonly #signals: AsyncIterator<Signal>;
  /** The reason with which a late response is reported. */
  readonly #reason: StrayReason;
  readonly #strays: StrayReason[] = [];

  constructor(
    exporter: SignalExporter<"start" | "stop">,
    responder: SignalResponder,
    reason: StrayReason,
  ) {
    this.#exporter = exporter;
    this.#responder = responder;
    this.#signals = responder.listen();
    this.#reason = reason;
    exporter.addEventListener("stray", ({ detail }) => {
      this.#strays.push(detail.reason);
    });
  }

  /** The late response arrives while no publish is in flight. */
  async afterwards(): Promise<void> {
    const signal = await this.#missedStart();
    await this.#answerInVain(signal);
  }

  /** The late response arrives during a publish of "stop". */
  async duringAnotherEvent(): Promise<void> {
    const missed = await this.#missedStart();
    const publishing = this.#exporter.publishSignal("stop");
    const signal = await this.#next("stop");
    await this.#answerInVain(missed);
    await this.#responder.srespond(signal, 0);
    assertEquals((await publishing).code, 1);
  }

  /**
   * The late response arrives during the next publish of "start", whose own
   * response is a failure. The wire of 1.0.1 can't distinguish the two, so there
   * the misattribution is measured only.
   *
   * @returns Whether the late response was taken for the next one.
   */
  async duringTheSameEvent(): Promise<boolean> {
    const missed = await this.#missedStart();
    const publishing = this.#exporter.publishSignal("start");
    const signal = await this.#next("start");
    await this.#responder.srespond(missed, 1);
    await this.#responder.srespond(signal, 0);
    const { code, acks, missing } = await publishing;
    assertEquals([acks.size, missing.size], [1, 0]);
    // The stray of this round must not remain for the next one.
    await this.#stray();
    return code === 0;
  }

  /** A "start" whose response did not arrive in time. */
  async #missedStart(): Promise<Signal> {
    const { responderId } = this.#responder;
    const { code, missing } = await this.#exporter.publishSignal("start", {
      timeout: 5,
    });
    assertEquals(code, 2);
    assertEquals(missing, new Map([[responderId, "timeout" as const]]));
    return await this.#next("start");
  }

  async #answerInVain(signal: Signal): Promise<void> {
    const before = this.#exporter.counts[this.#reason];
    await this.#responder.srespond(signal, 1);
    assertEquals(await this.#stray(), this.#reason);
    assertEquals(this.#exporter.counts[this.#reason], before + 1);
  }

  async #stray(): Promise<StrayReason> {
    await until(() => this.#strays.length, { what: "a stray response" });
    return this.#strays.shift()!;
  }

  #next(event: string): Promise<Signal> {
    return nextOf(this.#signals, event);
  }
}
