/**
 * The question and the answers of a roll call.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
import { isRecord, ownValue } from "../../protocol/payload.ts";

const VERSION = 1;
const MAX_QUERY = 1_000;
const MAX_REPORT = 4_000_000;
/** A message, and the list in it. */
const MAX_DEPTH = 2;
const KEY = "roll-call";
/** Characters of a name in a report; the middle of a longer one is left out. */
const MAX_NAME = 1_000;
/** Characters of all subscribers in a report. */
const MAX_SUBSCRIBERS = 1_000_000;

/**
 * What a live exporter tells of itself.
 *
 * @category Roll call
 */
export interface PresenceReport {
  /** The exporter's unique id. */
  readonly publisherId: string;
  /** The process whose states it publishes. */
  readonly processName: string;
  /** Where that runs. */
  readonly runnerHost: string;
  /** The last event that it published; `"initialization"` at first. */
  readonly state: string;
  /** When it published that, in milliseconds since the epoch. */
  readonly since: number;
  /** The tag that it published that with, if any. */
  readonly tag?: string;
  /** Its subscribers, by responder id; not all of them where that would be too long. */
  readonly subscribers: readonly string[];
  /** How many have subscribed to it. */
  readonly subscriberCount: number;
}

/** Asks to be answered on a channel. */
export function encodeQuery(replyChannel: string): string {
  return JSON.stringify({ v: VERSION, [KEY]: replyChannel });
}

/** The channel to answer on; undefined if the text is no question. */
export function parseQuery(text: string): string | undefined {
  const channel = ownValue(parseFields(text, MAX_QUERY), KEY);
  return typeof channel === "string" ? channel : undefined;
}

/** Writes an answer, which every reader takes, whatever the names in it are. */
export function encodeReport(report: PresenceReport): string {
  const { publisherId, processName, runnerHost, state, tag } = report;
  const subscribers: string[] = [];
  let room = MAX_SUBSCRIBERS;
  for (const id of report.subscribers) {
    const name = shorten(id);
    room -= name.length;
    if (room < 0) break;
    subscribers.push(name);
  }
  return JSON.stringify({
    v: VERSION,
    ...report,
    publisherId: shorten(publisherId),
    processName: shorten(processName),
    runnerHost: shorten(runnerHost),
    state: shorten(state),
    ...(tag === undefined ? {} : { tag: shorten(tag) }),
    subscribers,
  });
}

/** Keeps the end of a name, because an id ends with what makes it unique. */
function shorten(name: string): string {
  if (name.length <= MAX_NAME) return name;
  const half = MAX_NAME / 2;
  return `${name.slice(0, half)}…${name.slice(-half)}`;
}

/** Reads an answer, copying what the schema has; undefined if it is none. */
export function parseReport(text: string): PresenceReport | undefined {
  const fields = parseFields(text, MAX_REPORT);
  const publisherId = ownValue(fields, "publisherId");
  const processName = ownValue(fields, "processName");
  const runnerHost = ownValue(fields, "runnerHost");
  const state = ownValue(fields, "state");
  const since = ownValue(fields, "since");
  const tag = ownValue(fields, "tag");
  const subscribers = ownValue(fields, "subscribers");
  const count = ownValue(fields, "subscriberCount");
  if (
    typeof publisherId !== "string" || typeof processName !== "string" ||
    typeof runnerHost !== "string" || typeof state !== "string" ||
    typeof since !== "number" || !Number.isFinite(since) ||
    (tag !== undefined && typeof tag !== "string") ||
    !Array.isArray(subscribers) ||
    !subscribers.every((id) => typeof id === "string")
  ) return undefined;
  return {
    publisherId,
    processName,
    runnerHost,
    state,
    since,
    ...(tag === undefined ? {} : { tag }),
    subscribers,
    subscriberCount: Number.isSafeInteger(count)
      ? count as number
      : subscribers.length,
  };
}

/** The fields of a message of this version; none if it is anything else. */
function parseFields(text: string, longest: number): Record<string, unknown> {
  if (text.length > longest) return {};
  let value: unknown;
  try {
    value = parseJson(text, { maxDepth: MAX_DEPTH });
  } catch {
    return {};
  }
  return isRecord(value) && ownValue(value, "v") === VERSION ? value : {};
}
