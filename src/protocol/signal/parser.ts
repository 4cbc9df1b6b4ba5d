/**
 * Reads signals.
 *
 * @module
 */

import { EXTENSION_KEY, EXTENSION_VERSION } from "../extension/extension.ts";
import { takeTicket, type TicketedSignal } from "./ticketed_signal.ts";
import { parseJson } from "../json/json.ts";
import { MAX_JSON_DEPTH } from "../json/limits.ts";
import { parsePythonJson } from "../json/parser.ts";
import {
  isRecord,
  ownValue,
  parsePayload,
  propertyError,
  stringValue,
} from "../payload.ts";
import { PayloadError } from "../payload_error.ts";
import type { Signal } from "./signal.ts";
import {
  FAST_PATH_INTEGER,
  FAST_PATH_TEXT,
  fastPathInteger,
  LONGEST_FAST_PATH,
} from "../fast_path.ts";

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
 * Reads a payload of the signal channel, as strictly as the Python package.
 *
 * @param text The payload.
 * @returns The signal.
 * @throws {PayloadError} If a Python responder would not yield it as a signal.
 */
export function parseSignal(text: string): Signal {
  return parseFastPathSignal(text) ?? parseAnySignal(text);
}

/**
 * Reads a signal as {@linkcode parseSignal} does, and takes the ticket of an
 * exporter of this module out of the metadata.
 *
 * @param text The payload.
 * @returns The signal as the user has published it, and its ticket if there is one.
 * @throws {PayloadError} If a Python responder would not yield it as a signal.
 */
export function parseTicketedSignal(text: string): TicketedSignal {
  return readWithoutMetadata(text) ?? takeTicket(parseSignal(text));
}

/** The part of a signal before the sample number: the same for all signals of one event of a publisher. */
interface SignalHead {
  readonly text: string;
  readonly fields: Pick<
    Signal,
    "publisherId" | "processName" | "event" | "runnerHost"
  >;
}

/** A head in the form of every known peer, without escapes. */
const HEAD = new RegExp(
  `^\\{"publisher_id": ?${FAST_PATH_TEXT}, ?"process_name": ?${FAST_PATH_TEXT}, ?"event": ?${FAST_PATH_TEXT}` +
    `, ?"runner_host": ?${FAST_PATH_TEXT}, ?"sample_no": ?`,
);
const SAMPLE_AND_TAG = `${FAST_PATH_INTEGER}, ?"tag": ?${FAST_PATH_TEXT}`;
const TAIL = new RegExp(`${SAMPLE_AND_TAG}(, ?"metadata": ?(?=\\{))?`, "y");

/** A tail with a ticket and without metadata of the user: see `addTicket`. */
const TAIL_WITHOUT_METADATA = new RegExp(
  `${SAMPLE_AND_TAG},"metadata":\\{"${EXTENSION_KEY}":\\{"v":${EXTENSION_VERSION},"id":"([1-9a-z][0-9a-z]{0,9})"` +
    `,"seq":(0|[1-9]\\d{0,14})(,"alive":true)?,"bare":true\\}\\}\\}$`,
  "y",
);
const END_WITHOUT_METADATA = '"bare":true}}}';

/** The head that was read last. The next signal is likely to have the same: comparing saves a fifth of the time to receive it (bench c). */
let lastHead: SignalHead | undefined;

function fastPathHead(text: string): SignalHead | undefined {
  if (lastHead !== undefined) {
    // Whole texts are compared, because startsWith() takes three times as long.
    const { text: last } = lastHead;
    if (text.slice(0, last.length) === last) return lastHead;
  }
  let match = HEAD.exec(text);
  if (match === null || match[0].length > LONGEST_FAST_PATH) return undefined;
  if (text.length > LONGEST_FAST_PATH) match = HEAD.exec(copyOf(match[0]))!;
  return lastHead = {
    text: match[0],
    fields: {
      publisherId: match[1]!,
      processName: match[2]!,
      event: match[3]!,
      runnerHost: match[4]!,
    },
  };
}

/** A copy of a text: a text that was cut from a payload keeps the whole payload in memory. */
function copyOf(text: string): string {
  return JSON.parse(JSON.stringify(text));
}

/**
 * Reads a signal with a ticket and without metadata by its form; returns
 * `undefined` for any other text. Without this, a round trip takes 7 % longer
 * (bench a).
 */
function readWithoutMetadata(text: string): TicketedSignal | undefined {
  if (text.length > LONGEST_FAST_PATH || !text.endsWith(END_WITHOUT_METADATA)) {
    return undefined;
  }
  const head = fastPathHead(text);
  if (head === undefined) return undefined;
  TAIL_WITHOUT_METADATA.lastIndex = head.text.length;
  const match = TAIL_WITHOUT_METADATA.exec(text);
  if (match === null) return undefined;
  const [, sample, tag, id, seq, alive] = match;
  const sampleNo = fastPathInteger(sample!);
  return {
    signal: { ...head.fields, sampleNo, tag: tag!, ticket: id! },
    ticket: { id: id!, seq: Number(seq), alive: alive !== undefined },
  };
}

/**
 * Reads a signal by its form; returns `undefined` for any other text. Without
 * this, receiving takes half as long again (bench c).
 */
function parseFastPathSignal(text: string): Signal | undefined {
  const head = fastPathHead(text);
  if (head === undefined) return undefined;
  TAIL.lastIndex = head.text.length;
  const match = TAIL.exec(text);
  if (match === null) return undefined;
  const { fields } = head;
  const sampleNo = fastPathInteger(match[1]!);
  const tag = text.length > LONGEST_FAST_PATH ? copyOf(match[2]!) : match[2]!;
  const { lastIndex } = TAIL;
  const last = text.length - 1;
  if (text.charCodeAt(last) !== CLOSING_BRACE) return undefined;
  if (lastIndex === last) {
    return { ...fields, sampleNo, tag };
  }
  if (match[3] === undefined) return undefined;
  try {
    const metadata = parseJson(text.slice(lastIndex, last), {
      maxDepth: MAX_JSON_DEPTH - 1,
    });
    if (!isRecord(metadata)) return undefined;
    return { ...fields, sampleNo, tag, metadata };
  } catch {
    return undefined; // malformed, or other keys follow: the other reader says which
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
 * Whether the sample number is written as a float, which Python refuses even if
 * its value is whole. If the text gives reason to suspect that, in this key or in
 * the metadata, a second parse decides.
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
