import { describe, fuzz, FUZZ_TARGETS } from "./fuzz.ts";
import { scenario } from "./scenario.ts";

const FRAMES = 20_000;

scenario(
  24,
  "every broken frame or payload is read or refused, without a crash or a hang; `deno task fuzz` tries more",
  {},
  async (report) => {
    const seed = Date.now() % 2 ** 32;
    const outcomes = await Promise.all(
      FUZZ_TARGETS.map((target) => fuzz({ target, frames: FRAMES, seed })),
    );
    const failed = outcomes.filter(({ failure }) => failure !== undefined);
    for (const outcome of failed) console.error(describe(outcome));
    report({
      tried: FRAMES * outcomes.length,
      held: FRAMES * (outcomes.length - failed.length),
      figure: `${sum(outcomes.map(({ crashes }) => crashes))} crashes, ${
        sum(outcomes.map(({ hangs }) => hangs))
      } hangs, seed ${seed}`,
    });
  },
);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
