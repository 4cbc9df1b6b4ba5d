/**
 * The layout of a lane: its height, and the places of its things.
 *
 * @module
 */
import type { Lane, Span } from "../../model.ts";
import type { PhaseColours } from "./phase_colours.ts";
import type { Item } from "./item.ts";

/** The outcome of a signal. */
export type Outcome = "fine" | "missing" | "failed";

/** How a lane is arranged among the others. */
export interface Arrangement {
  /** Its upper edge, from the first lane's. */
  readonly y: number;
  /** How much larger its rows are than they have to be, at least 1. */
  readonly scale: number;
  /** Whether the rows of its responders are folded away. */
  readonly collapsed: boolean;
  /** Whether only responders that failed or did not answer have a row. */
  readonly onlyFailed: boolean;
}

/** One swim-lane: a head of signals and phases, and a row for each responder. */
export class LaneView {
  static readonly PADDING = 12;
  static readonly TRACK = 14;
  /** The least height of a head: the names of the publisher and its host. */
  static readonly HEAD = 48;

  readonly lane: Lane;
  readonly colours: PhaseColours;
  readonly rows: number;
  /** The outcome of each signal. */
  readonly outcomes: readonly Outcome[];
  /** Whether each responder has failed or not answered. */
  readonly troubled: readonly boolean[];
  /** Responders that have a row, in the order of the rows. */
  shown: readonly number[] = [];
  y = 0;
  collapsed = false;
  #scale = 1;
  /** The row of each responder, -1 for none. */
  readonly #places: Int32Array;

  constructor(lane: Lane, colours: PhaseColours) {
    this.lane = lane;
    this.colours = colours;
    this.rows = lane.phases.reduce(
      (most, { row }) => Math.max(most, row + 1),
      0,
    );
    const outcomes: Outcome[] = lane.signals.map(() => "fine");
    const troubled = lane.responders.map(() => false);
    for (const { signal, responder, unheard } of lane.missing) {
      if (unheard) continue;
      outcomes[signal] = "missing";
      troubled[responder] = true;
    }
    for (const { signal, unheard } of lane.unanswered) {
      if (!unheard) outcomes[signal] = "missing";
    }
    for (const { signal, responder, kind } of lane.answers) {
      if (kind !== "failed") continue;
      if (signal >= 0) outcomes[signal] = "failed";
      troubled[responder] = true;
    }
    this.outcomes = outcomes;
    this.troubled = troubled;
    this.#places = new Int32Array(lane.responders.length);
    this.arrange({ y: 0, scale: 1, collapsed: false, onlyFailed: false });
  }

  /** Whether anything failed or was not answered. */
  get isTroubled(): boolean {
    return this.troubled.includes(true) ||
      this.outcomes.some((outcome) => outcome !== "fine");
  }

  /** Puts the lane at its place. */
  arrange({ y, scale, collapsed, onlyFailed }: Arrangement): void {
    this.y = y;
    this.#scale = scale;
    this.collapsed = collapsed;
    const all = this.lane.responders.map((_, index) => index);
    this.shown = collapsed
      ? []
      : onlyFailed
      ? all.filter((index) => this.troubled[index])
      : all;
    this.#places.fill(-1);
    this.shown.forEach((responder, row) => this.#places[responder] = row);
  }

  get height(): number {
    const rows = this.shown.length * this.answerHeight;
    return this.answersTop + rows + LaneView.PADDING * this.#scale;
  }

  /** Pixels for each responder: never less than its name takes. */
  get answerHeight(): number {
    return (this.lane.responders.length > 12 ? 12 : 16) * this.#scale;
  }

  get phaseHeight(): number {
    return Math.round(22 * Math.min(1.6, this.#scale));
  }

  get phaseGap(): number {
    return 4;
  }

  /** The middle of the line of signals, below the upper edge of the lane. */
  get trackY(): number {
    return LaneView.PADDING + LaneView.TRACK / 2;
  }

  get phasesTop(): number {
    return LaneView.PADDING + LaneView.TRACK + 4;
  }

  /** The upper edge of a row of phases. */
  phaseY(row: number): number {
    return this.phasesTop + row * (this.phaseHeight + this.phaseGap);
  }

  get answersTop(): number {
    return Math.max(LaneView.HEAD, this.phaseY(this.rows) + 4);
  }

  /** How far down the head is moved, so that it stays in sight while the lane scrolls. */
  pinAt(scroll: number): number {
    const most = this.height - this.answersTop - LaneView.PADDING;
    return Math.max(0, Math.min(scroll - this.y, most));
  }

  /** The row of a responder; -1 if it has none now. */
  rowOf(responder: number): number {
    return this.#places[responder] ?? -1;
  }

  /** The middle of the line of a responder. */
  answerY(responder: number): number {
    return this.answersTop + (this.rowOf(responder) + 0.5) * this.answerHeight;
  }

  /** The moment of the signal that an answer is for. */
  askedAt(signal: number, otherwise: number): number {
    return this.lane.signals[signal]?.at ?? otherwise;
  }

  /** The responder of a thing; -1 if it is of none. */
  responderOf({ kind, index }: Item): number {
    const { answers, missing } = this.lane;
    if (kind === "answer") return answers[index]!.responder;
    if (kind === "missing") return missing[index]!.responder;
    return kind === "responder" ? index : -1;
  }

  /** The place of a thing of the lane; names have no place in time. */
  placeOf(item: Item): Span & { y: number; height: number } {
    const { kind, index } = item;
    const { signals, phases, answers, missing } = this.lane;
    if (kind === "phase") {
      const { from, to, row } = phases[index]!;
      return { from, to, y: this.phaseY(row), height: this.phaseHeight };
    }
    if (kind === "signal") {
      const { at } = signals[index]!;
      return { from: at, to: at, y: this.trackY - 8, height: 16 };
    }
    if (kind === "lane") {
      return { from: NaN, to: NaN, y: 2, height: LaneView.HEAD - 4 };
    }
    const height = this.answerHeight;
    const y = this.answerY(this.responderOf(item)) - height / 2;
    if (kind === "responder") return { from: NaN, to: NaN, y, height };
    const { signal, to } = kind === "answer"
      ? { ...answers[index]!, to: answers[index]!.at }
      : { ...missing[index]!, to: missing[index]!.until };
    return { from: this.askedAt(signal, to), to, y, height };
  }
}
