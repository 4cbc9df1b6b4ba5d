/**
 * Builds a timeline of a recording's entries.
 *
 * @module
 */
import { takeTicket } from "../../protocol/signal/ticketed_signal.ts";
import { stringifyJson } from "../../protocol/json/writer.ts";
import { parseExporterReport } from "../../protocol/extension/report.ts";
import type { PayloadError } from "../../protocol/payload_error.ts";
import { parseResponse } from "../../protocol/response/response.ts";
import {
  DEFAULT_SAMPLE,
  DEFAULT_TAG,
  SHUTDOWN,
  type Signal,
} from "../../protocol/signal/signal.ts";
import { parseSignal } from "../../protocol/signal/parser.ts";
import { peerName } from "../../protocol/peer_name.ts";
import { counted } from "../output/counted.ts";
import type { Entry } from "../recording/recording.ts";
import { Answers } from "./answers.ts";
import {
  beginningOf,
  Budget,
  cutText,
  LANE_MARKS,
  MAX_MISSING,
} from "./budget.ts";
import { GapIndex } from "./gap_index.ts";
import type { Gap, Lane, Oddity, SignalMark, Span, Timeline } from "./model.ts";
import { phasesOf } from "./phases.ts";

/** Characters of a message that is neither signal nor answer that are kept. */
const MAX_ODDITY = 500;

/**
 * Takes entries in their order, and makes a timeline of them.
 *
 * Invariant: what is kept is bounded. What is beyond the budget is counted, and
 * the timeline says from when on.
 */
export class TimelineBuilder {
  readonly #budget = new Budget();
  readonly #lanes = new Map<string, LaneBuilder>();
  readonly #gaps: Gap[] = [];
  readonly #oddities: Oddity[] = [];
  #undrawn: { from: number; signals: number; answers: number } | undefined;
  #end = 0;

  /** Takes the next entry. */
  add(entry: Entry): void {
    if (this.#undrawn === undefined) this.#take(entry);
    else this.#count(entry);
    this.#end = Math.max(this.#end, entry.t);
  }

  #take(entry: Entry): void {
    const { t } = entry;
    switch (entry.type) {
      case "recording":
        if (this.#end > 0) this.#addGap(this.#end, t, "not recorded");
        break;
      case "signal":
      case "response":
        this.#addMessage(entry.type, t, entry.payload);
        break;
      case "report":
        this.#addReport(t, entry.payload);
        break;
      case "unreadable":
        this.#addOddity({
          at: t,
          channel: entry.channel,
          reason: entry.reason,
        });
        break;
      case "gap":
        this.#addGap(t - entry.duration, t, gapReason(entry));
    }
  }

  #count({ type }: Pick<Entry, "type">): void {
    if (type === "signal") this.#undrawn!.signals++;
    if (type === "response") this.#undrawn!.answers++;
  }

  /** Whether something may still be drawn; nothing may from the first refusal on. */
  #mayDraw(
    at: number,
    marks: number,
    ...texts: readonly (string | undefined)[]
  ): boolean {
    if (this.#budget.take(marks, ...texts)) return true;
    this.#undrawn ??= { from: at, signals: 0, answers: 0 };
    return false;
  }

  /**
   * Ends the timeline.
   *
   * @param started Milliseconds since 1970 at which its moment 0 was.
   */
  build(started: number): Timeline {
    const undrawn = this.#undrawn;
    if (undrawn !== undefined) {
      const { from, signals, answers } = undrawn;
      const what = `${counted(signals, "signal")}, ${
        counted(answers, "answer")
      }`;
      const reason = `too much to be drawn: ${what} from here on`;
      this.#gaps.push({ from, to: this.#end, reason });
    }
    const gaps = new GapIndex(this.#gaps);
    const summarised = this.#summarised();
    return {
      started,
      end: this.#end,
      lanes: this.#lanes.values()
        .map((lane) => lane.build(this.#end, gaps, summarised.has(lane)))
        .toArray(),
      gaps: this.#gaps,
      oddities: this.#oddities,
      ...(undrawn && { undrawn }),
    };
  }

  /** The lanes with the most missing answers, where all together are too many. */
  #summarised(): Set<LaneBuilder> {
    let left = MAX_MISSING;
    const lanes = this.#lanes.values().toArray()
      .sort((a, b) => a.answers.missingCount - b.answers.missingCount);
    return new Set(
      lanes.filter(({ answers }) => (left -= answers.missingCount) < 0),
    );
  }

  #addGap(from: number, to: number, reason: string): void {
    if (!this.#mayDraw(to, 1, reason)) return;
    this.#gaps.push({ from: Math.max(0, from), to, reason });
  }

  #addOddity(oddity: Oddity): void {
    const { at, channel, reason, payload } = oddity;
    if (this.#mayDraw(at, 1, reason, payload)) this.#oddities.push(oddity);
    else this.#count({ type: channel });
  }

  #addMessage(channel: "signal" | "response", at: number, payload: string) {
    try {
      const isDrawn = channel === "signal"
        ? this.#addSignal(at, payload)
        : this.#addResponse(at, payload);
      if (!isDrawn) this.#count({ type: channel });
    } catch (error) {
      const { reason } = error as PayloadError;
      payload = beginningOf(payload, MAX_ODDITY);
      this.#addOddity({ at, channel, reason, payload });
    }
  }

  #addSignal(at: number, payload: string): boolean {
    const { signal, ticket } = takeTicket(parseSignal(payload));
    const { publisherId, processName, runnerHost, event } = signal;
    const mark = markOf(signal, at);
    // The event also names a phase.
    const texts = [event, event, mark.sample, mark.tag, mark.metadata];
    if (!this.#mayDraw(at, 1, ...texts)) return false;
    const lane = this.#lane(publisherId, at, processName + runnerHost);
    if (lane === undefined) return false;
    lane.introduce(signal);
    lane.mark(mark);
    lane.answers.publish(event, at, ticket);
    return true;
  }

  #addResponse(at: number, payload: string): boolean {
    const response = parseResponse(payload);
    const { publisherId, responderId, message } = response;
    if (!this.#mayDraw(at, 1, message)) return false;
    const lane = this.#lane(publisherId, at, publisherId);
    if (lane === undefined) return false;
    const { answers } = lane;
    if (!answers.knows(responderId)) {
      if (!this.#mayDraw(at, 1, responderId, responderId)) return false;
    }
    answers.respond(response, at);
    return true;
  }

  /** Adds what an exporter reports; one of another version is passed over. */
  #addReport(at: number, payload: string): void {
    const report = parseExporterReport(payload);
    if (report === undefined) return;
    const named = report.what === "result"
      ? report.missing.map(([id]) => id)
      : "responders" in report
      ? report.responders
      : [report.responder];
    const lane = this.#lane(report.publisher, at, report.publisher);
    const fresh = named.filter((id) => !lane?.answers.knows(id));
    // A name stands twice in the timeline.
    const marks = named.length + fresh.length;
    if (this.#mayDraw(at, marks + 1, ...fresh, ...fresh)) {
      lane?.answers.report(report, at);
    }
  }

  /** The lane of a publisher; a new one must have room. */
  #lane(publisherId: string, at: number, names: string) {
    const known = this.#lanes.get(publisherId);
    if (known !== undefined) return known;
    if (!this.#mayDraw(at, LANE_MARKS, publisherId, names)) return undefined;
    const lane = new LaneBuilder(publisherId);
    this.#lanes.set(publisherId, lane);
    return lane;
  }
}

function gapReason({ reason, dropped }: Entry & { type: "gap" }): string {
  return dropped === undefined
    ? reason
    : `${reason}: ${counted(dropped, "message")} dropped`;
}

function markOf(
  { event, sampleNo, tag, metadata }: Signal,
  at: number,
): SignalMark {
  return {
    at,
    event: cutText(event),
    ...(sampleNo !== DEFAULT_SAMPLE && { sample: String(sampleNo) }),
    ...(tag !== DEFAULT_TAG && { tag: cutText(tag) }),
    ...(metadata !== undefined && {
      metadata: cutText(
        stringifyJson(metadata, "metadata", { anyNumber: true }),
      ),
    }),
  };
}

class LaneBuilder {
  readonly answers = new Answers();
  readonly #publisherId: string;
  readonly #signals: SignalMark[] = [];
  readonly #lives: Span[] = [];
  #born: number | undefined;
  #processName: string | undefined;
  #runnerHost = "";

  constructor(publisherId: string) {
    this.#publisherId = publisherId;
  }

  introduce({ processName, runnerHost }: Signal): void {
    this.#processName = processName;
    this.#runnerHost = runnerHost;
  }

  mark(mark: SignalMark): void {
    const { at, event } = mark;
    this.#signals.push(mark);
    this.#born ??= at;
    if (event === SHUTDOWN) this.#die(at);
  }

  build(end: number, gaps: GapIndex, summarises: boolean): Lane {
    this.#die(end);
    const { answers } = this;
    const signals = this.#signals.map((signal, index) => {
      const result = answers.resultOf(index);
      return result === undefined ? signal : { ...signal, result };
    });
    return {
      publisherId: this.#publisherId,
      processName: this.#processName ?? peerName(this.#publisherId),
      runnerHost: this.#runnerHost,
      lives: this.#lives,
      signals,
      ...(!answers.isReported && { derived: true as const }),
      phases: phasesOf(this.#signals, end),
      ...answers.build(end, gaps, summarises),
    };
  }

  #die(at: number): void {
    if (this.#born === undefined) return;
    this.#lives.push({ from: this.#born, to: at });
    this.#born = undefined;
  }
}
