/**
 * The end of an episode: everything heals, everybody obeys, and then the second
 * of two publishes must succeed. What hinders it is a violation.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/wait.ts";
import type { ExporterActor } from "./actor.ts";
import { EVENTS, OBEDIENT } from "./commands.ts";
import type { Scene } from "./lanes.ts";
import type { ExporterSaid, Line } from "./lines.ts";
import { initializationsOf } from "./wire.ts";

/** Milliseconds in which links come back, and what was begun is done. */
const RECOVERY = 3_000;
/** Milliseconds for a publish whose subscribers all obey. */
const TIMEOUT = 15_000;
/** The most `initialization`s that go out before one signal. */
const MAX_FENCE = 64;

/** What hindered the end; `"beyond the bound"` is a documented limit, and no violation. */
export interface FinaleFault {
  readonly kind: "absent" | "never counts" | "beyond the bound";
  readonly text: string;
}

/** Plays the end for every exporter. */
export async function finale(scene: Scene): Promise<FinaleFault[]> {
  const { troupe, plan } = scene;
  for (const each of troupe.everyone) {
    each.resume();
    await each.proxy.heal();
  }
  for (const responder of troupe.alive) {
    responder.tell({ do: "unlock" });
    responder.tell({ do: "mood", mood: OBEDIENT });
  }
  if (plan.weather !== "calm") await sleep(RECOVERY);
  const faults: FinaleFault[] = [];
  for (const exporter of troupe.exporters.filter((each) => each.isAlive)) {
    await allSettled(exporter);
    if (troupe.alive.length === 0) continue;
    faults.push(...await assemble(scene, exporter));
    for (const event of EVENTS) {
      faults.push(...await publishTwice(scene, exporter, event));
    }
  }
  return faults;
}

async function allSettled(exporter: ExporterActor): Promise<void> {
  const isOpen = () => {
    const open = new Set<number>();
    for (const line of exporter.lines) {
      if (line.said === "called") open.add(line.n);
      if (line.said === "settled" || line.said === "rejected") {
        open.delete(line.n);
      }
    }
    return open.size > 0;
  };
  await until(() => !isOpen(), {
    what: `${exporter.name} to settle every publish`,
    timeout: 30_000,
  });
}

/** Lets those who live join, and takes those who are dead off. */
async function assemble(
  { troupe }: Scene,
  exporter: ExporterActor,
): Promise<FinaleFault[]> {
  const living = new Set(troupe.alive.map(({ id }) => id));
  let roster = await initialized(exporter);
  for (let tries = 0; tries < 20 && !includes(roster, living); tries++) {
    await sleep(200);
    roster = await initialized(exporter, tries % 5 === 4);
  }
  const absent = [...living].filter((id) => !roster.includes(id));
  for (const id of roster.filter((each) => !living.has(each))) {
    exporter.tell({ do: "remove", id });
  }
  return absent.map((id) => ({
    kind: "absent",
    text: `${id} lives and is not on the roster of ${exporter.name}`,
  }));
}

function includes(
  roster: readonly string[],
  ids: ReadonlySet<string>,
): boolean {
  return [...ids].every((id) => roster.includes(id));
}

/** Initializes, or does nothing, and returns the roster. */
async function initialized(
  exporter: ExporterActor,
  asks = true,
): Promise<readonly string[]> {
  const since = exporter.lines.length;
  const isNews = (line: Line<ExporterSaid>) =>
    line.said === "did" && exporter.lines.indexOf(line) >= since;
  exporter.tell(
    asks
      ? { do: "initialize", events: EVENTS }
      : { do: "remove", id: "of no responder" },
  );
  const did = await exporter.says(isNews, "to answer");
  return (did as Line<ExporterSaid> & { said: "did" }).roster;
}

/** The first may be uncertain, and heals what was missed; the second must succeed. */
async function publishTwice(
  { next, wire }: Scene,
  exporter: ExporterActor,
  event: string,
): Promise<FinaleFault[]> {
  for (const isLast of [false, true]) {
    const n = next();
    exporter.tell({ do: "publish", n, event, terms: { timeout: TIMEOUT } });
    const settled = await exporter.says(
      (line) =>
        (line.said === "settled" || line.said === "rejected") && line.n === n,
      `to settle publish ${n}`,
      TIMEOUT + 10_000,
    );
    if (settled.said === "settled" && settled.result.ok) return [];
    if (!isLast) continue;
    // The documented limit: a fence of more than 64 is not sent.
    const inits = initializationsOf(wire.messages, exporter.id);
    const isBeyond = inits > MAX_FENCE && isUncertain(settled);
    return [{
      kind: isBeyond ? "beyond the bound" : "never counts",
      text:
        `publish ${n} of ${event} by ${exporter.name} after the end of all faults: ${
          JSON.stringify(settled)
        }`,
    }];
  }
  return [];
}

function isUncertain(line: Line<ExporterSaid>): boolean {
  return line.said === "settled" &&
    Object.values(line.result.missing).every((why) => why === "uncertain");
}
