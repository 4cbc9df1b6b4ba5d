/**
 * What the lines of an episode prove, arranged for the questions of the oracle:
 * who acted on what and when, what became of each publish, and when a process
 * and its link were in order.
 *
 * @module
 */

import type { History } from "./actor.ts";
import type { EpisodeRecord } from "./episode.ts";
import type { ExporterSaid, Line, Moment, ResponderSaid } from "./lines.ts";

/** Milliseconds after a fault until links are surely back. */
const RECOVERY = 3_000;
/** Milliseconds of a standstill that a question may not survive. */
const STANDSTILL = 200;

type Said<S extends ExporterSaid["said"]> = Line<ExporterSaid> & { said: S };

/** One publish: the call, and what became of it. */
export interface Publish {
  readonly exporter: History<ExporterSaid>;
  readonly called: Said<"called">;
  readonly aborted: Said<"aborted"> | undefined;
  /** Nothing where the exporter was killed before. */
  readonly end: Said<"settled"> | Said<"rejected"> | undefined;
}

/** That a process acted on a publish. */
export interface Deed {
  readonly process: string;
  readonly id: string;
  readonly ras: number;
  readonly at: Moment;
}

/** The lines, arranged. */
export class Evidence {
  readonly record: EpisodeRecord;
  readonly publishes: readonly Publish[];
  readonly #deeds = new Map<number, Deed[]>();
  readonly #got = new Map<number, string[]>();

  constructor(record: EpisodeRecord) {
    this.record = record;
    this.publishes = record.exporters.flatMap(publishesOf);
    for (const { name, id, lines } of record.responders) {
      for (const line of lines) {
        if (line.said === "acted") {
          const { n, ras, at } = line;
          add(this.#deeds, n, { process: name, id, ras, at });
        } else if (line.said === "got") add(this.#got, line.n, name);
      }
    }
  }

  /** Who acted on a publish. */
  deeds(n: number): readonly Deed[] {
    return this.#deeds.get(n) ?? [];
  }

  /** The processes that have got a publish. */
  got(n: number): readonly string[] {
    return this.#got.get(n) ?? [];
  }

  /** The processes of a responder id. */
  processesOf(id: string): readonly History<ResponderSaid>[] {
    return this.record.responders.filter((each) => each.id === id);
  }
}

/**
 * Whether a process ran, and its link and its server were in order, from one
 * moment to another, and long enough before for all links to be back.
 */
export function isInOrder(
  { endedAt, troubles, lines }: History,
  from: Moment,
  to: Moment,
): boolean {
  const since = from - RECOVERY;
  const isReady = lines.some(({ said, at }) =>
    said === "ready" && at < from - STANDSTILL
  );
  return isReady && endedAt > to &&
    !troubles.some((trouble) => trouble.from < to && trouble.to > since) &&
    !lines.some((line) => {
      if (line.at < since || line.at > to + 1_000) return false;
      return line.said === "link" ||
        line.said === "stall" && line.ms > STANDSTILL && line.at - line.ms < to;
    });
}

/** Milliseconds of a time in which the event loop of a process stood still. */
export function stalled(
  { lines }: History,
  from: Moment,
  to: Moment,
): number {
  let sum = 0;
  for (const line of lines) {
    if (line.said !== "stall") continue;
    const overlap = Math.min(line.at, to) - Math.max(line.at - line.ms, from);
    if (overlap > 0) sum += overlap;
  }
  return sum;
}

function publishesOf(exporter: History<ExporterSaid>): Publish[] {
  const ends = new Map<number, Publish["end"]>();
  const aborts = new Map<number, Said<"aborted">>();
  for (const line of exporter.lines) {
    if (line.said === "settled" || line.said === "rejected") {
      ends.set(line.n, line);
    } else if (line.said === "aborted") aborts.set(line.n, line);
  }
  return exporter.lines.flatMap((called) =>
    called.said !== "called" ? [] : [{
      exporter,
      called,
      aborted: aborts.get(called.n),
      end: ends.get(called.n),
    }]
  );
}

function add<T>(map: Map<number, T[]>, key: number, item: T): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  else items.push(item);
}
