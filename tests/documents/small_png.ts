/**
 * PNG files of few colours, which take a third of what a browser writes.
 *
 * @module
 */
import { crc32, deflateSync } from "node:zlib";
import type { BrowserPage } from "../support/chromium.ts";

/** A picture as indexes into a table of colours. */
interface Indexed {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each colour. */
  readonly palette: readonly (readonly number[])[];
  /** A byte for each pixel, as Base64. */
  readonly pixels: string;
}

/** Keeps the 256 most frequent colours of a PNG; any other becomes the nearest of them. */
export async function smallPng(
  png: Uint8Array<ArrayBuffer>,
  page: BrowserPage,
): Promise<Uint8Array> {
  const { width, height, palette, pixels } = await page.evaluate<Indexed>(`
    (async () => {
      const bytes = Uint8Array.from(atob("${png.toBase64()}"), (c) => c.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const keys = new Uint32Array(width * height);
      const counts = new Map();
      for (let n = 0; n < keys.length; n++) {
        const [r, g, b] = data.subarray(n * 4, n * 4 + 3);
        keys[n] = r << 16 | g << 8 | b;
        counts.set(keys[n], (counts.get(keys[n]) ?? 0) + 1);
      }
      const split = (key) => [key >> 16, key >> 8 & 255, key & 255];
      const palette = [...counts].sort(([, a], [, b]) => b - a).slice(0, 256)
        .map(([key]) => split(key));
      const indexes = new Map([...counts.keys()].map((key) => {
        const distances = palette.map((colour) =>
          colour.reduce((sum, c, n) => sum + (c - split(key)[n]) ** 2, 0));
        return [key, distances.indexOf(Math.min(...distances))];
      }));
      const pixels = Uint8Array.from(keys, (key) => indexes.get(key));
      return { width, height, palette, pixels: pixels.toBase64() };
    })()`);
  const size = new DataView(new ArrayBuffer(13));
  size.setUint32(0, width);
  size.setUint32(4, height);
  // Eight bits for each pixel, which is an index.
  size.setUint8(8, 8);
  size.setUint8(9, 3);
  const indexes = Uint8Array.fromBase64(pixels);
  // Each line begins with its filter: none.
  const lines = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const line = indexes.subarray(y * width, (y + 1) * width);
    lines.set(line, y * (width + 1) + 1);
  }
  return concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", new Uint8Array(size.buffer)),
    chunk("PLTE", Uint8Array.from(palette.flat())),
    chunk("IDAT", new Uint8Array(deflateSync(lines, { level: 9 }))),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat([new TextEncoder().encode(type), data]);
  const numbers = new DataView(new ArrayBuffer(8));
  numbers.setUint32(0, data.length);
  numbers.setUint32(4, crc32(body));
  const ends = new Uint8Array(numbers.buffer);
  return concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
