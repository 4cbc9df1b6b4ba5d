/**
 * The response, by which a responder acknowledges a signal: its type, its writer
 * and its reader.
 *
 * @module
 */

import {
  encodeResponseExtension,
  EXTENSION_KEY,
  EXTENSION_VERSION,
  type ResponseExtension,
} from "../extension/extension.ts";
import { namedExtension, readResponseExtension } from "../extension/parser.ts";
import { stringifyJson } from "../json/writer.ts";
import { encodeString, fieldError } from "../field.ts";
import { ownValue, parsePayload, stringValue } from "../payload.ts";
import {
  FAST_PATH_INTEGER,
  FAST_PATH_TEXT,
  fastPathInteger,
  LONGEST_FAST_PATH,
} from "../fast_path.ts";

/**
 * The response to one event of one publisher.
 *
 * @category Wire
 */
export interface Response {
  /** The responder's unique id. */
  readonly responderId: string;
  /** The id of the exporter that the response is for. */
  readonly publisherId: string;
  /** The event that the response is for. */
  readonly event: string;
  /**
   * Response action success: 1 if the responder acted on the event, anything
   * else if it did not. NaN stands for an answer that is not a number.
   */
  readonly ras?: number;
  /** Free text for the exporter. */
  readonly message?: string;
  /** What a peer of this module adds; absent for a peer of 1.0.1. */
  readonly extension?: ResponseExtension | undefined;
}

/** Writes the responses of one responder. */
export class ResponseEncoder {
  readonly #responder: string;

  /**
   * @param responderId The responder's id.
   * @throws {TypeError} If the id is not a string.
   */
  constructor(responderId: string) {
    const id = encodeString("response", "responderId", responderId);
    this.#responder = `{"responder_id":${id}`;
  }

  /**
   * Writes a response.
   *
   * @param response The response without the responder.
   * @returns The JSON text, without the keys of undefined fields.
   * @throws {TypeError} If a peer could not read a field; names the field.
   */
  encode(
    { publisherId, event, ras, message, extension }: Omit<
      Response,
      "responderId"
    >,
  ): string {
    const publisher = encodeString("response", "publisherId", publisherId);
    let text = `${this.#responder},"publisher_id":${publisher}` +
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
    if (extension !== undefined) {
      text += `,${encodeResponseExtension(extension)}`;
    }
    return `${text}}`;
  }
}

/**
 * Reads a payload of the response channel; ignores unknown keys.
 *
 * @param text The payload.
 * @returns The response.
 * @throws {PayloadError} If the payload is not a JSON object that names a
 * responder, a publisher and an event.
 */
export function parseResponse(text: string): Response {
  return parseFastPathResponse(text) ?? parseAnyResponse(text);
}

/** A response in the form of every known peer, without escapes and without a message. */
const FAST_PATH = new RegExp(
  `^\\{"responder_id": ?${FAST_PATH_TEXT}, ?"publisher_id": ?${FAST_PATH_TEXT}, ?"event": ?${FAST_PATH_TEXT}` +
    `, ?"ras": ?${FAST_PATH_INTEGER}(?:,"${EXTENSION_KEY}":\\{"v":${EXTENSION_VERSION},"inc":${FAST_PATH_TEXT},"id":${FAST_PATH_TEXT}\\})?\\}$`,
);

/**
 * Reads a response by its form; returns `undefined` for any other text. Without
 * this, taking a response costs an eighth more processor time (bench e).
 */
function parseFastPathResponse(text: string): Response | undefined {
  if (text.length > LONGEST_FAST_PATH) return undefined;
  const match = FAST_PATH.exec(text);
  if (match === null) return undefined;
  const responderId = match[1]!;
  const publisherId = match[2]!;
  const event = match[3]!;
  const ras = fastPathInteger(match[4]!);
  const inc = match[5];
  if (inc === undefined) return { responderId, publisherId, event, ras };
  const extension = namedExtension(inc, match[6]!);
  return { responderId, publisherId, event, ras, extension };
}

function parseAnyResponse(text: string): Response {
  const record = parsePayload("response", text);
  const ras = ownValue(record, "ras");
  const message = ownValue(record, "message");
  const extension = readResponseExtension(record);
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

/** Reads a `ras`. The Python package counts any `ras` as an answer, and any but 1 as a failure. */
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
