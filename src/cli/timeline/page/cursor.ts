/**
 * Goes from one thing of the chart to the next, as arrow keys do.
 *
 * @module
 */
import type { Item } from "./view/item.ts";
import type { LaneView } from "./view/lane_view.ts";
import type { Layout } from "./view/layout.ts";

/** Where a key leads. */
export type Direction = "left" | "right" | "up" | "down" | "first" | "last";

/** A thing, and when it is; a name is before all time. */
interface Stop {
  readonly item: Item;
  readonly at: number;
}

/**
 * The chart as rows of things: of each lane its name and its signals, its phases
 * row by row, and for each responder its name and its answers.
 */
export class Cursor {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The thing that a key leads to; the same where there is no other one. */
  move(item: Item | undefined, direction: Direction): Item | undefined {
    const { shown, views } = this.#layout;
    const lane = item === undefined ? -1 : shown.indexOf(item.lane);
    const view = views[shown[lane] ?? -1];
    if (item === undefined || view === undefined) {
      return shown.length === 0
        ? undefined
        : { kind: "lane", lane: shown[0]!, index: 0 };
    }
    const rows = Cursor.rowsOf(view, item.lane);
    const isIt = (stop: Stop) =>
      stop.item.kind === item.kind && stop.item.index === item.index;
    const row = rows.findIndex((stops) => stops.some(isIt));
    // Its row has been folded away.
    if (row === -1) return { kind: "lane", lane: item.lane, index: 0 };
    const stops = rows[row]!;
    const place = stops.findIndex(isIt);
    switch (direction) {
      case "left":
        return stops[Math.max(0, place - 1)]!.item;
      case "right":
        return stops[Math.min(stops.length - 1, place + 1)]!.item;
      case "first":
        return stops[0]!.item;
      case "last":
        return stops[stops.length - 1]!.item;
    }
    const step = direction === "up" ? -1 : 1;
    const next = rows[row + step] ?? this.#edge(lane + step, step);
    return next === undefined
      ? item
      : Cursor.#nearest(next, stops[place]!.at).item;
  }

  /** The things of a lane, row by row, each row in the order of time. */
  static rowsOf(view: LaneView, lane: number): Stop[][] {
    const { signals, phases, answers, missing } = view.lane;
    const stop = (kind: Item["kind"], index: number, at: number): Stop => ({
      item: { kind, lane, index },
      at,
    });
    const rows: Stop[][] = [[
      stop("lane", 0, -Infinity),
      ...signals.map(({ at }, index) => stop("signal", index, at)),
    ]];
    for (let row = 0; row < view.rows; row++) rows.push([]);
    phases.forEach(({ row, from }, index) =>
      rows[row + 1]!.push(stop("phase", index, from))
    );
    const first = rows.length;
    for (const responder of view.shown) {
      rows.push([stop("responder", responder, -Infinity)]);
    }
    const add = (responder: number, each: Stop) =>
      rows[first + view.rowOf(responder)]?.push(each);
    if (view.shown.length > 0) {
      answers.forEach(({ responder, at }, index) => {
        if (view.rowOf(responder) === -1) return;
        add(responder, stop("answer", index, at));
      });
      missing.forEach(({ responder, signal }, index) => {
        if (view.rowOf(responder) === -1) return;
        add(responder, stop("missing", index, view.askedAt(signal, 0)));
      });
    }
    for (const stops of rows) stops.sort((a, b) => a.at - b.at);
    return rows.filter((stops) => stops.length > 0);
  }

  /** The row of a neighbouring lane that is next to this one. */
  #edge(place: number, step: number): Stop[] | undefined {
    const { shown, views } = this.#layout;
    const lane = shown[place];
    if (lane === undefined) return undefined;
    const rows = Cursor.rowsOf(views[lane]!, lane);
    return rows[step === 1 ? 0 : rows.length - 1];
  }

  static #nearest(stops: readonly Stop[], at: number): Stop {
    if (at === -Infinity) return stops[0]!;
    return stops.reduce((best, each) =>
      Math.abs(each.at - at) < Math.abs(best.at - at) ? each : best
    );
  }
}
