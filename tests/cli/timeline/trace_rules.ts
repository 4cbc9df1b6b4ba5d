/**
 * What Perfetto and chrome://tracing ask of a trace in JSON, after the "Trace
 * Event Format" document.
 *
 * @module
 */
import type { TraceEvent } from "../../../src/cli/timeline/chrome_trace.ts";

const METADATA: Readonly<Record<string, string>> = {
  process_name: "name",
  process_labels: "labels",
  process_sort_index: "sort_index",
  thread_name: "name",
  thread_sort_index: "sort_index",
};
/** Colours that the viewers reserve names for, of those that a timeline uses. */
const COLOURS = ["good", "bad", "terrible", "grey"];

/** What of the events breaks a rule; nothing where all is well. */
export function brokenRules(events: readonly TraceEvent[]): string[] {
  const broken: string[] = [];
  const say = (rule: string, event: TraceEvent) =>
    broken.push(`${rule}: ${JSON.stringify(event)}`);
  const isWhole = (value: unknown) => Number.isSafeInteger(value);
  const processOf = new Map<number, number>();
  const named = new Set<string>();
  for (const event of events) {
    const { name, ph, pid, tid, ts, dur, s, cname, args } = event;
    if (typeof name !== "string") say("a name is a string", event);
    if (!isWhole(pid) || pid < 1) say("a pid is over 0", event);
    if (!isWhole(tid) || tid < 1) say("a tid is over 0", event);
    if (!isWhole(ts) || ts < 0) say("a ts is in microseconds", event);
    if (!["X", "i", "M"].includes(ph)) say("a phase is known", event);
    if ((ph === "X") !== (dur !== undefined)) say("X has a dur", event);
    if (dur !== undefined && (!isWhole(dur) || dur < 0)) say("a dur", event);
    if (ph === "i" && !["g", "p", "t"].includes(s!)) say("a scope", event);
    if (cname !== undefined && !COLOURS.includes(cname)) say("a cname", event);
    if (ph === "M") {
      const key = METADATA[name];
      const value = args[key ?? ""];
      const isKnown = key === "sort_index"
        ? isWhole(value)
        : typeof value === "string";
      if (!isKnown) say("metadata is known", event);
      const of = name.startsWith("process") ? `${pid}` : `${pid} ${tid}`;
      if (named.has(`${name} ${of}`)) say("metadata is said once", event);
      named.add(`${name} ${of}`);
    }
    if ((processOf.get(tid) ?? pid) !== pid) say("a tid has one pid", event);
    processOf.set(tid, pid);
  }
  for (const event of events) {
    const { pid, tid } = event;
    if (!named.has(`process_name ${pid}`)) say("a process has a name", event);
    if (!named.has(`thread_name ${pid} ${tid}`)) say("a thread has one", event);
    if (processOf.has(pid)) say("no tid is a pid", event);
  }
  return [...broken, ...overlaps(events)];
}

/** Spans of one thread that are not one behind the other. Nested ones would be calls. */
function overlaps(events: readonly TraceEvent[]): string[] {
  const broken: string[] = [];
  const threads = Map.groupBy(
    events.filter(({ ph }) => ph === "X"),
    ({ pid, tid }) => `${pid} ${tid}`,
  );
  for (const spans of threads.values()) {
    spans.sort((a, b) => a.ts - b.ts || a.dur! - b.dur!);
    spans.forEach((span, at) => {
      const before = spans[at - 1];
      if (before !== undefined && before.ts + before.dur! > span.ts) {
        broken.push(`"${before.name}" and "${span.name}" overlap`);
      }
    });
  }
  return broken;
}
