import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { Random, withRandom } from "./random.ts";

Deno.test("the same seed gives the same numbers, and another seed gives other numbers", () => {
  const draw = (seed: number) => new Random(seed).bytes(32);
  assertEquals(draw(7), draw(7));
  assertNotEquals(draw(7), draw(8));
});

Deno.test("int() draws every integer of its range and no other", () => {
  const random = new Random(1);
  const drawn = new Set(Array.from({ length: 500 }, () => random.int(-2, 3)));
  assertEquals([...drawn].sort((a, b) => a - b), [-2, -1, 0, 1, 2, 3]);
});

Deno.test("pick() draws one of its items, and chance() obeys the probabilities 0 and 1", () => {
  const random = new Random(2);
  assert(["a", "b"].includes(random.pick(["a", "b"])));
  assertEquals([random.chance(0), random.chance(1)], [false, true]);
});

Deno.test("shuffle() keeps every item and does not change the source", () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const shuffled = new Random(3).shuffle(items);
  assertNotEquals(shuffled, items);
  assertEquals(shuffled.sort((a, b) => a - b), items);
});

Deno.test("withRandom() is rejected with the seed and the cause when the test fails", async () => {
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
