/**
 * The file that `record` writes and `timeline` and `replay` read: NDJSON, one
 * entry a line, each with the moment at which the recorder received it.
 *
 * @module
 */
import { isRecord } from "../../protocol/payload.ts";
import { toJsonLine } from "../output/json_line.ts";

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
  /** A message, exactly as it came, were it malformed. */
  | { readonly type: "signal" | "response"; readonly payload: string }
  /** A message that is no text, or too long. */
  | {
    readonly type: "unreadable";
    readonly channel: "signal" | "response";
    readonly reason: string;
  }
  /** What was published in the milliseconds up to now may be missing. */
  | { readonly type: "gap"; readonly duration: number; readonly reason: string }
  /** The recording ends, as it should. */
  | { readonly type: "end"; readonly reason: string };

/** A line of a recording. */
export type Entry = Moment & EntryBody;

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
    Number.isFinite(t);
}

function isBody(entry: Record<string, unknown>): boolean {
  switch (entry.type) {
    case "recording":
      return entry.version === RECORDING_VERSION;
    case "signal":
    case "response":
      return typeof entry.payload === "string";
    case "gap":
      return Number.isFinite(entry.duration);
    case "unreadable":
      return typeof entry.reason === "string";
    case "end":
      return true;
    default:
      return false;
  }
}
