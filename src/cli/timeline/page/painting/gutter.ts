/**
 * Draws the names on the left of a lane.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
import type { LaneView } from "../view/lane_view.ts";
import { fontOf, shorten } from "../view/text.ts";
import type { Theme } from "../view/theme.ts";

/** Draws the names; the origin of the context is the lane's upper left corner. */
export function drawNames(
  context: CanvasRenderingContext2D,
  view: LaneView,
  width: number,
  theme: Theme,
): void {
  const { lane, trackY } = view;
  const room = width - 28;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = fontOf("600 13px");
  context.fillStyle = theme.text;
  context.fillText(shorten(context, lane.processName, room), 16, trackY);
  context.font = fontOf("11px");
  context.fillStyle = theme.faint;
  const id = lane.publisherId.startsWith(`${lane.processName}-`)
    ? lane.publisherId.slice(lane.processName.length + 1)
    : lane.publisherId;
  const derived = lane.derived ? "derived" : "";
  const where = [lane.runnerHost, id.slice(0, 8), derived]
    .filter((text) => text)
    .join(" · ");
  context.fillText(shorten(context, where, room), 16, trackY + 17);
  if (view.answerHeight < 11) return;
  lane.responders.forEach(({ name }, index) => {
    const y = view.answerY(index);
    // A lane without phases has no room for all names.
    if (y < trackY + 30) return;
    context.fillText(shorten(context, name, room - 12), 28, y);
  });
}
