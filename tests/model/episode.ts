/**
 * One episode: real processes on real servers, from a seed.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../support/random.ts";
import type { History } from "./actor.ts";
import { EVENTS } from "./commands.ts";
import { finale, type FinaleFault } from "./finale.ts";
import {
  comingAndGoing,
  initialize,
  linkFaults,
  moods,
  processFaults,
  publishing,
  type Scene,
  serverFaults,
} from "./lanes.ts";
import type { ExporterSaid, ResponderSaid } from "./lines.ts";
import type { Plan } from "./plan.ts";
import { Troupe } from "./troupe.ts";
import { strangersIn, Wire, type WireMessage } from "./wire.ts";
import { openWorld } from "./worlds.ts";

/** What remains of an episode. */
export interface EpisodeRecord {
  readonly plan: Plan;
  readonly exporters: readonly History<ExporterSaid>[];
  readonly responders: readonly History<ResponderSaid>[];
  readonly finale: readonly FinaleFault[];
  /** What was done to servers, links and processes. */
  readonly happened: readonly string[];
  readonly wire: readonly WireMessage[];
}

const LANES = [
  publishing,
  comingAndGoing,
  moods,
  linkFaults,
  serverFaults,
  processFaults,
];

/** A process of another run was on the server: what it did can't be judged. */
export class StrangerError extends Error {
  override readonly name = "StrangerError";

  constructor(strangers: readonly string[]) {
    super(`Peers of another run were on the server: ${strangers.join(", ")}`);
  }
}

/**
 * Plays an episode.
 *
 * @throws {StrangerError} If peers of another run were on its server.
 */
export async function playEpisode(plan: Plan): Promise<EpisodeRecord> {
  await using world = await openWorld(plan.world);
  await using wire = await Wire.open(world.port);
  await using troupe = new Troupe(plan, world);
  let count = 0;
  const happened: string[] = [];
  const over = new AbortController();
  const scene: Scene = {
    plan,
    world,
    troupe,
    wire,
    over: over.signal,
    next: () => ++count,
    note: (what) => happened.push(what),
  };
  await assembleTroupe(plan, troupe);
  const lanes = LANES.map((lane, index) =>
    lane(scene, new Random(plan.seed + 10 + index))
  );
  const ended = Promise.all(lanes);
  ended.catch(() => over.abort());
  await Promise.race([sleep(plan.duration), ended]);
  over.abort();
  await ended;
  const faults = await finale(scene);
  // What was said until the end is read before it is judged.
  for (const each of troupe.everyone) await each.kill();
  const exporterIds = troupe.exporters.map(({ id }) => id);
  const strangers = strangersIn(wire.messages, exporterIds);
  if (strangers.length > 0) throw new StrangerError(strangers);
  return {
    plan,
    exporters: troupe.exporters,
    responders: troupe.responders,
    finale: faults,
    happened,
    wire: wire.messages,
  };
}

/** Starts those who are there from the start, exporters and responders in any order. */
async function assembleTroupe(plan: Plan, troupe: Troupe): Promise<void> {
  const { weather, styles, pythons, mood, exporters } = plan;
  const random = new Random(plan.seed + 2);
  const startExporters = async () => {
    for (let n = 0; n < exporters; n++) await troupe.exporter();
  };
  const isFirst = random.chance(0.5);
  if (isFirst) await startExporters();
  await Promise.all([
    ...styles.map((style) => troupe.responder(style, mood)),
    ...Array.from({ length: pythons }, () => troupe.python(mood)),
  ]);
  if (!isFirst) await startExporters();
  for (const exporter of troupe.exporters) {
    if (weather !== "calm") {
      await initialize(exporter, troupe, random);
      continue;
    }
    exporter.tell({
      do: "initializeAndWait",
      count: styles.length + pythons,
      events: EVENTS,
      timeout: 20_000,
      periodic: 200,
    });
    await exporter.says(({ said }) => said === "did", "to have subscribers");
  }
}
