/**
 * Bytes as text of one code unit a byte. Channel names may be any bytes, yet
 * have to be keys of a Map; replies are joined as text before they are written.
 *
 * @module
 */

/** Long enough for the names in use; a longer text is put together from several. */
const SLICE = 4096;

/**
 * Text of one code unit a byte.
 *
 * @param bytes Any bytes.
 * @returns A string of the same length.
 */
export function toBinaryString(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += SLICE) {
    // apply takes whatever is array-like, though its type asks for an array; spreading costs 4 times as much.
    const slice = bytes.length <= SLICE
      ? bytes
      : bytes.subarray(start, start + SLICE);
    text += String.fromCharCode.apply(null, slice as unknown as number[]);
  }
  return text;
}

/**
 * Writes text of one code unit a byte as those bytes.
 *
 * @param text A text from {@linkcode toBinaryString}, or ASCII.
 * @param target Where to.
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
 * A bulk string of text of one code unit a byte.
 *
 * @param text A text from {@linkcode toBinaryString}, or ASCII.
 * @returns `$5\r\nhello\r\n`
 */
export function binaryBulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}
