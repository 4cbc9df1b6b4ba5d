/**
 * Where the lanes are: one below the other, as high as there is room.
 *
 * @module
 */
import type { Timeline } from "../../model.ts";
import type { Item } from "./item.ts";
import { LaneView } from "./lane_view.ts";
import type { PhaseColours } from "./phase_colours.ts";

/** Arranges the lanes. */
export class Layout {
  /** The most that rows grow where there is room. */
  static readonly MOST = 3;

  /** All lanes; those that are not shown have no place. */
  readonly views: readonly LaneView[];
  /** Indexes of the lanes that are shown, from above. */
  shown: readonly number[] = [];
  /** Pixels of all lanes where their rows are as large as they get. */
  most = 0;
  #onlyFailed = false;
  #room = 0;

  constructor({ lanes }: Timeline, colours: PhaseColours) {
    this.views = lanes.map((lane) => new LaneView(lane, colours));
    this.arrange(0);
  }

  /** Pixels of all lanes. */
  get height(): number {
    const last = this.views[this.shown.at(-1) ?? -1];
    return last === undefined ? 0 : last.y + last.height;
  }

  /** Whether only what failed or was not answered has a lane and rows. */
  get onlyFailed(): boolean {
    return this.#onlyFailed;
  }

  set onlyFailed(onlyFailed: boolean) {
    this.#onlyFailed = onlyFailed;
    this.arrange(this.#room);
  }

  /** Whether every lane is folded. */
  get allCollapsed(): boolean {
    return this.views.every(({ collapsed }) => collapsed);
  }

  /** Arranges the lanes in a place of that height. */
  arrange(room: number): void {
    this.#room = room;
    this.shown = this.views.map((_, index) => index).filter((index) =>
      !this.#onlyFailed || this.views[index]!.isTroubled
    );
    this.#place(Layout.MOST);
    this.most = this.height;
    if (this.most <= room) return;
    this.#place(1);
    const scale = Math.min(Layout.MOST, (room - 1) / this.height);
    if (scale > 1) this.#place(scale);
  }

  /** Folds a lane, or unfolds it. */
  toggle(lane: number): void {
    const view = this.views[lane]!;
    view.collapsed = !view.collapsed;
    this.arrange(this.#room);
  }

  /** Folds all lanes, or unfolds them. */
  collapseAll(collapsed: boolean): void {
    for (const view of this.views) view.collapsed = collapsed;
    this.arrange(this.#room);
  }

  /** Unfolds the lane of a thing, and ends the filter, if either hides the thing. */
  reveal(item: Item): void {
    const view = this.views[item.lane];
    if (view === undefined) return;
    const responder = view.responderOf(item);
    const isHidden = () =>
      !this.shown.includes(item.lane) ||
      responder !== -1 && view.rowOf(responder) === -1;
    if (responder !== -1) view.collapsed = false;
    this.arrange(this.#room);
    if (isHidden()) this.onlyFailed = false;
  }

  /** The lane at a height; -1 for none. */
  laneAt(y: number): number {
    return this.shown.find((index) => {
      const view = this.views[index]!;
      return y >= view.y && y < view.y + view.height;
    }) ?? -1;
  }

  #place(scale: number): void {
    let y = 0;
    for (const index of this.shown) {
      const view = this.views[index]!;
      const { collapsed } = view;
      view.arrange({ y, scale, collapsed, onlyFailed: this.#onlyFailed });
      y += view.height;
    }
  }
}
