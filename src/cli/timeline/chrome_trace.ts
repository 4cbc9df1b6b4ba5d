/**
 * A timeline as a Chrome trace, which Perfetto and chrome://tracing open.
 *
 * @module
 */
import type { Answer, Lane, SignalMark, Span, Timeline } from "./model.ts";

/** The trace as a JSON object. */
export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly otherData: Readonly<Record<string, string>>;
  readonly traceEvents: readonly TraceEvent[];
}

/** One event of it; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  /** Complete, instant or metadata. */
  readonly ph: "X" | "i" | "M";
  /** The publisher, as viewers group by processes. */
  readonly pid: number;
  /** Its signals, one row of its phases, or one responder. */
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  /** How wide an instant is drawn. */
  readonly s?: "t";
  readonly cname?: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Stands for the recording itself, which is no publisher. */
const RECORDING_PID = 0;
const SIGNALS_TID = 0;
const FIRST_PHASES_TID = 1;
const FIRST_RESPONDER_TID = 100;

/** Names of colours that the viewers know. */
const COLOURS = {
  joined: "grey",
  succeeded: "good",
  failed: "terrible",
  missing: "bad",
} as const;

/** Makes the trace. */
export function toChromeTrace(timeline: Timeline): ChromeTrace {
  const { started, lanes, gaps, oddities } = timeline;
  const recording = new Track(RECORDING_PID);
  if (gaps.length + oddities.length > 0) recording.name("recording", "");
  for (const gap of gaps) {
    recording.span("gap", SIGNALS_TID, gap, { reason: gap.reason });
  }
  for (const { at, ...args } of oddities) {
    recording.instant("malformed", SIGNALS_TID, at, args);
  }
  const tracks = lanes.map((lane, index) => traceLane(lane, index + 1));
  return {
    displayTimeUnit: "ms",
    otherData: { started: new Date(started).toISOString() },
    traceEvents: [recording, ...tracks].flatMap(({ events }) => events),
  };
}

function traceLane(lane: Lane, pid: number): Track {
  const track = new Track(pid);
  track.name(lane.processName, `${lane.runnerHost} ${lane.publisherId}`);
  track.nameThread(SIGNALS_TID, "signals");
  for (const signal of lane.signals) {
    track.instant(signal.event, SIGNALS_TID, signal.at, details(signal));
  }
  for (const phase of lane.phases) {
    const tid = FIRST_PHASES_TID + phase.row;
    track.nameThread(tid, "phases");
    track.span(phase.name, tid, phase, details(lane.signals[phase.signal]!));
  }
  lane.responders.forEach(({ id }, index) =>
    track.nameThread(FIRST_RESPONDER_TID + index, id)
  );
  for (const answer of lane.answers) traceAnswer(lane, track, answer);
  for (const { responder, signal, until, unheard } of lane.missing) {
    const { at, event } = lane.signals[signal]!;
    const tid = FIRST_RESPONDER_TID + responder;
    const span = { from: at, to: until };
    track.span(`${event}: missing`, tid, span, { unheard }, COLOURS.missing);
  }
  return track;
}

function traceAnswer(lane: Lane, track: Track, answer: Answer): void {
  const { kind, at, ras, message } = answer;
  const tid = FIRST_RESPONDER_TID + answer.responder;
  const signal = lane.signals[answer.signal];
  const name = `${signal?.event ?? "an earlier signal"}: ${kind}`;
  if (kind === "progress") {
    track.instant(name, tid, at, { message });
  } else {
    const span = { from: signal?.at ?? at, to: at };
    track.span(name, tid, span, { ras, message }, COLOURS[kind]);
  }
}

function details({ sample, tag, metadata }: SignalMark) {
  return { sample, tag, metadata };
}

/** The events of one process of the trace. */
class Track {
  readonly events: TraceEvent[] = [];
  readonly #pid: number;
  readonly #named = new Set<number>();

  constructor(pid: number) {
    this.#pid = pid;
  }

  name(name: string, labels: string): void {
    this.#describe("process_name", 0, { name });
    this.#describe("process_labels", 0, { labels });
  }

  nameThread(tid: number, name: string): void {
    if (this.#named.has(tid)) return;
    this.#named.add(tid);
    this.#describe("thread_name", tid, { name });
    this.#describe("thread_sort_index", tid, { sort_index: tid });
  }

  span(
    name: string,
    tid: number,
    { from, to }: Span,
    args: TraceEvent["args"],
    cname?: string,
  ): void {
    const ts = micros(from);
    const dur = micros(to) - ts;
    const colour = cname === undefined ? {} : { cname };
    this.events.push(
      { name, ph: "X", pid: this.#pid, tid, ts, dur, ...colour, args },
    );
  }

  instant(
    name: string,
    tid: number,
    at: number,
    args: TraceEvent["args"],
  ): void {
    const ts = micros(at);
    this.events.push({ name, ph: "i", pid: this.#pid, tid, ts, s: "t", args });
  }

  #describe(name: string, tid: number, args: TraceEvent["args"]): void {
    this.events.push({ name, ph: "M", pid: this.#pid, tid, ts: 0, args });
  }
}

function micros(ms: number): number {
  return Math.round(ms * 1_000);
}
