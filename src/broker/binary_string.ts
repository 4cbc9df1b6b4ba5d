/**
 * Bytes as text of one code unit a byte: channel names may be any bytes but
 * must be keys of a Map, and replies are joined as text before they are written.
 *
 * @module
 */

/** Bytes that one call of `String.fromCharCode` converts: its arguments go on the stack. */
const SLICE = 4096;

/**
 * Makes text of one code unit a byte.
 *
 * @param bytes Any bytes.
 * @returns A string of the same length.
 */
export function toBinaryString(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += SLICE) {
    // apply() takes any array-like, though its type asks for an array; spreading takes 4 times as long.
    const slice: unknown = bytes.subarray(start, start + SLICE);
    text += String.fromCharCode.apply(null, slice as number[]);
  }
  return text;
}

/**
 * Writes text of one code unit a byte as bytes.
 *
 * @param text A text from {@linkcode toBinaryString}, or ASCII.
 * @param target The bytes to write into.
 * @param offset Byte of the target to begin at.
 */
export function writeBinaryString(
  text: string,
  target: Uint8Array,
  offset = 0,
): void {
  for (let i = 0; i < text.length; i++) {
    target[offset + i] = text.charCodeAt(i);
  }
}

/**
 * Makes a bulk string of text of one code unit a byte.
 *
 * @param text A text from {@linkcode toBinaryString}, or ASCII.
 * @returns `$5\r\nhello\r\n`
 */
export function binaryBulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}
