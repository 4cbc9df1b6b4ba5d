/**
 * Finds the thing under the pointer.
 *
 * @module
 */
import { LaneView } from "./lane_view.ts";
import type { Item } from "./item.ts";
import type { Viewport } from "./viewport.ts";

/** Finds the thing of a lane at a place, or within some pixels of it. */
export function hitLane(
  view: LaneView,
  lane: number,
  viewport: Viewport,
  x: number,
  y: number,
): Item | undefined {
  const reach = 7;
  const { signals, phases, answers, missing, unanswered } = view.lane;
  /** The nearest of several moments. */
  const nearest = <T>(
    list: readonly T[],
    at: (each: T) => number | undefined,
  ): number => {
    let best = -1;
    let distance = reach;
    list.forEach((each, index) => {
      const moment = at(each);
      if (moment === undefined) return;
      const d = Math.abs(viewport.x(moment) - x);
      if (d <= distance) {
        best = index;
        distance = d;
      }
    });
    return best;
  };
  const item = (kind: Item["kind"], index: number): Item | undefined =>
    index === -1 ? undefined : { kind, lane, index };

  if (Math.abs(y - view.trackY) <= LaneView.TRACK / 2 + 3) {
    return item("signal", nearest(signals, ({ at }) => at));
  }
  if (y < view.answersTop) {
    const row = Math.floor(
      (y - view.phasesTop) / (LaneView.PHASE + LaneView.PHASE_GAP),
    );
    const t = viewport.t(x);
    const slack = viewport.span / viewport.width * 2;
    return item(
      "phase",
      phases.findLastIndex((phase) =>
        phase.row === row && phase.from <= t + slack && phase.to >= t - slack
      ),
    );
  }
  const responder = Math.floor((y - view.answersTop) / view.answerHeight);
  const answer = nearest(
    answers,
    (each) => each.responder === responder ? each.at : undefined,
  );
  if (answer !== -1) return item("answer", answer);
  const t = viewport.t(x);
  const slack = viewport.span / viewport.width * 5;
  const awaited = missing.findIndex((each) =>
    each.responder === responder && each.until >= t &&
    view.askedAt(each.signal, t) <= t + slack
  );
  if (awaited !== -1) return item("missing", awaited);
  const expected = answers.findIndex((each) =>
    each.responder === responder && each.at >= t &&
    view.askedAt(each.signal, t) <= t
  );
  if (expected !== -1) return item("answer", expected);
  const summary = unanswered.find((each) =>
    each.until >= t && view.askedAt(each.signal, t) <= t
  );
  return item("signal", summary?.signal ?? -1);
}
