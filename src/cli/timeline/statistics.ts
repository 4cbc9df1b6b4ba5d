/**
 * The figures of a timeline: the one computation for the page, for text and for
 * Markdown.
 *
 * @module
 */
import type { Lane, Timeline } from "./model.ts";

/** How many there are of everything. */
export interface Totals {
  readonly publishers: number;
  readonly signals: number;
  readonly answers: number;
  readonly failed: number;
  /** Answers that are missing although the recording has no gap there. */
  readonly missing: number;
  readonly gaps: number;
}

/** How one subscriber, or all together, answered the signals of one phase. */
export interface StatisticsRow {
  /** Index of the lane of the publisher. */
  readonly lane: number;
  /** The name of its process, and the beginning of its id where several have that name. */
  readonly publisher: string;
  /** The event that the publisher has signalled. */
  readonly phase: string;
  /** Index of the responder in the lane; -1 for all together. */
  readonly responder: number;
  /** Its name; for all together how many they are. */
  readonly subscriber: string;
  /** Answers that say whether the subscriber has succeeded. */
  readonly count: number;
  /** Milliseconds that half of the answers took at most; left out where none can be timed. */
  readonly p50?: number;
  /** Milliseconds that 95 of 100 answers took at most. */
  readonly p95?: number;
  /** Milliseconds that the slowest answer took. */
  readonly worst?: number;
  /** Answers that say no success. */
  readonly failed: number;
  /** Answers that are missing. */
  readonly missing: number;
  /** The slowest answer, or else one that is missing; left out where there is neither. */
  readonly worstItem?: {
    readonly kind: "answer" | "missing";
    readonly lane: number;
    readonly index: number;
  };
}

/** All figures. */
export interface Statistics {
  readonly totals: Totals;
  /** For each publisher and phase, in their order, a row for all subscribers together. */
  readonly phases: readonly StatisticsRow[];
  /** For each publisher, phase and subscriber a row, in the order of the phases. */
  readonly subscribers: readonly StatisticsRow[];
}

/** Computes all figures of a timeline. */
export function statisticsOf({ lanes, gaps }: Timeline): Statistics {
  const sum = (count: (lane: Lane) => number) =>
    lanes.reduce((sum, lane) => sum + count(lane), 0);
  const isHeard = ({ unheard }: { unheard?: boolean }) => !unheard;
  const totals = {
    publishers: lanes.length,
    signals: sum(({ signals }) => signals.length),
    answers: sum(({ answers }) =>
      answers.filter(({ reported }) => !reported).length
    ),
    failed: sum(({ answers }) =>
      answers.filter(({ kind }) => kind === "failed").length
    ),
    missing: sum(({ missing, unanswered }) =>
      unanswered.filter(isHeard).reduce(
        (sum, { count }) => sum + count,
        missing.filter(isHeard).length,
      )
    ),
    gaps: gaps.length,
  };
  const names = publisherNames(lanes);
  const phases: StatisticsRow[] = [];
  const subscribers: StatisticsRow[] = [];
  lanes.forEach((lane, index) => {
    const name = names[index]!;
    for (const phase of new PhaseStatistics(lane, index, name).build()) {
      phases.push(phase.all);
      subscribers.push(...phase.each);
    }
  });
  return { totals, phases, subscribers };
}

/** The names of the processes; where several have one, with the beginning of each one's id. */
export function publisherNames(lanes: readonly Lane[]): string[] {
  const counts = new Map<string, number>();
  for (const { processName } of lanes) {
    counts.set(processName, (counts.get(processName) ?? 0) + 1);
  }
  return lanes.map(({ publisherId, processName }) => {
    if (counts.get(processName) === 1) return processName;
    const id = publisherId.startsWith(`${processName}-`)
      ? publisherId.slice(processName.length + 1)
      : publisherId;
    return `${processName} ${id.slice(0, 8)}`;
  });
}

/** Figures in the making. */
interface Sample {
  /** Milliseconds, and which answer took them. */
  readonly latencies: { readonly ms: number; readonly index: number }[];
  count: number;
  failed: number;
  missing: number;
  /** Index of a missing answer, -1 for none. */
  missingIndex: number;
}

/** The figures of one lane. */
export class PhaseStatistics {
  readonly #lane: Lane;
  readonly #index: number;
  readonly #name: string;
  /** By event and by responder, -1 being all together. */
  readonly #samples = new Map<string, Map<number, Sample>>();

  constructor(lane: Lane, index: number, name: string) {
    this.#lane = lane;
    this.#index = index;
    this.#name = name;
  }

  /** Computes them, phase by phase. */
  build(): { all: StatisticsRow; each: StatisticsRow[] }[] {
    const { signals, answers, missing, unanswered, responders } = this.#lane;
    answers.forEach(({ kind, responder, signal, at }, index) => {
      if (kind !== "succeeded" && kind !== "failed") return;
      const asked = signals[signal];
      const event = asked?.event ?? "earlier signal";
      for (const sample of this.#samplesOf(event, responder)) {
        sample.count++;
        if (kind === "failed") sample.failed++;
        if (asked === undefined) continue;
        sample.latencies.push({ ms: Math.max(0, at - asked.at), index });
      }
    });
    missing.forEach(({ responder, signal, unheard }, index) => {
      if (unheard) return;
      const { event } = signals[signal]!;
      for (const sample of this.#samplesOf(event, responder)) {
        sample.missing++;
        if (sample.missingIndex === -1) sample.missingIndex = index;
      }
    });
    for (const { signal, count, unheard } of unanswered) {
      if (unheard) continue;
      const { event } = signals[signal]!;
      for (const sample of this.#samplesOf(event, -1)) sample.missing += count;
    }
    return [...this.#samples].map(([phase, samples]) => {
      const sorted = [...samples].sort(([a], [b]) => a - b);
      const [[, all], ...each] = sorted as [[number, Sample]];
      const count = each.length === 0 ? responders.length : each.length;
      const who = `${count} subscriber${count === 1 ? "" : "s"}`;
      return {
        all: this.#row(phase, -1, who, all),
        each: (each as [number, Sample][]).map(([responder, sample]) =>
          this.#row(phase, responder, responders[responder]!.name, sample)
        ),
      };
    });
  }

  /** The samples that an answer of a responder counts for: all together, and its own. */
  #samplesOf(event: string, responder: number): Sample[] {
    let samples = this.#samples.get(event);
    if (samples === undefined) this.#samples.set(event, samples = new Map());
    return [...new Set([-1, responder])].map((each) => {
      const known = samples.get(each);
      if (known !== undefined) return known;
      const sample: Sample = {
        ...{ latencies: [], count: 0, failed: 0, missing: 0 },
        missingIndex: -1,
      };
      samples.set(each, sample);
      return sample;
    });
  }

  #row(
    phase: string,
    responder: number,
    subscriber: string,
    { latencies, count, failed, missing, missingIndex }: Sample,
  ): StatisticsRow {
    // Of answers that took equally long, the first is the worst.
    latencies.sort((a, b) => a.ms - b.ms || b.index - a.index);
    /** By the nearest rank, which is one of the measured values. */
    const percentile = (part: number) =>
      latencies[Math.max(0, Math.ceil(part * latencies.length) - 1)]!.ms;
    const lane = this.#index;
    const worst = latencies[latencies.length - 1];
    return {
      ...{ lane, publisher: this.#name, phase },
      ...{ responder, subscriber, count, failed, missing },
      ...(worst === undefined
        ? missingIndex !== -1 && {
          worstItem: { kind: "missing", lane, index: missingIndex },
        }
        : {
          p50: percentile(0.5),
          p95: percentile(0.95),
          worst: worst.ms,
          worstItem: { kind: "answer", lane, index: worst.index },
        }),
    };
  }
}
