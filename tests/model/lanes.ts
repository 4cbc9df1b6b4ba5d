/**
 * What goes on during an episode, side by side: publishes, who joins and leaves,
 * moods, and faults. Each lane has chances of its own, so that a seed repeats
 * each whatever the others do.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../support/random.ts";
import type { ExporterActor, ResponderActor } from "./actor.ts";
import { EVENTS, type PublishTerms } from "./commands.ts";
import { moodOf, type Plan, styleOf } from "./plan.ts";
import type { Troupe } from "./troupe.ts";
import type { Wire } from "./wire.ts";
import type { World } from "./worlds.ts";

const TAGS = ["t1", "t2"] as const;
/** Publishes that wait at a time, at most, but for bursts. */
const MAX_WAITING = 30;

/** What the lanes of an episode share. */
export interface Scene {
  readonly plan: Plan;
  readonly world: World;
  readonly troupe: Troupe;
  readonly wire: Wire;
  /** Ends the lanes. */
  readonly over: AbortSignal;
  /** Counts the publishes of the episode. */
  readonly next: () => number;
  /** Notes what is done, for the table. */
  readonly note: (what: string) => void;
}

/** Publishes until the scene is over. */
export async function publishing(
  scene: Scene,
  random: Random,
): Promise<void> {
  const { plan, troupe, over } = scene;
  while (!over.aborted) {
    const exporter = random.pick(troupe.atWork);
    const isBurst = random.chance(0.02);
    const size = isBurst ? random.pick([20, 300]) : 1;
    if (exporter.isAlive && waitingOf(exporter) < MAX_WAITING) {
      for (let n = 0; n < size; n++) await publish(scene, exporter, random);
    }
    await pause(random, plan.pace, over);
  }
}

async function publish(
  { plan, next }: Scene,
  exporter: ExporterActor,
  random: Random,
): Promise<void> {
  const event = random.pick(EVENTS);
  const n = next();
  const isCalm = plan.weather === "calm";
  exporter.tell({
    do: "publish",
    n,
    event,
    ...(isCalm ? { terms: { timeout: 20_000 } } : termsOf(random)),
  });
  if (!isCalm || !plan.styles.includes("pair")) return;
  // By publisher and event only one signal can be answered.
  await exporter.says(
    (line) => line.said === "settled" && line.n === n,
    `to settle publish ${n}`,
    30_000,
  );
}

/** Lets responders and exporters come and go, where the weather is not calm. */
export async function comingAndGoing(
  scene: Scene,
  random: Random,
): Promise<void> {
  const { plan, troupe, over } = scene;
  while (!over.aborted) {
    await pause(random, 1_500, over);
    if (over.aborted) return;
    if (plan.weather === "calm") {
      if (troupe.alive.length < 7) await joinLate(scene, random);
      continue;
    }
    if (troupe.alive.length < 2) await joinLate(scene, random);
    const act = random.pick([
      joinLate,
      joinLate,
      restart,
      restart,
      initializeAnew,
      initializeAgain,
      replaceExporter,
      waitForMore,
      removeOne,
      closeOne,
    ]);
    scene.note(`process: ${act.name}`);
    await act(scene, random);
  }
}

/** Changes moods and locks. */
export async function moods(
  { plan, troupe, over }: Scene,
  random: Random,
): Promise<void> {
  while (!over.aborted) {
    await pause(random, 1_000, over);
    if (over.aborted || plan.weather === "calm") continue;
    const [responder] = random.shuffle(troupe.alive);
    if (responder === undefined) continue;
    if (responder.role === "ours" && random.chance(0.3)) {
      responder.tell(random.pick([
        { do: "lockTag", tag: random.pick(TAGS) },
        { do: "lockId", id: random.pick(troupe.atWork).id || "not ready" },
        { do: "unlock" },
        { do: "unlock" },
      ]));
    } else {
      responder.tell({ do: "mood", mood: moodOf(plan.weather, random) });
    }
  }
}

/** Lets links fail. */
export async function linkFaults(
  { plan, troupe, over, note }: Scene,
  random: Random,
): Promise<void> {
  if (plan.weather !== "storm") return;
  while (!over.aborted) {
    await pause(random, 1_500, over);
    if (over.aborted) return;
    const victims = troupe.everyone.filter(({ role }) =>
      plan.victims === "all" ||
      (role === "exporter") === (plan.victims === "exporter")
    );
    const victim = random.shuffle(victims)[0];
    if (victim === undefined) continue;
    const [what, strike] = random.pick(Object.entries(LINK_FAULTS));
    note(`link: ${what}`);
    const healed = victim.trouble(what);
    await strike(victim, random);
    healed();
  }
}

/** Lets servers fail. */
export async function serverFaults(
  { plan, world, troupe, over, note }: Scene,
  random: Random,
): Promise<void> {
  if (plan.weather !== "storm" || plan.victims !== "all") return;
  while (!over.aborted) {
    await pause(random, 3_000, over);
    if (over.aborted) return;
    const [what, strike] = random.pick(Object.entries(world.faults));
    note(`server: ${what.replace(/^\S+ (?=restart|SIGSTOP|CLIENT)/, "")}`);
    const healed = troupe.everyone.map((each) => each.trouble(what));
    await strike(random);
    for (const heal of healed) heal();
  }
}

/** Kills processes, and lets them stand still. */
export async function processFaults(
  { plan, troupe, over, note }: Scene,
  random: Random,
): Promise<void> {
  if (plan.weather !== "storm") return;
  while (!over.aborted) {
    await pause(random, 3_000, over);
    if (over.aborted) return;
    const isExporter = plan.victims !== "responders" && random.chance(0.2);
    const victim = isExporter
      ? troupe.exporters.find((each) => each.isAlive)
      : random.shuffle(troupe.alive)[0];
    if (victim === undefined) continue;
    const isKill = random.chance(0.3);
    note(`process: ${isKill ? "SIGKILL" : "SIGSTOP"}`);
    if (isKill) {
      await victim.kill();
      // Without an exporter there is nothing to see.
      if (isExporter) await initialize(await troupe.exporter(), troupe, random);
    } else {
      victim.suspend();
      await sleep(random.int(50, random.pick([300, 2_000, 4_000])));
      victim.resume();
    }
  }
}

/** Makes an exporter ask for subscribers, some of them known from the start. */
export async function initialize(
  exporter: ExporterActor,
  troupe: Troupe,
  random: Random,
): Promise<void> {
  const known = [...troupe.alive.map(({ id }) => id), troupe.nextId];
  const expected = random.chance(0.3)
    ? known.filter(() => random.chance(0.5))
    : [];
  exporter.tell({
    do: "initialize",
    events: EVENTS,
    expected: [...new Set(expected)],
    tag: random.chance(0.2) ? random.pick(TAGS) : undefined,
  });
  await sleep(random.int(0, 300));
}

/** How long a publish waits, for how many, and what ends it early. */
function termsOf(
  random: Random,
): { terms: PublishTerms; abortAfter?: number } {
  const timeout = random.pick([
    0,
    5,
    50,
    300,
    1_000,
    1_000,
    3_000,
    3_000,
    Infinity,
  ]);
  const abortAfter = timeout === Infinity || random.chance(0.05)
    ? random.int(0, 2_000)
    : undefined;
  return {
    terms: {
      // JSON has no Infinity.
      ...(timeout === Infinity ? {} : { timeout }),
      ...(random.chance(0.1) ? { idleTimeout: random.int(50, 500) } : {}),
      ...(random.chance(0.3)
        ? {
          until: random.pick([
            { count: 1 },
            { count: 2 },
            { quorum: 0.5 },
            { quorum: 0.9 },
            "all",
          ]),
        }
        : {}),
      ...(random.chance(0.15) ? { failFast: true } : {}),
      ...(random.chance(0.3) ? { sample: random.int(0, 99) } : {}),
      ...(random.chance(0.5) ? { tag: random.pick(TAGS) } : {}),
    },
    ...(abortAfter === undefined ? {} : { abortAfter }),
  };
}

function waitingOf(exporter: ExporterActor): number {
  let waiting = 0;
  for (const { said } of exporter.lines) {
    if (said === "called") waiting++;
    if (said === "settled" || said === "rejected") waiting--;
  }
  return waiting;
}

async function pause(
  random: Random,
  most: number,
  signal: AbortSignal,
): Promise<void> {
  await sleep(random.int(most / 10, most), undefined, { signal }).catch(
    () => {},
  );
}

async function joinLate(
  { plan, troupe }: Scene,
  random: Random,
): Promise<void> {
  if (troupe.alive.length >= 8) return;
  const isPython = plan.pythons > 0 && random.chance(0.4);
  const mood = moodOf(plan.weather, random);
  const isInOrder = plan.exporter.correlation === "off";
  const style = styleOf(random, isInOrder);
  // In calm weather the publishes are as many at a time as the styles permit.
  const isPair = plan.weather === "calm" && style === "pair";
  if (isPython) await troupe.python(mood);
  else await troupe.responder(isPair ? "signal" : style, mood);
}

/** Starts a process under the id of another one, which is gone before, or goes later, or never. */
async function restart(
  { plan, troupe, note }: Scene,
  random: Random,
): Promise<void> {
  const [old] = random.shuffle(
    troupe.alive.filter(({ role }) => role === "ours"),
  );
  if (old === undefined || troupe.alive.length >= 9) return;
  const how = random.pick([
    "killed before",
    "closes later",
    "killed later",
    "stays",
  ]);
  note(`process: restart, the old one ${how}`);
  if (how === "killed before") {
    await old.kill();
    await sleep(random.int(0, 700));
  }
  const style = styleOf(random, plan.exporter.correlation === "off");
  await troupe.responder(style, moodOf(plan.weather, random), old.id);
  // Asked again, it joins while the old one is there.
  if (random.chance(0.5)) {
    random.pick(troupe.atWork).tell({ do: "initialize", events: EVENTS });
  }
  await sleep(random.int(0, 1_500));
  if (how === "closes later") await close(old);
  if (how === "killed later") await old.kill();
}

async function closeOne({ troupe }: Scene, random: Random): Promise<void> {
  const [one, ...others] = random.shuffle(
    troupe.alive.filter(({ role }) => role === "ours"),
  );
  if (one !== undefined && others.length > 0) await close(one);
}

async function close(responder: ResponderActor): Promise<void> {
  if (responder.isStopped) return;
  const closed = responder.trouble("closes");
  responder.tell({ do: "close" });
  await responder.says(({ said }) => said === "closed", "to close").catch(
    () => responder.kill(), // it was killed or stopped meanwhile
  );
  closed();
}

async function initializeAnew(scene: Scene, random: Random): Promise<void> {
  const { troupe } = scene;
  const exporter = random.pick(troupe.atWork);
  exporter.tell({ do: "shutdown" });
  await sleep(random.int(0, 300));
  await initialize(exporter, troupe, random);
}

/** Closes an exporter, and starts another one. */
async function replaceExporter(
  { troupe }: Scene,
  random: Random,
): Promise<void> {
  const exporter = random.pick(troupe.atWork);
  if (!exporter.isAlive || exporter.isStopped || random.chance(0.7)) return;
  const closed = exporter.trouble("closes");
  exporter.tell({ do: "close" });
  await exporter.says(({ said }) => said === "closed", "to close").catch(
    () => exporter.kill(), // it was killed or stopped meanwhile
  );
  closed();
  await initialize(await troupe.exporter(), troupe, random);
}

async function initializeAgain(
  { troupe }: Scene,
  random: Random,
): Promise<void> {
  await initialize(random.pick(troupe.atWork), troupe, random);
}

function waitForMore({ troupe }: Scene, random: Random): Promise<void> {
  random.pick(troupe.atWork).tell({
    do: "initializeAndWait",
    count: random.int(1, 5),
    events: EVENTS,
    timeout: random.int(100, 1_000),
    periodic: random.pick([100, 300]),
  });
  return Promise.resolve();
}

function removeOne({ troupe }: Scene, random: Random): Promise<void> {
  const [responder] = random.shuffle(troupe.responders);
  if (responder !== undefined) {
    random.pick(troupe.atWork).tell({ do: "remove", id: responder.id });
  }
  return Promise.resolve();
}

type LinkFault = (
  victim: ExporterActor | ResponderActor,
  random: Random,
) => Promise<unknown>;

const LINK_FAULTS: Readonly<Record<string, LinkFault>> = {
  cut: ({ proxy }) => Promise.resolve(proxy.cut()),
  reset: ({ proxy }) => Promise.resolve(proxy.reset()),
  blackhole: (victim, random) =>
    forAWhile(victim, random, () => victim.proxy.blackhole()),
  "blackhole one way": (victim, random) => {
    const direction = random.pick(["toServer", "toClient"] as const);
    return forAWhile(victim, random, () => victim.proxy.blackhole(direction));
  },
  delay: (victim, random) =>
    forAWhile(victim, random, () => victim.proxy.delay(random.int(10, 150))),
  refuse: (victim, random) =>
    forAWhile(victim, random, () => {
      victim.proxy.refuse();
      victim.proxy.cut();
    }),
};

async function forAWhile(
  { proxy }: ExporterActor | ResponderActor,
  random: Random,
  fault: () => void,
): Promise<void> {
  fault();
  await sleep(random.int(50, random.pick([300, 1_500, 3_000])));
  await proxy.heal();
}
