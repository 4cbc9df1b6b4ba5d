import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { needsRedis } from "../support/redis_binary.ts";
import type { Bar } from "./bars.ts";
import type { Table } from "./results.ts";

const { ignore: noRedis } = needsRedis("the benchmarks");
const ignore = noRedis || Deno.build.os !== "linux";

async function run(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--no-lock"],
      fileURLToPath(new URL("./run.ts", import.meta.url)),
      ...args,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test({
  name: "a run finds every quantity of every contender",
  ignore,
  async fn() {
    const { code, stdout, stderr } = await run(
      ...["--quick", "--json", "--repeats", "2"],
      ...["--contenders", "ours,bare,node-redis"],
    );
    assertEquals(code, 0, stderr);
    const report: { tables: Table[]; bars: Bar[]; failures: string[] } = JSON
      .parse(stdout);
    assertEquals(report.failures, []);
    assertEquals(
      report.tables.map(({ key, rows }) => [key, rows.length]),
      [
        ["a", 3],
        ["b", 4],
        ["c", 3],
        ["d/1/time", 3],
        ["d/1/cpu", 3],
        ["d/10/time", 3],
        ["d/10/cpu", 3],
        ["e/own", 2],
        ["e/foreign", 2],
        ["f/time", 3],
        ["f/memory", 3],
        ["g/cpu", 3],
        ["g/memory", 3],
        ["h/100", 3],
        ["h/102400", 3],
        ["i/roundTrip/ours", 2],
        ["i/roundTrip/bare", 2],
        ["i/publish", 2],
        ["i/fanOut", 2],
        ["j/waiting", 4],
        ["j/waiting/by default", 8],
        ["j/waiting/quiet", 8],
        ["j/idle", 4],
        ["j/idle/by default", 8],
        ["j/idle/quiet", 7],
        ["k/exporter", 2],
        ["k/server", 2],
        ["l", 2],
        ["m", 2],
      ],
    );
    for (const { key, unit, rows } of report.tables) {
      for (const { contender, repeats, median } of rows) {
        assertEquals(repeats.length, 2, `${key}, ${contender}`);
        // So short a run may take less processor time than the system counts.
        const mayBeNone = /cpu|^[ek]\//.test(key);
        assert(
          mayBeNone ? median >= 0 : median > 0,
          `${key}, ${contender}: ${median} ${unit}`,
        );
      }
    }
    const decided = report.bars.filter(({ held }) => held !== undefined);
    assertEquals(
      [...new Set(decided.map(({ measure }) => measure))].join(""),
      "abcdefgij",
    );
  },
});

Deno.test({
  name: "a run prints the measures that are asked for, as text",
  ignore,
  async fn() {
    const { code, stdout, stderr } = await run(
      ...["--quick", "--only", "b", "--contenders", "ours,bare"],
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "(b) Publishing, 256 in flight");
    assertStringIncludes(stdout, "redis-benchmark");
    assertStringIncludes(stdout, "to ours");
    assert(!stdout.includes("(a)"), stdout);
  },
});

Deno.test("a run refuses a measure that there is not", async () => {
  const { code, stderr } = await run("--only", "a,z");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot use --only");
});
