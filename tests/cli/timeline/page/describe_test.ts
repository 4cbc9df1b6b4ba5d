import { assertEquals } from "@std/assert";
import { Description } from "../../../../src/cli/timeline/page/describe.ts";
import type { Item } from "../../../../src/cli/timeline/page/view/item.ts";
import { RecordingScript } from "../world.ts";

const description = new Description(
  new RecordingScript()
    .answer(5, "fio", "start", "node-1", { ras: 1 })
    .signal(10, "fio", "initialization")
    .answer(11, "fio", "initialization", "node-1")
    .answer(12, "fio", "initialization", "node-2")
    .signal(20, "fio", "load", { sample_no: 7, tag: "nightly" })
    .answer(25, "fio", "load", "node-1", { ras: 0, message: "disk full" })
    .add(60, { type: "gap", duration: 20, reason: "reset" })
    .add(70, { type: "signal", payload: "null" })
    .build(),
);

for (
  const [kind, index, title, ...summary] of [
    ["signal", 0, "initialization", "10 ms", "2 joined"],
    ["signal", 1, "load", "20 ms", "1 failed, 1 missing"],
    ["phase", 1, "load #7", "at least 50 ms", "20 ms", "1 failed, 1 missing"],
    ["answer", 0, "earlier signal: succeeded", "node-1", "5 ms"],
    ["answer", 3, "load: failed", "node-1", "after 5 ms", "disk full"],
    [
      ...["missing", 0, "load: no answer", "node-2"] as const,
      "may have answered while nothing was heard",
    ],
    ["gap", 0, "gap", "20 ms", "40 ms", "reset"],
  ] as const
) {
  Deno.test(`${kind} ${index} is "${title}"`, () => {
    const lane = kind === "gap" ? -1 : 0;
    const item: Item = { kind, lane, index };
    assertEquals(description.title(item), title);
    assertEquals(
      description.summary(item)
        .map((text) => text.replace(" after the beginning", "")),
      summary,
    );
  });
}

Deno.test("facts are in full, and leave out what is not there", () => {
  const facts = (item: Item) => Object.fromEntries(description.facts(item));
  const { Clock, ...load } = facts({ kind: "signal", lane: 0, index: 1 });
  assertEquals(Clock?.endsWith(":00.020"), true);
  assertEquals(load, {
    Event: "load",
    At: "20 ms after the beginning",
    Sample: "7",
    Tag: "nightly",
    Process: "fio",
    Host: "host-1",
    Publisher: "fio-0b8f7c1e-1111-4222-8333-0123456789ab",
  });
  const oddity = facts({ kind: "oddity", lane: -1, index: 0 });
  assertEquals([oddity.Channel, oddity.Message], ["signal", "null"]);
});
