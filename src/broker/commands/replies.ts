/**
 * Replies that differ between RESP2 and RESP3.
 *
 * @module
 */
import { aggregate } from "../../resp/encode.ts";
import { binaryBulk } from "../binary_string.ts";
import type { RespVersion } from "../hub/message.ts";

/** The reply for a missing value: a null bulk string, or a null. */
export function nil(version: RespVersion): string {
  return version === 2 ? "$-1\r\n" : "_\r\n";
}

/** The head of a map of so many pairs; in RESP2, of an array of twice as many items. */
export function mapHead(version: RespVersion, pairs: number): string {
  return version === 2 ? aggregate("*", pairs * 2) : aggregate("%", pairs);
}

/** Text for people to read: a bulk string, or a verbatim string. */
export function verbatim(version: RespVersion, text: string): string {
  return version === 2
    ? binaryBulk(text)
    : `=${text.length + 4}\r\ntxt:${text}\r\n`;
}
