/**
 * What a seed makes of an episode: its world, its cast and its weather.
 *
 * @module
 */

import type { RedisOptions } from "../../src/redis/mod.ts";
import { hasPython } from "../support/python_process.ts";
import { Random } from "../support/random.ts";
import { hasRedis } from "../support/redis_binary.ts";
import {
  type ExporterStart,
  type Mood,
  OBEDIENT,
  type Style,
  STYLES,
} from "./commands.ts";
import { type WorldKind, WORLDS } from "./worlds.ts";

/**
 * `"calm"`: all answer, nothing fails, so every publish must succeed; `"moody"`:
 * peers are slow, silent, failing, and come and go; `"storm"`: links, servers
 * and processes fail besides.
 */
export type Weather = "calm" | "moody" | "storm";

/** An episode, before it begins. */
export interface Plan {
  readonly seed: number;
  readonly weather: Weather;
  readonly world: WorldKind;
  /** Milliseconds from the first publish to the last but the final ones. */
  readonly duration: number;
  readonly redis: RedisOptions;
  readonly exporter: ExporterStart["options"];
  /** How many exporters there are. */
  readonly exporters: number;
  readonly heartbeatTimeout: number;
  readonly countSubscribers: boolean;
  /** The styles of the responders of this module that are there from the start. */
  readonly styles: readonly Style[];
  /** How many Python peers are there from the start. */
  readonly pythons: number;
  /** The mood that most responders are in. */
  readonly mood: Mood;
  /** Milliseconds between two publishes, at most. */
  readonly pace: number;
  /** How many signals may wait for a listener; more are dropped. */
  readonly queueCapacity: number;
  /** Which processes links fail of: every one, or those with these numbers. */
  readonly victims: "all" | "exporter" | "responders";
}

/** Notices a dead link soon enough for an episode of seconds. */
const SWIFT: RedisOptions = {
  handshakeTimeout: 1_500,
  pingInterval: 300,
  pingTimeout: 700,
  commandTimeout: 1_500,
  minBackoff: 10,
  maxBackoff: 200,
};

/** Plans the episode of a seed; what this machine lacks is left out. */
export function planOf(seed: number): Plan {
  const random = new Random(seed);
  const weather = random.pick<Weather>(["calm", "moody", "storm", "storm"]);
  const world = random.pick(worldsHere());
  const isInOrder = random.chance(0.1);
  const counts = random.chance(0.8);
  const heartbeatTimeout = random.pick([3_000, 15_000]);
  const ours = random.int(0, 4);
  const pythons = !hasPython() ? 0 : random.int(ours === 0 ? 1 : 0, 2);
  const mood = moodOf(weather, random);
  return {
    seed,
    weather,
    world,
    duration: weather === "calm" ? 3_000 : random.int(5_000, 10_000),
    redis: weather === "storm" ? SWIFT : {},
    exporter: {
      // Without tickets every responder must answer in order.
      correlation: isInOrder ? "off" : "auto",
      ...(random.chance(0.2) ? { evictAfterMisses: 3 } : {}),
      onLost: random.pick(["keep", "evict"]),
      heartbeatTimeout,
      countSubscribers: counts,
    },
    exporters: random.chance(0.2) ? 2 : 1,
    heartbeatTimeout,
    countSubscribers: counts,
    styles: Array.from(
      { length: Math.max(ours, pythons === 0 ? 1 : 0) },
      () => styleOf(random, isInOrder),
    ),
    pythons,
    mood,
    pace: random.pick([60, 300, 700, 1_000]),
    victims: random.pick(["all", "all", "exporter", "responders"]),
    queueCapacity: weather !== "calm" && random.chance(0.15) ? 5 : 10_000,
  };
}

/** A style; one that keeps the order of the channel where that is asked for. */
export function styleOf(random: Random, isInOrder: boolean): Style {
  return random.pick(
    STYLES.filter((style) =>
      !isInOrder || style !== "concurrent" && style !== "serve many"
    ),
  );
}

/** A mood that suits the weather. */
export function moodOf(weather: Weather, random: Random): Mood {
  if (weather === "calm") return { ...OBEDIENT, work: random.pick([0, 5, 60]) };
  return {
    work: random.pick([0, 5, 20, 200, 800]),
    fail: random.pick([0, 0, 0.1]),
    silence: random.pick([0, 0, 0.05, 0.3]),
    progress: random.pick([0, 0.2]),
  };
}

function worldsHere(): readonly WorldKind[] {
  return hasRedis() ? WORLDS : ["broker"];
}
