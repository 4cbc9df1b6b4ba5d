import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { SharedBytes } from "../../src/broker/hub/message.ts";
import { ClientOutput } from "../../src/broker/output.ts";
import { withRandom } from "../support/random.ts";

/** Counts what is held. */
class Account {
  held = 0;
  hold(bytes: number): void {
    this.held += bytes;
  }
}

function drain(output: ClientOutput): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let next = output.take(); next; next = output.take()) {
    taken.push(next);
    output.written();
  }
  return taken;
}

function joined(chunks: readonly Uint8Array[]): string {
  return chunks.map((chunk) =>
    Array.from(chunk, (byte) => String.fromCharCode(byte)).join("")
  ).join("");
}

function bytes(length: number): SharedBytes {
  return new SharedBytes(new Uint8Array(length));
}

Deno.test("replies of one turn are taken in one piece", () => {
  const output = new ClientOutput(new Account());
  for (let i = 0; i < 256; i++) output.text(":0\r\n");
  const taken = drain(output);
  assertEquals(taken.length, 1);
  assertEquals(joined(taken), ":0\r\n".repeat(256));
  assertEquals(output.size, 0);
});

Deno.test("a message alone, or a large one, is shared and not copied", () => {
  const output = new ClientOutput(new Account());
  const small = bytes(10);
  output.share(small);
  assertStrictEquals(output.take(), small.bytes);
  output.written();
  const large = bytes(20_000);
  output.text("before");
  output.share(large);
  output.text("after");
  const taken = drain(output);
  assertStrictEquals(taken[1], large.bytes);
  assertEquals(joined([taken[0]!, taken[2]!]), "beforeafter");
});

Deno.test("small messages are put together", () => {
  const output = new ClientOutput(new Account());
  for (let i = 0; i < 1_000; i++) output.share(bytes(100));
  const taken = drain(output);
  assert(taken.length < 10, `${taken.length} pieces`);
  assertEquals(joined(taken).length, 100_000);
});

Deno.test("cleared bytes can't be taken, and their memory is freed", () => {
  const account = new Account();
  const output = new ClientOutput(account);
  output.share(bytes(10));
  output.share(bytes(100_000));
  output.text("text");
  output.take();
  output.share(bytes(10));
  assert(account.held > 100_000);
  output.clear();
  assertEquals(output.size, 0);
  assertEquals(output.take(), undefined);
  assertEquals(account.held, 0);
});

Deno.test("bytes that wait for a thousand clients are held once", () => {
  const account = new Account();
  const large = bytes(1_000_000);
  const outputs = Array.from(
    { length: 1_000 },
    () => new ClientOutput(account),
  );
  for (const output of outputs) output.share(large);
  assert(account.held < 1_200_000, `${account.held}`);
  assertEquals(outputs[0]!.size, 1_000_000);
  for (const output of outputs.slice(1)) drain(output);
  assert(account.held > 1_000_000, "one has not written it");
  drain(outputs[0]!);
  assertEquals(account.held, 0);
});

Deno.test("the queue keeps its order", async () => {
  await withRandom((random) => {
    for (let round = 0; round < 20; round++) {
      const account = new Account();
      const output = new ClientOutput(account);
      let expected = "";
      let actual = "";
      for (let step = 0; step < 50; step++) {
        const length = random.pick([1, 50, 5_000, 16_383, 16_384, 70_000]);
        const text = String.fromCharCode(random.int(0, 255)).repeat(length);
        if (random.chance(0.2)) {
          actual += joined([output.take() ?? new Uint8Array()]);
          output.written();
        } else if (random.chance(0.5)) {
          output.text(text);
          expected += text;
        } else {
          output.share(
            new SharedBytes(
              Uint8Array.from(text, (unit) => unit.charCodeAt(0)),
            ),
          );
          expected += text;
        }
      }
      actual += joined(drain(output));
      assert(actual === expected, "the bytes differ");
      assertEquals(account.held, 0);
    }
  });
});
