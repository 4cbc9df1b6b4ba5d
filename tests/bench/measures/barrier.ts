/**
 * (m) A thousand parties in one process, which share a connection, at a barrier: without values, and with
 * values of a hundred bytes, until all have left.
 *
 * @module
 */

import { openTransport } from "../../../src/connect.ts";
import { barrier as wait } from "../../../src/signals/barrier/barrier.ts";
import { type Bench, interleaved } from "../bench.ts";
import { startServer } from "../server.ts";

const KINDS = ["plain", "values"] as const;
const VALUE = "x".repeat(98); // and two quotes

/** What the parties hand in. */
type Kind = (typeof KINDS)[number];

const TITLES: Readonly<Record<Kind, string>> = {
  plain: "without values",
  values: "with values of 100 bytes",
};

export async function barrier(bench: Bench): Promise<void> {
  const parties = bench.quick ? 10 : 1_000;
  await using server = await startServer();
  const transport = await openTransport({ redis: server.url });
  await using _closed = { [Symbol.asyncDispose]: () => transport.close() };
  const table = {
    key: "m",
    title: `(m) Barrier: time until ${parties} parties of one process left`,
    unit: "ms",
  } as const;
  let generation = 0;
  const run = async (kind: Kind): Promise<number> => {
    generation++;
    const begin = performance.now();
    const results = await Promise.all(
      Array.from({ length: parties }, (_, n) =>
        wait("bench", {
          redis: transport,
          parties,
          party: `party-${n}`,
          generation,
          timeout: 300_000,
          ...(kind === "values" ? { value: VALUE } : {}),
        })),
    );
    const time = performance.now() - begin;
    const told = kind === "values" ? parties : 0;
    if (results.some(({ values }) => values.size !== told)) {
      throw new Error("A party did not get the values of all");
    }
    return time;
  };
  for (const kind of KINDS) await run(kind); // warms up
  await interleaved(bench, KINDS, "(m) barrier", async (kind) => {
    bench.results.add(table, TITLES[kind], { value: await run(kind) });
  });
}
