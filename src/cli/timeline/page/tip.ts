/**
 * The description of the thing under the pointer.
 *
 * @module
 */
import type { Description } from "./describe.ts";
import type { PointerPlace } from "./gestures.ts";
import type { Window } from "./view/dom.ts";
import type { Item } from "./view/item.ts";

/** Shows the description beside the pointer, within the window. */
export function showTip(
  { document, innerWidth, innerHeight }: Window,
  description: Description,
  item: Item | undefined,
  pointer: PointerPlace | undefined,
): void {
  const tip = document.getElementById("tip")!;
  tip.hidden = item === undefined || pointer === undefined;
  if (item === undefined || pointer === undefined) return;
  const lines = [description.title(item), ...description.summary(item)];
  tip.replaceChildren(...lines.map((line) => {
    const element = document.createElement("div");
    element.textContent = line.slice(0, 300);
    return element;
  }));
  const chart = document.getElementById("chart")!.getBoundingClientRect();
  const x = chart.left + pointer.x + 14;
  const y = chart.top + pointer.y + 18;
  const { offsetWidth, offsetHeight } = tip;
  const left = Math.max(8, Math.min(x, innerWidth - offsetWidth - 8));
  const top = y + offsetHeight > innerHeight ? y - offsetHeight - 28 : y;
  tip.style.transform = `translate(${left}px, ${top}px)`;
}
