/**
 * A server that is alive and does not reply for a while.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { setTimeout as sleep } from "node:timers/promises";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { RedisClient, RedisConnectionError } from "../../src/redis/mod.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { PublishResult } from "../../src/signals/exporter/publish_result.ts";
import type { DeliveryError } from "../../src/transport/transport.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { until } from "../support/wait.ts";
import { LinkStage, SLACK, SWIFT } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";
import { signalText } from "./traffic.ts";

/** Milliseconds of a pause that no peer may notice, and of one that every peer must. */
const SHORT = 80;
const LONG = 1_500;
const TIMEOUT = 300;
/** Sends no PING, so that only the command timeout detects the pause. */
const IMPATIENT = { ...SWIFT, pingInterval: 60_000, commandTimeout: 400 };

/** A way to pause. */
interface Pause {
  readonly command: (ms: number) => readonly string[];
  /** Whether the server holds back PINGs, too, so that subscribers' links end as well. */
  readonly holdsPings: boolean;
}

const PAUSES: Readonly<Record<string, Pause>> = {
  "CLIENT PAUSE WRITE": {
    command: (ms) => ["CLIENT", "PAUSE", String(ms), "WRITE"],
    holdsPings: false,
  },
  "CLIENT PAUSE ALL": {
    command: (ms) => ["CLIENT", "PAUSE", String(ms), "ALL"],
    holdsPings: true,
  },
  "DEBUG SLEEP": {
    command: (ms) => ["DEBUG", "SLEEP", String(ms / 1_000)],
    holdsPings: true,
  },
};

scenario(
  13,
  "a pause shorter than the timeouts is waited for, a longer one ends the links, and no signal is delivered twice",
  { needs: needsRedis("Paused servers are") },
  async (report) => {
    const tally = new Tally();
    const late: number[] = [];
    const back: number[] = [];
    await Promise.all(
      Object.entries(PAUSES).map(async ([name, pause]) => {
        await using play = await Play.begin(pause);
        await tally.try(`${name}, short`, () => play.waitForIt());
        await tally.try(`${name}, long`, async () => {
          late.push(await play.giveUp());
          back.push(await play.comeBack());
        });
      }),
    );
    report(tally.findings(
      `settled after the deadline by ${percentiles(late)}; works ${
        percentiles(back)
      } after the pause`,
    ));
  },
);

/** An exporter and its subscriber on a server of their own. */
class Play implements AsyncDisposable {
  readonly #pause: Pause;
  readonly #stage: LinkStage;
  readonly #exporter: SignalExporter;
  /** The sample numbers that the subscriber yielded. */
  readonly #seen: (number | bigint)[] = [];
  /** The link events of both peers. */
  readonly #told: string[] = [];
  /** The sample numbers that the exporter has sent or may have sent. */
  readonly #sent: number[] = [];
  /** The number of missed signals that the subscriber reported. */
  #missed = 0;
  #sample = 0;
  #pauseEnds = 0;

  static async begin(pause: Pause): Promise<Play> {
    const stage = await LinkStage.open({ enableDebugCommand: true });
    const { party: exporter } = await stage.exporter();
    const play = new Play(pause, stage, exporter);
    const { party: responder } = await stage.responder((signal) => {
      if (signal.event === "state") play.#seen.push(signal.sampleNo);
      return { ras: 1 };
    });
    for (const peer of [exporter, responder]) play.#listen(peer);
    responder.addEventListener("gap", ({ detail: { missed = 0 } }) => {
      play.#missed += missed;
    });
    assert(await exporter.initializeAndWait(1, ["state"], { periodic: 100 }));
    return play;
  }

  private constructor(
    pause: Pause,
    stage: LinkStage,
    exporter: SignalExporter,
  ) {
    this.#pause = pause;
    this.#stage = stage;
    this.#exporter = exporter;
  }

  async waitForIt(): Promise<void> {
    await this.#during(SHORT, async () => {
      const { ok, elapsed } = await this.#publish({ timeout: 20_000 });
      assert(ok && elapsed > SHORT / 2, `${ok} after ${elapsed} ms`);
    });
    assertEquals(this.#told, []);
    this.#assertNothingTwice();
  }

  /** Resolves with the milliseconds from the deadline to the result. */
  async giveUp(): Promise<number> {
    const { url } = this.#stage.server;
    await using client = await RedisClient.connect({ ...IMPATIENT, url });
    return await this.#during(LONG, async () => {
      const publishing = assertRejects(
        () => client.publish(SIGNAL_CHANNEL, signalText(++this.#sample)),
        RedisConnectionError,
      );
      const { code, missing, elapsed } = await this.#publish();
      assertEquals([code, missing.size], [2, 1]);
      assert(elapsed < TIMEOUT + SLACK, `settled after ${elapsed} ms`);
      const { outcome } = await publishing;
      assertEquals(outcome, "unknown");
      assert(performance.now() < this.#pauseEnds, "it waited for the server");
      return elapsed - TIMEOUT;
    });
  }

  /** Resolves with the milliseconds from the end of the pause. */
  async comeBack(): Promise<number> {
    await until(async () => {
      const result = await this.#publish().catch(() => undefined);
      return result?.ok;
    }, { what: "a success" });
    const back = performance.now() - this.#pauseEnds;
    const told = this.#pause.holdsPings
      ? ["disconnect", "disconnect", "gap", "gap", "reconnect", "reconnect"]
      : [];
    assertEquals(this.#told.toSorted(), told);
    const lost = this.#sent.filter((sample) => !this.#seen.includes(sample));
    // The gap is reported once no signal can be redelivered any more.
    await until(() => this.#missed >= lost.length, { what: "the gap" });
    assertEquals(this.#missed, lost.length);
    this.#assertNothingTwice();
    return back;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage[Symbol.asyncDispose]();
  }

  /** Acts while the server pauses. */
  async #during<T>(ms: number, act: () => Promise<T>): Promise<T> {
    using admin = await this.#stage.server.connect();
    await admin.send(...this.#pause.command(ms));
    // DEBUG SLEEP replies only at its end, so its beginning can't be awaited.
    await sleep(10);
    this.#pauseEnds = performance.now() + ms;
    const result = await act();
    await sleep(this.#pauseEnds - performance.now());
    assertEquals(await admin.read(), "OK");
    return result;
  }

  async #publish({ timeout = TIMEOUT } = {}): Promise<PublishResult> {
    const sample = ++this.#sample;
    try {
      const options = { sample, timeout };
      const result = await this.#exporter.publishSignal("state", options);
      this.#sent.push(sample);
      return result;
    } catch (error) {
      if ((error as DeliveryError).outcome === "unknown") {
        this.#sent.push(sample);
      }
      throw error;
    }
  }

  #assertNothingTwice(): void {
    assertEquals(this.#seen.length, new Set(this.#seen).size);
  }

  #listen(peer: EventTarget): void {
    for (const type of ["disconnect", "gap", "reconnect"]) {
      peer.addEventListener(type, (event) => {
        const ofLink = (event as CustomEvent).detail.missed === undefined;
        if (ofLink) this.#told.push(type);
      });
    }
  }
}
