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

/** The layout of one lane. */
export class LaneView {
  static readonly PADDING = 12;
  static readonly TRACK = 14;
  static readonly PHASE = 22;
  static readonly PHASE_GAP = 4;

  readonly lane: Lane;
  readonly colours: PhaseColours;
  /** The upper edge, below that of the first lane, in pixels. */
  readonly y: number;
  /** Pixels for each responder. */
  readonly answerHeight: number;
  readonly rows: number;
  /** The outcome of each signal. */
  readonly outcomes: readonly Outcome[];

  constructor(lane: Lane, y: number, colours: PhaseColours) {
    this.lane = lane;
    this.colours = colours;
    this.y = y;
    this.rows = lane.phases.reduce(
      (most, { row }) => Math.max(most, row + 1),
      0,
    );
    this.answerHeight = Math.max(3, Math.min(15, 180 / lane.responders.length));
    const outcomes: Outcome[] = lane.signals.map(() => "fine");
    for (const { signal, unheard } of lane.missing) {
      if (!unheard) outcomes[signal] = "missing";
    }
    for (const { signal, unheard } of lane.unanswered) {
      if (!unheard) outcomes[signal] = "missing";
    }
    for (const { signal, kind } of lane.answers) {
      if (signal >= 0 && kind === "failed") outcomes[signal] = "failed";
    }
    this.outcomes = outcomes;
  }

  get height(): number {
    return Math.max(
      64,
      this.answersTop + this.lane.responders.length * this.answerHeight +
        LaneView.PADDING,
    );
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
    return this.phasesTop + row * (LaneView.PHASE + LaneView.PHASE_GAP);
  }

  get answersTop(): number {
    return this.phaseY(this.rows) + 4;
  }

  /** The middle of the line of a responder. */
  answerY(responder: number): number {
    return this.answersTop + (responder + 0.5) * this.answerHeight;
  }

  /** The moment of the signal that an answer is for. */
  askedAt(signal: number, otherwise: number): number {
    return this.lane.signals[signal]?.at ?? otherwise;
  }

  /** The place of a thing of the lane. */
  placeOf({ kind, index }: Item): Span & { y: number; height: number } {
    const { signals, phases, answers, missing } = this.lane;
    if (kind === "phase") {
      const { from, to, row } = phases[index]!;
      return { from, to, y: this.phaseY(row), height: LaneView.PHASE };
    }
    if (kind === "signal") {
      const { at } = signals[index]!;
      return { from: at, to: at, y: this.trackY - 8, height: 16 };
    }
    const { responder, signal, to } = kind === "answer"
      ? { ...answers[index]!, to: answers[index]!.at }
      : { ...missing[index]!, to: missing[index]!.until };
    const height = this.answerHeight + 2;
    const y = this.answerY(responder) - height / 2;
    return { from: this.askedAt(signal, to), to, y, height };
  }
}
