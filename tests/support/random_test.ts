import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { Random, withRandom } from "./random.ts";

Deno.test("a seed repeats its numbers, and another seed has others", () => {
  const draw = (seed: number) => new Random(seed).bytes(32);
  assertEquals(draw(7), draw(7));
  assertNotEquals(draw(7), draw(8));
});

Deno.test("int() draws every integer of its range and no other", () => {
  const random = new Random(1);
  const drawn = new Set(Array.from({ length: 500 }, () => random.int(-2, 3)));
  assertEquals([...drawn].sort((a, b) => a - b), [-2, -1, 0, 1, 2, 3]);
});

Deno.test("pick() and chance() draw from what they are given", () => {
  const random = new Random(2);
  assert(["a", "b"].includes(random.pick(["a", "b"])));
  assertEquals([random.chance(0), random.chance(1)], [false, true]);
});

Deno.test("shuffle() keeps every item and leaves the source alone", () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const shuffled = new Random(3).shuffle(items);
  assertNotEquals(shuffled, items);
  assertEquals(shuffled.sort((a, b) => a - b), items);
});

Deno.test("withRandom() names the seed of a failure", async () => {
  let seed = 0;
  const error = await assertRejects(
    () =>
      withRandom((random) => {
        seed = random.seed;
        throw new TypeError("the finding");
      }),
    Error,
  );
  assertEquals(error.message.includes(`TEST_SEED=${seed} `), true);
  assertEquals(error.cause.message, "the finding");
});
