/**
 * Describes a thing on the page in words.
 *
 * @module
 */
import type { Answer, Lane, Timeline } from "../model.ts";
import { formatClock, formatSpan } from "./view/format.ts";
import type { Item } from "./view/item.ts";

/** A name and its value. */
export type Fact = readonly [name: string, value: string];

/** Describes things. */
export class Description {
  readonly #timeline: Timeline;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** The lane of a thing; a gap has none. */
  laneOf({ lane }: Item): Lane | undefined {
    return this.#timeline.lanes[lane];
  }

  /** The index of the signal that a thing belongs to; -1 if there is none. */
  signalOf(item: Item): number {
    const { kind, index } = item;
    const lane = this.laneOf(item);
    if (kind === "signal") return index;
    if (kind === "phase") return lane!.phases[index]!.signal;
    if (kind === "answer") return lane!.answers[index]!.signal;
    return kind === "missing" ? lane!.missing[index]!.signal : -1;
  }

  /** The title of a thing. */
  title(item: Item): string {
    const { kind, index } = item;
    const lane = this.laneOf(item);
    const event = lane?.signals[this.signalOf(item)]?.event ?? "earlier signal";
    switch (kind) {
      case "signal":
        return event;
      case "phase":
        return lane!.phases[index]!.name;
      case "answer":
        return lane!.answers[index]!.reported
          ? lane!.answers[index]!.kind
          : `${event}: ${lane!.answers[index]!.kind}`;
      case "missing":
        return `${event}: no answer`;
      case "gap":
        return "gap";
      case "oddity":
        return "malformed message";
    }
  }

  /** The main facts of a thing. */
  summary(item: Item): string[] {
    const lane = this.laneOf(item);
    const { index } = item;
    switch (item.kind) {
      case "signal": {
        const { at } = lane!.signals[index]!;
        return [this.#moment(at), ...this.#tally(lane!, index)];
      }
      case "phase": {
        const { from, signal } = lane!.phases[index]!;
        const length = this.#lengthOf(lane!, index);
        return [length, this.#moment(from), ...this.#tally(lane!, signal)];
      }
      case "answer": {
        const answer = lane!.answers[index]!;
        const { name } = lane!.responders[answer.responder]!;
        const { message = "" } = answer;
        return [name, this.latency(lane!, answer), message]
          .filter((text) => text !== "");
      }
      case "missing": {
        const { responder, signal, until, unheard, why } = lane!
          .missing[index]!;
        const waited = formatSpan(until - lane!.signals[signal]!.at);
        return [
          lane!.responders[responder]!.name,
          unheard
            ? "may have answered while nothing was heard"
            : `none in ${waited}${why === undefined ? "" : `: ${why}`}`,
        ];
      }
      case "gap": {
        const { from, to, reason } = this.#timeline.gaps[index]!;
        return [formatSpan(to - from), this.#moment(from), reason];
      }
      case "oddity": {
        const { reason, at } = this.#timeline.oddities[index]!;
        return [this.#moment(at), reason];
      }
    }
  }

  /** All facts of a thing. */
  facts(item: Item): Fact[] {
    const lane = this.laneOf(item);
    if (lane === undefined) return this.#factsOfRecording(item);
    const facts: Fact[] = [];
    if (item.kind === "phase") {
      facts.push(["Length", this.#lengthOf(lane, item.index)]);
    } else if (item.kind !== "signal") {
      const [who, ...rest] = this.summary(item);
      facts.push(["Responder", who!], ["Answer", rest.join(": ")]);
    }
    const signal = lane.signals[this.signalOf(item)];
    if (signal !== undefined) {
      const { at, event, sample, tag, result } = signal;
      facts.push(["Event", event], ["At", this.#moment(at)]);
      facts.push(["Clock", formatClock(this.#timeline.started + at)]);
      if (sample !== undefined) facts.push(["Sample", sample]);
      if (tag !== undefined) facts.push(["Tag", tag]);
      if (result !== undefined) facts.push(["Result", result]);
    }
    facts.push(["Process", lane.processName], ["Host", lane.runnerHost]);
    facts.push(["Publisher", lane.publisherId]);
    return facts;
  }

  /** The time of an answer. */
  latency(lane: Lane, { signal, at }: Answer): string {
    const asked = lane.signals[signal]?.at;
    return asked === undefined
      ? this.#moment(at)
      : `after ${formatSpan(at - asked)}`;
  }

  #factsOfRecording({ kind, index }: Item): Fact[] {
    if (kind === "gap") {
      const { from, to, reason } = this.#timeline.gaps[index]!;
      const length = formatSpan(to - from);
      return [
        ["Length", length],
        ["From", this.#moment(from)],
        ["Reason", reason],
      ];
    }
    const { at, channel, reason, payload } = this.#timeline.oddities[index]!;
    return [
      ["At", this.#moment(at)],
      ["Clock", formatClock(this.#timeline.started + at)],
      ["Channel", channel],
      ["Reason", reason],
      ["Message", payload ?? ""],
    ];
  }

  #lengthOf(lane: Lane, index: number): string {
    const { from, to, open } = lane.phases[index]!;
    const length = formatSpan(to - from);
    return open ? `at least ${length}` : length;
  }

  /** The numbers of answers to a signal, by outcome. */
  #tally(lane: Lane, signal: number): string[] {
    const counts = new Map<string, number>();
    const count = (kind: string) =>
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const each of lane.answers) {
      const { kind, reported } = each;
      if (each.signal !== signal || reported) continue;
      if (kind !== "progress") count(kind);
    }
    for (const each of lane.missing) {
      if (each.signal === signal) count("missing");
    }
    for (const each of lane.unanswered) {
      if (each.signal === signal) counts.set("missing", each.count);
    }
    const text = [...counts].map(([kind, n]) => `${n} ${kind}`).join(", ");
    return text === "" ? [] : [text];
  }

  #moment(at: number): string {
    return `${formatSpan(at)} after the beginning`;
  }
}
