/**
 * Reading signals.
 *
 * @module
 */

import { parseJson } from "./json.ts";
import { MAX_JSON_DEPTH } from "./json_limits.ts";
import { parsePythonJson } from "./json_parser.ts";
import {
  isRecord,
  ownValue,
  parsePayload,
  propertyError,
  stringValue,
} from "./payload.ts";
import { PayloadError } from "./payload_error.ts";
import type { Signal } from "./signal.ts";
import {
  LONGEST_USUAL,
  USUAL_INTEGER,
  USUAL_TEXT,
  usualInteger,
} from "./usual.ts";

const CLOSING_BRACE = 0x7d;

const REQUIRED_KEYS = [
  "publisher_id",
  "process_name",
  "event",
  "runner_host",
  "sample_no",
  "tag",
];

/**
 * Reads a payload of the signal channel, as strictly as the reference.
 *
 * @param text The payload.
 * @returns The signal.
 * @throws {PayloadError} If a Python responder would not yield it as a signal.
 */
export function parseSignal(text: string): Signal {
  return parseUsualSignal(text) ?? parseAnySignal(text);
}

/** A signal up to its tag, as every known peer writes it, without escapes. */
const USUAL = new RegExp(
  `\\{"publisher_id": ?${USUAL_TEXT}, ?"process_name": ?${USUAL_TEXT}, ?"event": ?${USUAL_TEXT}` +
    `, ?"runner_host": ?${USUAL_TEXT}, ?"sample_no": ?${USUAL_INTEGER}` +
    `, ?"tag": ?${USUAL_TEXT}(, ?"metadata": ?(?=\\{))?`,
  "y",
);

/** Reads a signal by its shape; nothing where it has to be read with care. */
function parseUsualSignal(text: string): Signal | undefined {
  if (text.length > LONGEST_USUAL) return undefined;
  USUAL.lastIndex = 0;
  const match = USUAL.exec(text);
  if (match === null) return undefined;
  const publisherId = match[1]!;
  const processName = match[2]!;
  const event = match[3]!;
  const runnerHost = match[4]!;
  const sampleNo = usualInteger(match[5]!);
  const tag = match[6]!;
  const { lastIndex } = USUAL;
  const last = text.length - 1;
  if (text.charCodeAt(last) !== CLOSING_BRACE) return undefined;
  if (lastIndex === last) {
    return { publisherId, processName, event, runnerHost, sampleNo, tag };
  }
  if (match[7] === undefined) return undefined;
  try {
    const metadata = parseJson(text.slice(lastIndex, last), {
      maxDepth: MAX_JSON_DEPTH - 1,
    });
    if (!isRecord(metadata)) return undefined;
    return {
      publisherId,
      processName,
      event,
      runnerHost,
      sampleNo,
      tag,
      metadata,
    };
  } catch {
    return undefined; // or more keys follow: there is more to say than that
  }
}

function parseAnySignal(text: string): Signal {
  const record = parsePayload("signal", text);
  const metadata = ownValue(record, "metadata");
  const signal = {
    publisherId: stringValue("signal", record, "publisher_id"),
    processName: stringValue("signal", record, "process_name"),
    event: stringValue("signal", record, "event"),
    runnerHost: stringValue("signal", record, "runner_host"),
    sampleNo: readSampleNo(record, text),
    tag: stringValue("signal", record, "tag"),
  };
  const known = REQUIRED_KEYS.length + (metadata === undefined ? 0 : 1);
  if (Object.keys(record).length !== known) throw extraKeyError(record);
  if (metadata === undefined || metadata === null) return signal;
  if (!isRecord(metadata)) {
    throw propertyError("signal", "metadata", "an object", metadata);
  }
  return { ...signal, metadata };
}

function extraKeyError(record: Record<string, unknown>): PayloadError {
  const extra = Object.keys(record).filter((key) =>
    key !== "metadata" && !REQUIRED_KEYS.includes(key)
  );
  return new PayloadError(
    "signal",
    `it has keys that no signal has: ${JSON.stringify(extra)}`,
  );
}

function readSampleNo(
  record: Record<string, unknown>,
  text: string,
): number | bigint {
  const value = ownValue(record, "sample_no");
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return Number(value);
  if (
    typeof value !== "number" || !Number.isSafeInteger(value) ||
    isSampleNoFloat(text)
  ) {
    throw propertyError("signal", "sample_no", "an integer", value);
  }
  // Python has no integer -0.
  return value + 0;
}

const FLOAT_SAMPLE_NO = /"sample_no"\s*:\s*-?\d+[.eE]/;
const ESCAPED_ASCII = /\\u00[567]/;

/**
 * Whether the sample number is written as a float, which Python refuses though
 * its value be whole. A full second parse decides only where the text shows a
 * sign of it, in this key or in metadata.
 */
function isSampleNoFloat(text: string): boolean {
  const suspicious = FLOAT_SAMPLE_NO.test(text) ||
    (text.includes("\\") && ESCAPED_ASCII.test(text));
  if (!suspicious) return false;
  const record = parsePythonJson(text, {
    maxDepth: MAX_JSON_DEPTH,
    parseFloat: () => undefined,
  });
  return (record as Record<string, unknown>).sample_no === undefined;
}
