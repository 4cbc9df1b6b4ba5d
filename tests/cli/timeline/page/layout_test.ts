import { assert, assertEquals } from "@std/assert";
import { Cursor } from "../../../../src/cli/timeline/page/cursor.ts";
import { Layout } from "../../../../src/cli/timeline/page/view/layout.ts";
import { PhaseColours } from "../../../../src/cli/timeline/page/view/phase_colours.ts";
import type { Item } from "../../../../src/cli/timeline/page/view/item.ts";
import { RecordingScript } from "../world.ts";

/** Publishers with so many subscribers; the last subscriber of the second publisher fails. */
function layoutOf(publishers: number, subscribers: number): Layout {
  const script = new RecordingScript();
  for (let n = 0; n < publishers; n++) {
    script.signal(n, `p${n}`, "load");
    for (let who = 0; who < subscribers; who++) {
      const ras = n === 1 && who === subscribers - 1 ? 0 : 1;
      script.answer(10 + who, `p${n}`, "load", `vm-${who}`, { ras });
    }
  }
  const timeline = script.build();
  return new Layout(timeline, new PhaseColours(timeline));
}

Deno.test("a small run fills the page, and never more than the page", () => {
  for (const room of [300, 500, 800]) {
    const layout = layoutOf(2, 3);
    layout.arrange(room);
    assert(layout.height <= room, `${layout.height} of ${room}`);
    assert(layout.height > room * 0.6, `${layout.height} of ${room}`);
  }
});

Deno.test("rows have room for their names, however many there are", () => {
  for (const subscribers of [1, 12, 13, 100, 1_000]) {
    const layout = layoutOf(1, subscribers);
    layout.arrange(500);
    assert(layout.views[0]!.answerHeight >= 12);
    assertEquals(layout.views[0]!.shown.length, subscribers);
  }
});

Deno.test("the head of a lane stays in sight while its rows scroll", () => {
  const layout = layoutOf(2, 100);
  layout.arrange(500);
  const [view] = layout.views;
  assertEquals(view!.pinAt(0), 0);
  assertEquals(view!.pinAt(300), 300);
  assert(view!.pinAt(5_000) + view!.answersTop < view!.height);
});

Deno.test("a folded publisher has a head and no rows", () => {
  const layout = layoutOf(2, 5);
  const { height } = layout;
  layout.toggle(0);
  assert(layout.height < height);
  assertEquals(layout.views.map(({ shown }) => shown.length), [0, 5]);
  layout.collapseAll(true);
  assertEquals(layout.allCollapsed, true);
  layout.reveal({ kind: "answer", lane: 0, index: 2 });
  assertEquals(layout.views.map(({ shown }) => shown.length), [5, 0]);
});

Deno.test("only what failed has a lane and a row where that is asked for", () => {
  const layout = layoutOf(3, 5);
  layout.onlyFailed = true;
  assertEquals(layout.shown, [1]);
  assertEquals(layout.views[1]!.shown, [4]);
  layout.reveal({ kind: "answer", lane: 1, index: 4 });
  assertEquals(layout.onlyFailed, true);
  layout.reveal({ kind: "answer", lane: 0, index: 0 });
  assertEquals([layout.onlyFailed, layout.shown.length], [false, 3]);
});

Deno.test("arrow keys reach every name, signal, phase and answer", () => {
  const layout = layoutOf(2, 2);
  const cursor = new Cursor(layout);
  const seen = new Set<string>();
  let item: Item | undefined = cursor.move(undefined, "down");
  for (let rows = 0; rows < 20; rows++) {
    item = cursor.move(item, "first");
    const row = item;
    for (let n = 0; n < 10; n++) {
      seen.add(`${item!.kind} ${item!.lane}.${item!.index}`);
      item = cursor.move(item, "right");
    }
    item = cursor.move(row, "down");
  }
  for (const lane of [0, 1]) {
    for (const kind of ["lane", "signal", "phase"]) {
      assert(seen.has(`${kind} ${lane}.0`), `${kind} of lane ${lane}`);
    }
    for (const index of [0, 1]) {
      assert(seen.has(`responder ${lane}.${index}`));
      assert(seen.has(`answer ${lane}.${index}`));
    }
  }
  for (let n = 0; n < 20; n++) item = cursor.move(item, "up");
  assertEquals([item?.kind, item?.lane], ["signal", 0]);
});

Deno.test("up and down go to what is nearest in time", () => {
  const layout = layoutOf(1, 3);
  const cursor = new Cursor(layout);
  const answer: Item = { kind: "answer", lane: 0, index: 1 };
  assertEquals(cursor.move(answer, "down"), { ...answer, index: 2 });
  assertEquals(cursor.move(answer, "up"), { ...answer, index: 0 });
  assertEquals(cursor.move(answer, "left")?.kind, "responder");
  layout.toggle(0);
  assertEquals(cursor.move(answer, "down")?.kind, "lane");
});
