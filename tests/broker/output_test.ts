import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { ClientOutput } from "../../src/broker/output.ts";
import { withRandom } from "../support/random.ts";

function drain(output: ClientOutput): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let next = output.take(); next; next = output.take()) taken.push(next);
  return taken;
}

function joined(chunks: readonly Uint8Array[]): string {
  return chunks.map((chunk) =>
    Array.from(chunk, (byte) => String.fromCharCode(byte)).join("")
  ).join("");
}

Deno.test("replies of one turn are taken in one piece", () => {
  const output = new ClientOutput();
  for (let i = 0; i < 256; i++) output.text(":0\r\n");
  const taken = drain(output);
  assertEquals(taken.length, 1);
  assertEquals(joined(taken), ":0\r\n".repeat(256));
  assert(output.empty);
});

Deno.test("a message alone, or a large one, is shared and not copied", () => {
  const output = new ClientOutput();
  const small = new Uint8Array(10);
  output.bytes(small);
  assertStrictEquals(output.take(), small);
  const large = new Uint8Array(20_000);
  output.text("before");
  output.bytes(large);
  output.text("after");
  const taken = drain(output);
  assertStrictEquals(taken[1], large);
  assertEquals(joined([taken[0]!, taken[2]!]), "beforeafter");
});

Deno.test("small messages are put together", () => {
  const output = new ClientOutput();
  for (let i = 0; i < 1_000; i++) output.bytes(new Uint8Array(100));
  const taken = drain(output);
  assert(taken.length < 10, `${taken.length} pieces`);
  assertEquals(joined(taken).length, 100_000);
});

Deno.test("what is cleared is not taken", () => {
  const output = new ClientOutput();
  output.bytes(new Uint8Array(10));
  output.bytes(new Uint8Array(10));
  output.text("text");
  output.clear();
  assert(output.empty);
  assertEquals(output.take(), undefined);
});

Deno.test("whatever is queued comes out in its order", async () => {
  await withRandom((random) => {
    for (let round = 0; round < 20; round++) {
      const output = new ClientOutput();
      let expected = "";
      let actual = "";
      for (let step = 0; step < 50; step++) {
        const length = random.pick([0, 1, 50, 5_000, 16_383, 16_384, 70_000]);
        const text = String.fromCharCode(random.int(0, 255)).repeat(length);
        if (random.chance(0.2)) {
          actual += joined([output.take() ?? new Uint8Array()]);
        } else if (random.chance(0.5)) {
          output.text(text);
          expected += text;
        } else {
          output.bytes(Uint8Array.from(text, (unit) => unit.charCodeAt(0)));
          expected += text;
        }
      }
      actual += joined(drain(output));
      assert(actual === expected, "the bytes differ");
    }
  });
});
