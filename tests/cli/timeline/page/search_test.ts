import { assertEquals } from "@std/assert";
import { LaneView } from "../../../../src/cli/timeline/page/view/lane_view.ts";
import { PhaseColours } from "../../../../src/cli/timeline/page/view/phase_colours.ts";
import { SearchIndex } from "../../../../src/cli/timeline/page/view/search.ts";
import { RecordingScript } from "../world.ts";

const timeline = new RecordingScript()
  .signal(10, "fio", "initialization")
  .answer(11, "fio", "initialization", "node-1")
  .answer(12, "fio", "initialization", "node-2")
  .signal(20, "fio", "Start", { sample_no: 7, tag: "nightly" })
  .answer(25, "fio", "Start", "node-1", { ras: 0, message: "Disk full" })
  .signal(22, "uperf", "start", { metadata: { jobs: 4 } })
  .build();
const colours = new PhaseColours(timeline);
const index = new SearchIndex(
  timeline.lanes.map((lane) => new LaneView(lane, colours)),
);

/** What is found, as `kind lane.index`. */
function find(query: string): string[] | undefined {
  return index.find(query)?.items
    .map(({ kind, lane, index }) => `${kind} ${lane}.${index}`);
}

Deno.test("nothing is searched for without a word", () => {
  assertEquals(find("  "), undefined);
});

for (
  const [query, found] of [
    ["START", ["signal 0.1", "missing 0.0", "signal 1.0", "answer 0.2"]],
    ["start fio", ["signal 0.1"]],
    ["nightly", ["signal 0.1"]],
    ["#7", ["signal 0.1"]],
    ['"jobs":4', ["signal 1.0"]],
    ["disk FULL", ["answer 0.2"]],
    ["failed", ["signal 0.1", "answer 0.2"]],
    ["missing", ["missing 0.0"]],
    ["node-2", ["answer 0.1", "missing 0.0"]],
    ["no such thing", []],
  ] as const
) {
  Deno.test(`"${query}" finds what holds every word, in the order of time`, () => {
    assertEquals(find(query), [...found]);
  });
}

Deno.test("what was found is marked, lane by lane", () => {
  const marks = index.find("node-2")!.marks;
  assertEquals([...marks[0]!.answer], [0, 1, 0]);
  assertEquals([...marks[0]!.missing], [1]);
  assertEquals([...marks[1]!.signal], [0]);
});
