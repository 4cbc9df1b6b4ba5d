/**
 * The number of bytes of a text.
 *
 * @module
 */

const NON_ASCII = /[\u0080-\uffff]/;
/** Characters from which encoding a text takes less time than looking at each character (bench b). */
const LONG = 256;
/** Most characters that are encoded at a time. */
const PART = 16 * 1024;
const encoder = new TextEncoder();
let counted: Uint8Array<ArrayBuffer> | undefined;

/** The number of bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  if (text.length < LONG && !NON_ASCII.test(text)) return text.length;
  counted ??= new Uint8Array(3 * PART);
  let bytes = 0;
  for (let start = 0; start < text.length;) {
    let end = start + PART;
    // A surrogate pair must not be cut in half.
    if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
    const part = text.substring(start, end);
    bytes += encoder.encodeInto(part, counted).written;
    start = end;
  }
  return bytes;
}
