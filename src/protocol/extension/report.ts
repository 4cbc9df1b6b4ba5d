/**
 * What exporters report to recorders on the control channel, and how a recorder
 * says that it is there. Nothing of it is said while no recorder is there.
 *
 * @module
 */
import { parseJson } from "../json/json.ts";
import { isRecord } from "../payload.ts";
import {
  encodeSideMessage,
  EXTENSION_KEY,
  EXTENSION_VERSION,
} from "./extension.ts";

/** Milliseconds from one announcement of a recorder to the next. */
export const RECORDER_PERIOD = 5_000;

/** Says that a recorder is there, or leaves. */
export interface RecorderNotice {
  /** A name that no other recorder has. */
  readonly id: string;
  /** Whether it leaves. */
  readonly leave?: boolean;
}

/** What an exporter has seen or done. */
export type ReportBody =
  /** These and no others are subscribers. */
  | { readonly what: "roster"; readonly responders: readonly string[] }
  /** These are subscribers, too. */
  | { readonly what: "joined"; readonly responders: readonly string[] }
  /** One is a subscriber no more. */
  | { readonly what: "left"; readonly responder: string; readonly why: string }
  /** A signal was sent once more to one subscriber. */
  | {
    readonly what: "redelivered";
    readonly responder: string;
    readonly event: string;
    readonly id?: string | undefined;
  }
  /** A publish has settled. */
  | {
    readonly what: "result";
    readonly event: string;
    /** The ticket of its signal, if that had one. */
    readonly id?: string | undefined;
    /** Left out where it ended with an error. */
    readonly code?: number | undefined;
    /** How many acknowledged it. */
    readonly acks: number;
    /** Who did not, and why. */
    readonly missing: readonly (readonly [responder: string, why: string])[];
    /** Why it ended without a result. */
    readonly error?: string | undefined;
  };

/** A message of an exporter to the recorders. */
export type ExporterReport = ReportBody & {
  readonly publisher: string;
  /** Milliseconds since what it is about was sent. */
  readonly age: number;
  /** How many reports before this one may not have arrived. */
  readonly missed?: number;
};

/** The begin of every report. */
const BEGIN = `{"${EXTENSION_KEY}":{"v":${EXTENSION_VERSION},"report":`;

/** Writes the announcement or the goodbye of a recorder. */
export function encodeRecorderNotice(notice: RecorderNotice): string {
  return encodeSideMessage("recorder", notice);
}

/** Writes a report. */
export function encodeExporterReport(report: ExporterReport): string {
  return encodeSideMessage("report", report);
}

/** Whether a message of the control channel is a report; others need not be parsed to know that. */
export function isExporterReport(text: string): boolean {
  return text.startsWith(BEGIN);
}

/** Reads what a recorder says of itself. */
export function readRecorderNotice(
  { id, leave }: Record<string, unknown>,
): RecorderNotice | undefined {
  // A recorder's id is a key of maps: it must be a short word.
  if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id)) return undefined;
  return { id, leave: leave === true };
}

/** Reads a report; `undefined` where it is none. */
export function parseExporterReport(text: string): ExporterReport | undefined {
  if (!isExporterReport(text)) return undefined;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  const extension = isRecord(value) ? value[EXTENSION_KEY] : undefined;
  const report = isRecord(extension) ? extension.report : undefined;
  if (!isRecord(report) || typeof report.publisher !== "string") {
    return undefined;
  }
  if (!Number.isFinite(report.age)) return undefined;
  return isBody(report) ? report as unknown as ExporterReport : undefined;
}

function isBody(report: Record<string, unknown>): boolean {
  const { what, responders, responder, why, event, acks, missing } = report;
  switch (what) {
    case "roster":
    case "joined":
      return isList(responders, isText);
    case "left":
      return isText(responder) && isText(why);
    case "redelivered":
      return isText(responder) && isText(event);
    case "result":
      return isText(event) && Number.isSafeInteger(acks) &&
        isList(
          missing,
          (pair) => isList(pair, isText) && (pair as string[]).length === 2,
        );
    default:
      return false;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isList(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
