/**
 * The file that `record` writes and `timeline` and `replay` read: NDJSON, one
 * entry a line, each with the moment at which the recorder received it.
 *
 * @module
 */
import { byteLength } from "../../internal/byte_length.ts";
import { isRecord } from "../../protocol/payload.ts";
import { toJsonLine } from "../output/json_line.ts";
import { MAX_LINE } from "./lines.ts";

/** The version of the format. */
export const RECORDING_VERSION = 1;

/** When something was received. */
export interface Moment {
  /** By the wall clock, in ISO 8601. */
  readonly at: string;
  /** By the monotonic clock: milliseconds since the recording began. */
  readonly t: number;
}

/** What a line of a recording says. */
export type EntryBody =
  /** The recording begins. */
  | {
    readonly type: "recording";
    readonly version: typeof RECORDING_VERSION;
    readonly server: string;
  }
  /** A message, exactly as it came, were it malformed; an exporter's report. */
  | {
    readonly type: "signal" | "response" | "report";
    readonly payload: string;
  }
  /** A message that is no text, or too long. */
  | {
    readonly type: "unreadable";
    readonly channel: "signal" | "response";
    readonly reason: string;
  }
  /**
   * What was published in the milliseconds up to now may be missing; `dropped`
   * messages were received in them and not recorded.
   */
  | {
    readonly type: "gap";
    readonly duration: number;
    readonly reason: string;
    readonly dropped?: number;
  }
  /** The recording ends, as it should. */
  | { readonly type: "end"; readonly reason: string };

/** A line of a recording. */
export type Entry = Moment & EntryBody;

/**
 * How each line begins. No line has this anywhere else, because the quotes of
 * the texts in it are escaped.
 */
export const LINE_BEGIN = '{"at":"';

/** Characters of a payload that are looked at together. */
const PART = 1024 * 1024;
/** Bytes of a line beside its payload. */
const ENVELOPE = 1_024;
/** Bytes that a line has for each character of its payload, at most. */
const MAX_ESCAPE = 6;

/** Whether the line of a payload would be longer than a line that can be read. */
export function isTooLong(payload: string): boolean {
  const longest = MAX_LINE - ENVELOPE;
  if (payload.length * MAX_ESCAPE <= longest) return false;
  let bytes = 0;
  for (let at = 0; at < payload.length && bytes <= longest; at += PART) {
    bytes += byteLength(toJsonLine({ part: payload.slice(at, at + PART) }));
  }
  return bytes > longest;
}

/** Writes a line. */
export function encodeEntry(entry: Entry): string {
  return toJsonLine({ ...entry });
}

/**
 * Reads a line.
 *
 * @returns Nothing where it is no entry, or of a type that is not known here.
 */
export function parseEntry(line: string): Entry | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    // The recorder was killed in the middle of the line.
    return undefined;
  }
  return isRecord(entry) && isMoment(entry) && isBody(entry)
    ? entry as unknown as Entry
    : undefined;
}

function isMoment({ at, t }: Record<string, unknown>): boolean {
  return typeof at === "string" && Number.isFinite(Date.parse(at)) &&
    isSpan(t);
}

function isSpan(ms: unknown): boolean {
  return Number.isFinite(ms) && (ms as number) >= 0;
}

function isBody(entry: Record<string, unknown>): boolean {
  switch (entry.type) {
    case "recording":
      return entry.version === RECORDING_VERSION;
    case "signal":
    case "response":
    case "report":
      return typeof entry.payload === "string";
    case "gap":
      return isSpan(entry.duration);
    case "unreadable":
      return typeof entry.reason === "string";
    case "end":
      return true;
    default:
      return false;
  }
}
