/**
 * Finds signals and answers by words.
 *
 * @module
 */
import type { Lane } from "../../model.ts";
import type { Item } from "./item.ts";
import type { LaneView } from "./lane_view.ts";

/** The found things. */
export interface Found {
  /** In the order of time. */
  readonly items: readonly (Item & { readonly at: number })[];
  /** Whether each signal, answer and missing answer of each lane was found. */
  readonly marks: readonly Readonly<
    Record<"signal" | "answer" | "missing", Uint8Array>
  >[];
}

/** The words of all things, read at the first search. */
export class SearchIndex {
  readonly #views: readonly LaneView[];
  #texts: readonly Record<"signal" | "answer" | "missing", string[]>[] = [];

  constructor(views: readonly LaneView[]) {
    this.#views = views;
  }

  /** Finds the things that hold every word; `undefined` without any word. */
  find(query: string): Found | undefined {
    const words = query.toLowerCase().split(/\s+/).filter((word) => word);
    if (words.length === 0) return undefined;
    if (this.#texts.length === 0) {
      this.#texts = this.#views.map((view) => SearchIndex.#read(view));
    }
    const items: (Item & { at: number })[] = [];
    const marks = this.#texts.map((texts, lane) => {
      const mark = (kind: "signal" | "answer" | "missing") => {
        const found = new Uint8Array(texts[kind].length);
        texts[kind].forEach((text, index) => {
          if (!words.every((word) => text.includes(word))) return;
          found[index] = 1;
          const at = SearchIndex.#at(this.#views[lane]!.lane, kind, index);
          items.push({ kind, lane, index, at });
        });
        return found;
      };
      return {
        signal: mark("signal"),
        answer: mark("answer"),
        missing: mark("missing"),
      };
    });
    items.sort((a, b) => a.at - b.at);
    return { items, marks };
  }

  static #at(
    lane: Lane,
    kind: "signal" | "answer" | "missing",
    index: number,
  ): number {
    if (kind === "signal") return lane.signals[index]!.at;
    if (kind === "answer") return lane.answers[index]!.at;
    return lane.signals[lane.missing[index]!.signal]!.at;
  }

  static #read({ lane, outcomes }: LaneView) {
    const who = `${lane.processName} ${lane.runnerHost} ${lane.publisherId}`;
    const event = (index: number) => lane.signals[index]?.event ?? "";
    const lower = (...parts: unknown[]) => parts.join(" ").toLowerCase();
    return {
      signal: lane.signals.map(({ event, sample, tag, metadata }, index) =>
        lower(
          ...[event, sample === undefined ? "" : `#${sample}`, tag],
          ...[metadata, outcomes[index] === "fine" ? "" : outcomes[index], who],
        )
      ),
      answer: lane.answers.map(({ kind, responder, signal, message }) =>
        lower(kind, event(signal), lane.responders[responder]!.id, message)
      ),
      missing: lane.missing.map(({ responder, signal }) =>
        lower("missing", event(signal), lane.responders[responder]!.id)
      ),
    };
  }
}
