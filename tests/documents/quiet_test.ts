/**
 * The guide on metered servers states the times and the commands that the module
 * has: the times are computed, the commands are counted on a simulated network.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { QUIET, USUAL } from "../../src/internal/intervals.ts";
import { detectionTimes } from "../support/detection_times.ts";
import { simulateHour } from "../support/simulated_run.ts";
import { readText } from "./documents.ts";

const GUIDE = readText("examples/operations.md");

/** The cells of the table whose first head this is, without the first column. */
function tableOf(head: string): string[][] {
  const [, text] = new RegExp(`^\\| ${head} .*\n.*\n((?:\\|.*\n)+)`, "m")
    .exec(GUIDE)!;
  return text!.trim().split("\n").map((row) =>
    row.split("|").slice(2, -1).map((cell) => cell.trim())
  );
}

Deno.test("the guide states the times after which a loss is noticed, as they follow from the intervals", () => {
  const [usual, quiet] = [USUAL, QUIET].map((intervals) => {
    const { counted, uncounted, server, replica } = detectionTimes(intervals);
    return [
      counted.subscriber,
      uncounted.subscriber,
      counted.publisher,
      uncounted.publisher,
      server,
      replica.waiting,
      replica.idle,
      intervals.progressInterval,
    ].map((ms) => `${ms / 1_000} s`);
  });
  assertEquals(
    tableOf("what is noticed"),
    usual!.map((each, n) => [each, quiet![n]!]),
  );
});

Deno.test("the guide states the commands of an hour to a twentieth", async () => {
  const rows = tableOf("one hour");
  const modes = [
    { quiet: false },
    { quiet: true },
    { quiet: false, countSubscribers: false },
    { quiet: true, countSubscribers: false },
  ];
  assertEquals(rows.length, modes.length);
  for (const [n, [waiting, idle]] of rows.entries()) {
    const cells = { waiting: waiting!, idle: idle! };
    for (const state of ["waiting", "idle"] as const) {
      const stated = Number(cells[state].replace(",", ""));
      const { total } = await simulateHour(state, modes[n]!);
      const off = Math.abs(total / stated - 1);
      assert(off < 0.05, `${total} commands, stated are ${cells[state]}`);
    }
  }
});
