/**
 * A server that dies under load: each side learns of its lost messages.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { setTimeout as sleep } from "node:timers/promises";
import type { GapDetail } from "../../src/signals/events.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { DeliveryError } from "../../src/transport/transport.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import { needsRedis } from "../support/redis_binary.ts";
import type { RedisServer } from "../support/redis_server.ts";
import { eventOf, until } from "../support/wait.ts";
import { LinkStage } from "./link_stage.ts";
import { scenario } from "./scenario.ts";

/** Signals a second. */
const RATE = 1_000;
const TIMEOUT = 200;
/** More events than publishes in flight, because publishes of one event take turns. */
const EVENTS = Array.from({ length: RATE }, (_, index) => `state-${index}`);
/** Milliseconds of undisturbed load around a death. */
const CALM = 200;
/** Milliseconds between the sending of a message and its reading. */
const READING = 50;

/** A span of time, by `performance.now()`. */
interface Span {
  readonly begin: number;
  readonly end: number;
}

interface Published extends Span {
  readonly fate: "received" | "unreceived" | DeliveryError["outcome"];
}

scenario(
  10,
  "when a server dies under 1,000 signals a second, every lost signal was rejected or lies in a reported gap",
  { needs: needsRedis("A server that dies under load is") },
  async (report) => {
    await using stage = await LinkStage.open();
    const { party: exporter, proxy: near } = await stage.exporter();
    const told = gapsOf(exporter);
    await exporter.initialize(EVENTS);
    const seen = new Map<number | bigint, number>();
    const { party: responder, proxy: far } = await stage.responder(
      ({ sampleNo }) => {
        seen.set(sampleNo, (seen.get(sampleNo) ?? 0) + 1);
        return undefined;
      },
    );
    const gaps = gapsOf(responder);

    const load = new Load(exporter);
    for (
      const die of [
        () => dieAndRestart(stage.server, [exporter, responder]),
        () => vanish([near, far], [exporter, responder]),
        () => vanish([far], [responder]),
      ]
    ) {
      await sleep(CALM);
      await die();
      await sleep(CALM);
    }
    const published = await load.end();
    await until(() => seen.has(published.length - 1), { what: "the last one" });

    assertEquals([told.length, gaps.length], [2, 3]);
    const count = (fate: Published["fate"]) =>
      published.filter((each) => each.fate === fate).length;
    const lost = published.filter((_, sample) => !seen.has(sample));
    assert(count("not-sent") > 0 && count("unknown") > 0, "no publish failed");
    assert(
      lost.some(({ fate }) => fate === "received"),
      "no confirmed signal was lost",
    );
    report({
      tried: published.length,
      held: published.filter((each, sample) =>
        seen.has(sample)
          ? seen.get(sample) === 1 && each.fate !== "not-sent"
          : each.fate === "not-sent" || gaps.some((gap) =>
            overlap(gap, each)
          )
      ).length,
      figure: `lost ${lost.length}, of which rejected ${
        lost.filter(({ fate }) => fate === "not-sent" || fate === "unknown")
          .length
      }, all others in gaps of ${
        gaps.map(({ begin, end }) => `${(end - begin).toFixed(0)} ms`)
          .join(", ")
      }`,
    });
  },
);

/** Publishes numbered samples at a constant rate until it is ended. */
class Load {
  readonly #exporter: SignalExporter;
  readonly #published: Promise<Published>[] = [];
  readonly #since = performance.now();
  readonly #timer = setInterval(() => this.#catchUp(), 1);

  constructor(exporter: SignalExporter) {
    this.#exporter = exporter;
  }

  /** The fate of each sample. */
  async end(): Promise<Published[]> {
    clearInterval(this.#timer);
    return await Promise.all(this.#published);
  }

  #catchUp(): void {
    const due = (performance.now() - this.#since) * RATE / 1_000;
    while (this.#published.length < due) {
      this.#published.push(this.#publish(this.#published.length));
    }
  }

  async #publish(sample: number): Promise<Published> {
    const begin = performance.now();
    const event = EVENTS[sample % EVENTS.length]!;
    const fate = await this.#exporter
      .publishSignal(event, { sample, timeout: TIMEOUT })
      .then(
        ({ receivers }) => receivers === 1 ? "received" : "unreceived",
        ({ outcome }: DeliveryError) => outcome,
      );
    return { begin, end: performance.now(), fate };
  }
}

/** The gaps that are reported from now on. */
function gapsOf(target: EventTarget): Span[] {
  const gaps: Span[] = [];
  target.addEventListener("gap", (event) => {
    const { downtime } = (event as CustomEvent<GapDetail>).detail;
    const end = performance.now();
    gaps.push({ begin: end - downtime, end });
  });
  return gaps;
}

async function dieAndRestart(
  server: RedisServer,
  peers: readonly EventTarget[],
): Promise<void> {
  const back = allTell(peers, "reconnect");
  await server.kill();
  await sleep(CALM);
  await server.restart();
  await back;
}

/** Acts like a machine that is switched off: no end of a connection is sent. */
async function vanish(
  paths: readonly FaultProxy[],
  peers: readonly EventTarget[],
): Promise<void> {
  const back = allTell(peers, "reconnect");
  const gone = allTell(peers, "disconnect");
  for (const path of paths) path.blackhole();
  await gone;
  for (const path of paths) await path.heal();
  await back;
}

async function allTell(
  peers: readonly EventTarget[],
  type: string,
): Promise<void> {
  await Promise.all(peers.map((peer) => eventOf(peer, type)));
}

function overlap(gap: Span, { begin, end }: Span): boolean {
  return begin < gap.end && end > gap.begin - READING;
}
