/**
 * Decoding all there is, from bytes cut in every way.
 *
 * @module
 */

import { Decoder, type DecoderOptions } from "../../src/resp/decoder.ts";
import type { Received } from "../../src/resp/reply.ts";

/** The replies that have come whole. */
export function drain(decoder: Decoder): Received[] {
  const replies: Received[] = [];
  for (let reply; (reply = decoder.next()) !== undefined;) replies.push(reply);
  return replies;
}

/** Lets a decoder take a chunk that is there already. */
export function write(decoder: Decoder, chunk: Uint8Array): void {
  for (let offset = 0; offset < chunk.length;) {
    const space = decoder.space();
    const count = Math.min(space.length, chunk.length - offset);
    space.set(chunk.subarray(offset, offset + count));
    decoder.commit(count);
    offset += count;
  }
}

/** The replies of chunks, each of them decoded before the next is written. */
export function decode(
  chunks: Iterable<Uint8Array>,
  options?: DecoderOptions,
): Received[] {
  const decoder = new Decoder(options);
  const replies: Received[] = [];
  for (const chunk of chunks) {
    write(decoder, chunk);
    replies.push(...drain(decoder));
  }
  return replies;
}

/** The ways to cut bytes: whole, byte by byte, in two at every point. */
export function* cuts(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  for (let i = 1; i < bytes.length; i++) {
    yield [bytes.subarray(0, i), bytes.subarray(i)];
  }
}
