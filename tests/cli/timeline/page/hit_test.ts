import { assertEquals } from "@std/assert";
import { hitLane } from "../../../../src/cli/timeline/page/view/hit.ts";
import { LaneView } from "../../../../src/cli/timeline/page/view/lane_view.ts";
import { PhaseColours } from "../../../../src/cli/timeline/page/view/phase_colours.ts";
import { Viewport } from "../../../../src/cli/timeline/page/view/viewport.ts";
import { RecordingScript } from "../world.ts";

const timeline = new RecordingScript()
  .signal(0, "fio", "initialization")
  .answer(10, "fio", "initialization", "a")
  .answer(10, "fio", "initialization", "b")
  .signal(200, "fio", "load-start")
  .signal(300, "fio", "sample-start")
  .answer(500, "fio", "sample-start", "a", { ras: 1 })
  .signal(800, "fio", "sample-stop")
  .signal(900, "fio", "load-stop")
  .add(1_000, { type: "end", reason: "interrupted" })
  .build();
const [lane] = timeline.lanes;
const view = new LaneView(lane!, new PhaseColours(timeline));
const viewport = new Viewport(timeline.end);
viewport.width = 1_000;

/** What is at a moment and a height, as `kind index`. */
function hit(t: number, y: number): string | undefined {
  const item = hitLane(view, 0, viewport, viewport.x(t), y);
  return item && `${item.kind} ${item.index}`;
}

Deno.test("signals are hit from some pixels away, the nearest of them", () => {
  assertEquals(hit(203, view.trackY), "signal 1");
  assertEquals(hit(250, view.trackY), undefined);
});

Deno.test("phases are hit in their row", () => {
  const row = (n: number) => view.phaseY(n) + view.phaseHeight / 2;
  const name = (t: number, y: number) => {
    const [kind, index] = hit(t, y)?.split(" ") ?? [];
    return kind === "phase" ? lane!.phases[Number(index)]!.name : undefined;
  };
  assertEquals(name(400, row(0)), "load");
  assertEquals(name(400, row(1)), "sample");
  assertEquals(name(100, row(0)), "initialization");
  assertEquals(name(850, row(1)), undefined);
  assertEquals(name(950, row(0)), undefined);
});

Deno.test("answers are hit where they came, and while they were waited for", () => {
  const index = lane!.answers.findIndex(({ kind }) => kind === "succeeded");
  assertEquals(hit(500, view.answerY(0)), `answer ${index}`);
  assertEquals(hit(400, view.answerY(0)), `answer ${index}`);
  assertEquals(hit(150, view.answerY(0)), undefined);
});

Deno.test("missing answers are hit while they were waited for", () => {
  const missing = lane!.missing.findIndex(({ responder, signal }) =>
    responder === 1 && signal === 2
  );
  assertEquals(hit(600, view.answerY(1)), `missing ${missing}`);
});
