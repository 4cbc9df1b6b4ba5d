/**
 * Draws the names on the left of a lane.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
import type { LaneView } from "../view/lane_view.ts";
import { fontOf, shortenMiddle } from "../view/text.ts";
import type { Theme } from "../view/theme.ts";

/** Draws the name of a publisher; the origin of the context is the upper left corner of the head. */
export function drawLaneName(
  context: CanvasRenderingContext2D,
  { lane, trackY, collapsed }: LaneView,
  width: number,
  theme: Theme,
): void {
  const left = 22;
  const room = width - left - 8;
  context.fillStyle = theme.faint;
  context.beginPath();
  const points = collapsed ? [9, -4, 15, 0, 9, 4] : [8, -3, 16, -3, 12, 3];
  context.moveTo(points[0]!, trackY + points[1]!);
  context.lineTo(points[2]!, trackY + points[3]!);
  context.lineTo(points[4]!, trackY + points[5]!);
  context.fill();
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = fontOf("600 13px");
  context.fillStyle = theme.text;
  const name = shortenMiddle(context, lane.processName, room);
  context.fillText(name, left, trackY);
  context.font = fontOf("11px");
  context.fillStyle = theme.faint;
  const id = lane.publisherId.startsWith(`${lane.processName}-`)
    ? lane.publisherId.slice(lane.processName.length + 1)
    : lane.publisherId;
  const count = lane.responders.length;
  const derived = lane.derived ? "derived" : "";
  const where = collapsed
    ? `${count} subscriber${count === 1 ? "" : "s"}`
    : [lane.runnerHost, id.slice(0, 8), derived].filter((text) => text)
      .join(" · ");
  context.fillText(shortenMiddle(context, where, room), left, trackY + 17);
}

/** Draws the names of responders; the origin of the context is the upper left corner of the lane. */
export function drawResponderNames(
  context: CanvasRenderingContext2D,
  view: LaneView,
  width: number,
  theme: Theme,
): void {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = fontOf(`${Math.min(13, view.answerHeight - 2)}px`);
  for (const responder of view.shown) {
    const { name } = view.lane.responders[responder]!;
    const text = shortenMiddle(context, name, width - 30 - 8);
    context.fillStyle = view.troubled[responder] ? theme.text : theme.faint;
    context.fillText(text, 30, view.answerY(responder));
  }
}
