/**
 * What this module has to reach, and whether it did in one run.
 *
 * @module
 */

import type { Row, Table } from "./results.ts";

/** One thing to reach. */
export interface Bar {
  /** The measure that it is of. */
  readonly measure: string;
  readonly says: string;
  /** What was measured; undefined where it was not. */
  readonly measured: number | undefined;
  readonly limit: number;
  readonly atMost: boolean;
  /** Undefined where nothing was measured. */
  readonly held: boolean | undefined;
}

/** Looks up a row of what was measured. */
type Look = (key: string, contender: string) => Row | undefined;

type Measured = (look: Look) => number | undefined;

type Definition = readonly [
  measure: string,
  says: string,
  bound: "at most" | "at least",
  limit: number,
  measured: Measured,
];

const OURS = "ours";
const BARE = "bare sockets";
const PEERS = ["npm:redis", "npm:ioredis", "x/redis"];

const DEFINITIONS: readonly Definition[] = [
  ["a", "p50 to the bare sockets'", "at most", 1.1, medians("a", OURS, BARE)],
  [
    "a",
    "p50 to the best npm client's",
    "at most",
    1,
    (look) =>
      ratio(
        look("a", OURS)?.median,
        least(["npm:redis", "npm:ioredis"], (name) => look("a", name)?.median),
      ),
  ],
  [
    "a",
    "p99 to the best peer's",
    "at most",
    1.1,
    (look) =>
      ratio(
        look("a", OURS)?.p99,
        least(PEERS, (name) => look("a", name)?.p99),
      ),
  ],
  [
    "a",
    "the Python package's p50 to ours",
    "at least",
    400,
    medians("a", "Python package", OURS),
  ],
  ["b", "to npm:redis", "at least", 1.5, medians("b", OURS, "npm:redis")],
  [
    "b",
    "to redis-benchmark",
    "at least",
    1,
    medians("b", OURS, "redis-benchmark"),
  ],
  ["c", "to npm:redis", "at least", 1.3, medians("c", OURS, "npm:redis")],
  ...[10, 100, 1_000, 5_000].map((responders): Definition => [
    "d",
    `time of ${responders} responders to the bare sockets'`,
    "at most",
    1.35,
    medians(`d/${responders}/time`, OURS, BARE),
  ]),
  [
    "d",
    "time of 5,000 responders to 5 times that of 1,000",
    "at most",
    1.3,
    (look) =>
      ratio(
        look("d/5000/time", OURS)?.median,
        times(5, look("d/1000/time", OURS)?.median),
      ),
  ],
  [
    "e",
    "processor time of a foreign response to one of ours",
    "at most",
    1 / 3,
    (look) =>
      ratio(look("e/foreign", OURS)?.median, look("e/own", OURS)?.median),
  ],
  [
    "f",
    "time to the bare socket's",
    "at most",
    1.7,
    medians("f/time", OURS, BARE),
  ],
  [
    "f",
    "memory to the bare socket's",
    "at most",
    1.2,
    medians("f/memory", OURS, BARE),
  ],
  [
    "g",
    "processor, % of a core",
    "at most",
    0.5,
    (look) => look("g/cpu", OURS)?.median,
  ],
  [
    "i",
    "the broker's round trip to redis-server's, same client",
    "at most",
    1.3,
    medians("i/roundTrip/ours", "embedded broker", "redis-server"),
  ],
  [
    "i",
    "the broker's publishes to redis-server's",
    "at least",
    0.25,
    medians("i/publish", "embedded broker", "redis-server"),
  ],
  [
    "j",
    "commands of an hour while a publish waits, quiet",
    "at most",
    5_000,
    (look) => look("j/waiting", "quiet")?.median,
  ],
  [
    "j",
    "commands of an hour while idle, quiet",
    "at most",
    2_500,
    (look) => look("j/idle", "quiet")?.median,
  ],
];

/** Holds what was measured against what has to be reached. */
export function barsOf(tables: readonly Table[]): Bar[] {
  const look: Look = (key, contender) =>
    tables.find((table) => table.key === key)?.rows
      .find((row) => row.contender === contender);
  return DEFINITIONS.map(([measure, says, bound, limit, measuredBy]) => {
    const measured = measuredBy(look);
    const atMost = bound === "at most";
    const held = measured === undefined
      ? undefined
      : atMost
      ? measured <= limit
      : measured >= limit;
    return { measure, says, measured, limit, atMost, held };
  });
}

function medians(key: string, one: string, other: string): Measured {
  return (look) => ratio(look(key, one)?.median, look(key, other)?.median);
}

function ratio(
  one: number | undefined,
  other: number | undefined,
): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

function times(factor: number, value: number | undefined): number | undefined {
  return value === undefined ? undefined : factor * value;
}

function least(
  names: readonly string[],
  value: (name: string) => number | undefined,
): number | undefined {
  const values = names.map(value).filter((each) => each !== undefined);
  return values.length === 0 ? undefined : Math.min(...values);
}
