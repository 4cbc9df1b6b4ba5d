/**
 * Answers that come when the publish that they are for has settled.
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
  "a late answer is reported, and counts neither for another event nor for a settled publish",
  { needs: needsRedis("Late answers are") },
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
    await tally.try("every late answer is told", () => {
      assertEquals(misattributed.auto, 0);
      return Promise.resolve();
    });
    report(tally.findings(
      `in the wait of the same event's next publish: misattributed ${misattributed.auto}/${ROUNDS}, and ${misattributed.off}/${ROUNDS} as on the wire of 1.0.1`,
    ));
  },
);

/** The ways in which an answer to "start" comes too late. */
class LateAnswers {
  readonly #exporter: SignalExporter<"start" | "stop">;
  readonly #responder: SignalResponder;
  readonly #signals: AsyncIterator<Signal>;
  /** What a late answer is called. */
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

  /** While nothing waits. */
  async afterwards(): Promise<void> {
    const signal = await this.#missedStart();
    await this.#answerInVain(signal);
  }

  /** While an answer to "stop" is waited for. */
  async duringAnotherEvent(): Promise<void> {
    const missed = await this.#missedStart();
    const publishing = this.#exporter.publishSignal("stop");
    const signal = await this.#next("stop");
    await this.#answerInVain(missed);
    await this.#responder.srespond(signal, 0);
    assertEquals((await publishing).code, 1);
  }

  /**
   * While the next answer to "start" is waited for, which will be a failure.
   * The wire of 1.0.1 cannot tell the two apart, so there this is measured only.
   *
   * @returns Whether the late answer was taken for the next one.
   */
  async duringTheSameEvent(): Promise<boolean> {
    const missed = await this.#missedStart();
    const publishing = this.#exporter.publishSignal("start");
    const signal = await this.#next("start");
    await this.#responder.srespond(missed, 1);
    await this.#responder.srespond(signal, 0);
    const { code, acks, missing } = await publishing;
    assertEquals([acks.size, missing.size], [1, 0]);
    // Whichever of the two did not count must not linger into the next round.
    await this.#stray();
    return code === 0;
  }

  /** A "start" that nobody answered in time. */
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
    await until(() => this.#strays.length, { what: "a stray answer" });
    return this.#strays.shift()!;
  }

  #next(event: string): Promise<Signal> {
    return nextOf(this.#signals, event);
  }
}
