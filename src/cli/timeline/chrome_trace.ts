/**
 * A timeline as a Chrome trace, which Perfetto and chrome://tracing open.
 *
 * @module
 */
import { Heap, type HeapItem } from "../../internal/heap.ts";
import type { Answer, Lane, SignalMark, Span, Timeline } from "./model.ts";

/** The trace as a JSON object. */
export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly otherData: Readonly<Record<string, string>>;
  readonly traceEvents: readonly TraceEvent[];
}

/**
 * One event of it; times in microseconds. Ids begin with 1, because viewers take
 * 0 for the idle process; no thread has the id of a process or of another thread,
 * because Perfetto takes the thread with its process's id for the main one.
 */
export interface TraceEvent {
  readonly name: string;
  /** Complete, instant or metadata. */
  readonly ph: "X" | "i" | "M";
  /** The publisher, as viewers group by processes. */
  readonly pid: number;
  /** Its signals, or one row of its phases or of one responder. */
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  /** How wide an instant is drawn. */
  readonly s?: "t";
  readonly cname?: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Names of colours that the viewers know. */
const COLOURS = {
  joined: "grey",
  succeeded: "good",
  failed: "terrible",
  missing: "bad",
} as const;

/** Stands for the recording itself, which is no publisher. */
const RECORDING = 1;

/** Events that are written at a time. */
const BATCH = 1_000;

/**
 * Makes the trace.
 *
 * Invariant: the spans of one thread do not overlap. Viewers take a span within
 * another one of its thread for a call of it, and drop what overlaps otherwise.
 */
export function toChromeTrace(timeline: Timeline): ChromeTrace {
  const { started, lanes, gaps, oddities } = timeline;
  const ids = new Ids(lanes.length + 1);
  const recording = new Track(RECORDING, ids);
  if (gaps.length + oddities.length > 0) recording.name("recording", "");
  const gapRows = recording.rows("gaps");
  for (const gap of gaps) {
    gapRows.span({ name: "gap", span: gap, args: { reason: gap.reason } });
  }
  for (const { at, ...args } of oddities) {
    recording.instant("malformed", recording.main, at, args);
  }
  const tracks = lanes.map((lane, index) =>
    traceLane(lane, RECORDING + 1 + index, ids)
  );
  return {
    displayTimeUnit: "ms",
    otherData: { started: new Date(started).toISOString() },
    traceEvents: [recording, ...tracks].flatMap((track) => track.build()),
  };
}

/** The trace as JSON, in parts: all of it may be more than one text can hold. */
export function* traceText(
  { traceEvents, ...rest }: ChromeTrace,
): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"traceEvents":[`;
  for (let at = 0; at < traceEvents.length; at += BATCH) {
    const batch = JSON.stringify(traceEvents.slice(at, at + BATCH));
    yield (at === 0 ? "" : ",\n") + batch.slice(1, -1);
  }
  yield "]}\n";
}

function traceLane(lane: Lane, pid: number, ids: Ids): Track {
  const { signals, phases, answers, missing, responders, unanswered } = lane;
  const track = new Track(pid, ids);
  const derived = lane.derived ? " derived" : "";
  const labels = `${lane.runnerHost} ${lane.publisherId}${derived}`;
  track.name(lane.processName, labels);
  for (const signal of signals) {
    track.instant(signal.event, track.main, signal.at, details(signal));
  }
  const phaseRows = track.rows("phases");
  for (const phase of phases) {
    const args = details(signals[phase.signal]!);
    phaseRows.span({ name: phase.name, span: phase, args });
  }
  const rows = responders.map(({ id }) => track.rows(id));
  for (const answer of answers) {
    traceAnswer(lane, track, rows[answer.responder]!, answer);
  }
  for (const { responder, signal, until, unheard, why } of missing) {
    const { at, event } = signals[signal]!;
    rows[responder]!.span({
      name: `${event}: missing`,
      span: { from: at, to: until },
      args: { unheard, why },
      cname: COLOURS.missing,
    });
  }
  const summary = track.rows("missing answers");
  for (const { signal, until, count, unheard } of unanswered) {
    const { at, event } = signals[signal]!;
    summary.span({
      name: `${event}: ${count} missing`,
      span: { from: at, to: until },
      args: { count, unheard },
      cname: COLOURS.missing,
    });
  }
  return track;
}

function traceAnswer(
  lane: Lane,
  track: Track,
  rows: ThreadGroup,
  { kind, at, ras, message, signal: index, reported }: Answer,
): void {
  const signal = lane.signals[index];
  if (reported) return track.instant(kind, rows.first, at, { reported });
  const name = `${signal?.event ?? "an earlier signal"}: ${kind}`;
  if (kind === "progress") {
    track.instant(name, rows.first, at, { message });
  } else {
    // An answer may be for a signal that was recorded after it.
    const span = { from: Math.min(signal?.at ?? at, at), to: at };
    const cname = COLOURS[kind as keyof typeof COLOURS];
    rows.span({ name, span, args: { ras, message }, cname });
  }
}

function details({ sample, tag, metadata, result }: SignalMark) {
  return { sample, tag, metadata, result };
}

/** Gives out thread ids. */
class Ids {
  #last: number;

  /** @param processes How many processes there are; their ids are the first. */
  constructor(processes: number) {
    this.#last = processes;
  }

  next(): number {
    return ++this.#last;
  }
}

/** What is drawn from one moment to another. */
interface TraceSpan {
  readonly name: string;
  readonly span: Span;
  readonly args: TraceEvent["args"];
  readonly cname?: string;
}

/** Spans of one kind, in as many threads as there are at a time. */
class ThreadGroup {
  readonly #track: Track;
  readonly #name: string;
  /** Where its threads stand among those of the track. */
  readonly #place: number;
  readonly #spans: TraceSpan[] = [];
  #first: number | undefined;

  constructor(track: Track, name: string, place: number) {
    this.#track = track;
    this.#name = name;
    this.#place = place;
  }

  /** The thread that is used first. */
  get first(): number {
    return this.#first ??= this.#addThread();
  }

  span(span: TraceSpan): void {
    this.#spans.push(span);
  }

  /** Gives each span a thread that is free from its beginning to its end. */
  build(): void {
    const byBegin = this.#spans.map((each) => {
      const ts = micros(each.span.from);
      return { ...each, ts, dur: Math.max(0, micros(each.span.to) - ts) };
    }).sort((a, b) => a.ts - b.ts || a.dur - b.dur);
    /** Threads by the moment from which they are free, and by their ids. */
    const free = new Heap<HeapItem>();
    for (const { name, ts, dur, args, cname } of byBegin) {
      const next = free.peek();
      const tid = next === undefined
        ? this.first
        : next.due <= ts
        ? next.order
        : this.#addThread();
      if (tid === next?.order) free.remove(next);
      free.add({ due: ts + dur, order: tid, place: -1 });
      this.#track.complete(name, tid, { ts, dur }, args, cname);
    }
  }

  #addThread(): number {
    return this.#track.thread(this.#name, this.#place);
  }
}

/** The events of one process of the trace. */
class Track {
  /** The thread of what is no span. */
  readonly main: number;
  readonly #events: TraceEvent[] = [];
  readonly #pid: number;
  readonly #ids: Ids;
  readonly #rows: ThreadGroup[] = [];

  constructor(pid: number, ids: Ids) {
    this.#pid = pid;
    this.#ids = ids;
    this.main = ids.next();
  }

  name(name: string, labels: string): void {
    this.#describe("process_name", this.main, { name });
    this.#describe("process_labels", this.main, { labels });
    this.#describe("process_sort_index", this.main, { sort_index: this.#pid });
    const main = this.#pid === RECORDING ? "malformed" : "signals";
    this.#describe("thread_name", this.main, { name: main });
    this.#describe("thread_sort_index", this.main, { sort_index: 0 });
  }

  /** Adds spans that share threads with no others. */
  rows(name: string): ThreadGroup {
    const rows = new ThreadGroup(this, name, this.#rows.length + 1);
    this.#rows.push(rows);
    return rows;
  }

  /** Adds a thread; those of a lower place are shown above it. */
  thread(name: string, place: number): number {
    const tid = this.#ids.next();
    this.#describe("thread_name", tid, { name });
    this.#describe("thread_sort_index", tid, { sort_index: place });
    return tid;
  }

  complete(
    name: string,
    tid: number,
    { ts, dur }: { ts: number; dur: number },
    args: TraceEvent["args"],
    cname?: string,
  ): void {
    const colour = cname === undefined ? {} : { cname };
    const pid = this.#pid;
    this.#events.push({ name, ph: "X", pid, tid, ts, dur, ...colour, args });
  }

  instant(
    name: string,
    tid: number,
    at: number,
    args: TraceEvent["args"],
  ): void {
    const ts = micros(at);
    this.#events.push({ name, ph: "i", pid: this.#pid, tid, ts, s: "t", args });
  }

  /** All of them. */
  build(): readonly TraceEvent[] {
    for (const rows of this.#rows) rows.build();
    return this.#events;
  }

  #describe(name: string, tid: number, args: TraceEvent["args"]): void {
    this.#events.push({ name, ph: "M", pid: this.#pid, tid, ts: 0, args });
  }
}

function micros(ms: number): number {
  return Math.round(ms * 1_000);
}
