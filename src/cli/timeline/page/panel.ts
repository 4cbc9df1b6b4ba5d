/**
 * The panel beside the chart: all facts of one thing. Text of peers is set as
 * text, never as HTML.
 *
 * @module
 */
import type { Lane } from "../model.ts";
import type { Description } from "./describe.ts";
import type { Document, HTMLElement } from "./view/dom.ts";
import type { Item } from "./view/item.ts";

/** Builds the content of the panel. */
export class PanelBuilder {
  /** Most answers in the panel. */
  static readonly MOST = 500;

  readonly #document: Document;
  readonly #description: Description;

  constructor(document: Document, description: Description) {
    this.#document = document;
    this.#description = description;
  }

  /** Builds the content for a thing. */
  build(item: Item): HTMLElement[] {
    const content = [
      this.#element("h2", "", this.#description.title(item)),
      this.#factsOf(item),
    ];
    const lane = this.#description.laneOf(item);
    const signal = this.#description.signalOf(item);
    const metadata = lane?.signals[signal]?.metadata;
    if (metadata !== undefined) {
      content.push(this.#element("h3", "", "Metadata"));
      content.push(this.#element("pre", "", indented(metadata)));
    }
    if (lane !== undefined && signal !== -1) {
      content.push(...this.#answersTo(lane, signal));
    }
    return content;
  }

  #factsOf(item: Item): HTMLElement {
    const facts = this.#element("dl");
    for (const [name, value] of this.#description.facts(item)) {
      facts.append(this.#element("dt", "", name));
      facts.append(this.#element("dd", "", value));
    }
    return facts;
  }

  /** The answers to a signal, the failed and the missing ones first. */
  #answersTo(lane: Lane, signal: number): HTMLElement[] {
    const answers = lane.answers
      .filter((each) => each.signal === signal && !each.reported)
      .map((answer) => {
        const { kind, responder, ras = "no number", message } = answer;
        const outcome = kind === "failed" ? `failed (ras ${ras})` : kind;
        const what = `${outcome} ${this.#description.latency(lane, answer)}`;
        return { kind, responder, what, message };
      });
    const missing = lane.missing.filter((each) => each.signal === signal)
      .map(({ responder, unheard }) => ({
        kind: unheard ? "unheard" : "missing",
        responder,
        what: unheard ? "nothing was heard" : "no answer",
        message: undefined,
      }));
    const isFailed = ({ kind }: { kind: string }) => kind === "failed";
    const all = [
      ...answers.filter(isFailed),
      ...missing,
      ...answers.filter((each) => !isFailed(each)),
    ];
    const summarised = lane.unanswered.filter((each) => each.signal === signal)
      .map(({ count }) =>
        this.#element(
          "p",
          "missing",
          `${
            count.toLocaleString("en")
          } gave no answer. The recording misses too many to list each.`,
        )
      );
    if (all.length === 0) return summarised;
    const list = this.#element("ul", "answers");
    for (
      const { kind, responder, what, message } of all.slice(
        0,
        PanelBuilder.MOST,
      )
    ) {
      const { id, name } = lane.responders[responder]!;
      const entry = this.#element("li", kind);
      const who = this.#element("span", "who", name);
      who.title = id;
      entry.append(this.#element("strong", "", what), who);
      if (message) entry.append(this.#element("q", "", message));
      list.append(entry);
    }
    const shown = all.length > PanelBuilder.MOST
      ? `the first ${PanelBuilder.MOST} of ${all.length}`
      : `${all.length}`;
    return [
      this.#element("h3", "", `Answers (${shown})`),
      ...summarised,
      list,
    ];
  }

  #element(name: string, className = "", text = ""): HTMLElement {
    const element = this.#document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  }
}

/** JSON on several lines; unchanged if JavaScript would round a number in it. */
export function indented(json: string): string {
  // Numbers of so many digits would be rounded.
  if (/\d{16}/.test(json)) return json;
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}
