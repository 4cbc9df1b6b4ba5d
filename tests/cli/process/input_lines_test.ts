import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/cli/args/usage_error.ts";
import { inputLines } from "../../../src/cli/process/input_lines.ts";
import { heldBytes } from "../../support/memory.ts";

const NEVER = new AbortController().signal;
const encoder = new TextEncoder();

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks.map((each) => encoder.encode(each)));
}

async function textsOf(stream: ReadableStream<Uint8Array>, longest?: number) {
  const texts: [number, string][] = [];
  for await (const line of inputLines(stream, NEVER, longest)) {
    let text: string;
    try {
      text = line.text();
    } catch (error) {
      text = (error as Error).message;
    }
    texts.push([line.number, text]);
  }
  return texts;
}

Deno.test("lines are the same however the stream is cut in chunks", async () => {
  const text = "start 1\n\nstöp\r\n日本";
  const expected = [[1, "start 1"], [2, ""], [3, "stöp\r"], [4, "日本"]];
  const bytes = encoder.encode(text);
  for (const size of [1, 2, 3, 100]) {
    const chunks: Uint8Array[] = [];
    for (let n = 0; n < bytes.length; n += size) {
      chunks.push(bytes.slice(n, n + size));
    }
    assertEquals(await textsOf(ReadableStream.from(chunks)), expected);
  }
  assertEquals(await textsOf(streamOf("a\n")), [[1, "a"]]);
  assertEquals(await textsOf(streamOf()), []);
});

Deno.test("a line that is too long, or not UTF-8, is refused, and the next one read", async () => {
  assertEquals(await textsOf(streamOf("1234", "5\n1234\n", "12345"), 4), [
    [1, "The line is longer than 4 bytes"],
    [2, "1234"],
    [3, "The line is longer than 4 bytes"],
  ]);
  const latin = ReadableStream.from([new Uint8Array([0xe4, 10, 0x61])]);
  assertEquals(await textsOf(latin), [[1, "The line is not UTF-8"], [2, "a"]]);
  const [line] = await Array.fromAsync(inputLines(streamOf("12345"), NEVER, 4));
  assertThrows(() => line!.text(), UsageError);
});

Deno.test("a line without an end takes no more memory than the longest line", async () => {
  const CHUNK = 1024 * 1024;
  let chunks = 0;
  let held = 0;
  const before = heldBytes();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++chunks > 200) {
        held = heldBytes() - before;
        return controller.close();
      }
      controller.enqueue(new Uint8Array(CHUNK).fill(97));
    },
  }, { highWaterMark: 0 });
  assertEquals((await textsOf(stream, 4 * CHUNK)).length, 1);
  assert(held < 50 * CHUNK, `${held} bytes`);
});

Deno.test("an abort ends the wait for a stream that stays silent", async () => {
  const abort = new AbortController();
  const silent = new ReadableStream<Uint8Array>();
  const reading = Array.fromAsync(inputLines(silent, abort.signal));
  abort.abort(new RangeError("enough"));
  await assertRejects(() => reading, RangeError, "enough");
});
