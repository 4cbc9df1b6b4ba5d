/**
 * The response: a responder acknowledges a signal.
 *
 * @module
 */

import {
  type AnswerExtension,
  answerTo,
  encodeAnswerExtension,
  EXTENSION_KEY,
  readAnswerExtension,
} from "./extension.ts";
import { stringifyJson } from "./json.ts";
import {
  encodeString,
  fieldError,
  ownValue,
  parsePayload,
  stringValue,
} from "./payload.ts";

/** The acknowledgement of one event of one publisher. */
export interface Response {
  /** The responder's unique id. */
  readonly responderId: string;
  /** The exporter being answered. */
  readonly publisherId: string;
  /** The event being answered. */
  readonly event: string;
  /**
   * Response action success: 1 if the responder acted on the event, anything
   * else if it did not. NaN stands for an answer that is not a number.
   */
  readonly ras?: number;
  /** Free text for the exporter. */
  readonly message?: string;
  /** What peers of this module say besides; a peer of 1.0.1 has none. */
  readonly extension?: AnswerExtension | undefined;
}

/**
 * Writes a response as the payload of the response channel.
 *
 * @param response The response.
 * @returns The JSON text; keys of undefined fields are left out.
 * @throws {TypeError} If a field is not what every peer can read; names the
 * field.
 */
export function encodeResponse(response: Response): string {
  const { responderId, publisherId, event, ras, message, extension } = response;
  let text =
    `{"responder_id":${encodeString("response", "responderId", responderId)}` +
    `,"publisher_id":${encodeString("response", "publisherId", publisherId)}` +
    `,"event":${encodeString("response", "event", event)}`;
  if (ras !== undefined) {
    if (!Number.isSafeInteger(ras)) {
      throw fieldError("response", "ras", "a safe integer", ras);
    }
    text += `,"ras":${ras}`;
  }
  if (message !== undefined) {
    text += `,"message":${encodeString("response", "message", message)}`;
  }
  if (extension !== undefined) text += `,${encodeAnswerExtension(extension)}`;
  return `${text}}`;
}

/**
 * Reads a payload of the response channel; keys that nobody knows are ignored.
 *
 * @param text The payload.
 * @returns The response.
 * @throws {PayloadError} If the payload is not a JSON object that names a
 * responder, a publisher and an event.
 */
export function parseResponse(text: string): Response {
  return parseUsualResponse(text) ?? parseAnyResponse(text);
}

const COMPACT = ['{"responder_id":"', ',"publisher_id":"'] as const;
const SPACED = ['{"responder_id": "', ', "publisher_id": "'] as const;

/** What every encoder of JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Tells responses to one publisher from those to others without parsing them:
 * on a channel that many share, most are to others.
 */
export class Addressee {
  readonly #publisherId: string;
  readonly #uuid: string;
  readonly #isPlain: boolean;

  /**
   * @param publisherId The publisher's id.
   * @param uuid The part of it that no other publisher has.
   */
  constructor(publisherId: string, uuid: string) {
    this.#publisherId = publisherId;
    this.#uuid = uuid;
    this.#isPlain = PLAIN.test(publisherId);
  }

  /** Whether a payload is certainly a response to somebody else. */
  isAnother(text: string): boolean {
    const [head, key] = text.startsWith(COMPACT[0]) ? COMPACT : SPACED;
    if (this.#isPlain && text.startsWith(head)) {
      const end = text.indexOf('"', head.length) + 1;
      if (text.startsWith(key, end)) {
        return !text.startsWith(this.#publisherId, end + key.length);
      }
    }
    return !text.includes(this.#uuid) && text.startsWith("{") &&
      text.includes('"publisher_id"');
  }
}

const TEXT = String.raw`"([^"\\\x00-\x1f]*)"`;

const LONGEST_USUAL = 4_096;

/** An answer as every known peer writes it, without escapes and message. */
const USUAL = new RegExp(
  `^\\{"responder_id": ?${TEXT}, ?"publisher_id": ?${TEXT}, ?"event": ?${TEXT}` +
    `, ?"ras": ?(-?(?:0|[1-9]\\d{0,14}))(?:,"${EXTENSION_KEY}":\\{"v":1,"id":${TEXT}\\})?\\}$`,
);

function parseUsualResponse(text: string): Response | undefined {
  // What is read of a text by its shape keeps all of it in memory.
  if (text.length > LONGEST_USUAL) return undefined;
  const match = USUAL.exec(text);
  if (match === null) return undefined;
  const id = match[5];
  const response = {
    responderId: match[1]!,
    publisherId: match[2]!,
    event: match[3]!,
    ras: Number(match[4]) + 0,
  };
  return id === undefined ? response : { ...response, extension: answerTo(id) };
}

function parseAnyResponse(text: string): Response {
  const record = parsePayload("response", text);
  const ras = ownValue(record, "ras");
  const message = ownValue(record, "message");
  const extension = readAnswerExtension(record);
  return {
    responderId: stringValue("response", record, "responder_id"),
    publisherId: stringValue("response", record, "publisher_id"),
    event: stringValue("response", record, "event"),
    ...(ras !== undefined && { ras: readRas(ras) }),
    ...(message !== undefined && message !== null &&
      { message: readMessage(message) }),
    ...(extension !== undefined && { extension }),
  };
}

/** The reference counts any `ras` as an answer, and all but 1 as a failure. */
function readRas(ras: unknown): number {
  switch (typeof ras) {
    case "number":
      // Python has no integer -0.
      return ras + 0;
    case "boolean":
      return Number(ras);
    case "bigint":
      return exactNumber(ras);
    default:
      return NaN;
  }
}

function exactNumber(integer: bigint): number {
  const number = Number(integer);
  return Number.isFinite(number) && BigInt(number) === integer ? number : NaN;
}

function readMessage(message: unknown): string {
  return typeof message === "string"
    ? message
    : stringifyJson(message, "message", { anyNumber: true });
}
