import { assertEquals } from "@std/assert";
import { phasesOf } from "../../../src/cli/timeline/phases.ts";

/** Phases as `name from-to/row`, in their order; `…` is an open end. */
function phases(...events: string[]): string[] {
  const signals = events.map((text, index) => {
    const [event, sample] = text.split("#");
    return { at: index * 10, event: event!, ...(sample && { sample }) };
  });
  return phasesOf(signals, 100)
    .sort((a, b) => a.from - b.from || a.row - b.row)
    .map(({ name, from, to, row, open }) =>
      `${name} ${from}-${to}${open ? "…" : ""}/${row}`
    );
}

Deno.test("a state lasts until the next signal, and the last until the end", () => {
  assertEquals(phases("initialization", "prepare", "measure"), [
    "initialization 0-10/0",
    "prepare 10-20/0",
    "measure 20-100…/0",
  ]);
});

Deno.test("shutdown ends everything and is no phase", () => {
  assertEquals(phases("load-start", "load-stop", "load-start", "shutdown"), [
    "load 0-10/0",
    "load 20-30/0",
  ]);
});

for (
  const [begin, end, name] of [
    ["benchmark-start", "benchmark-stop", "benchmark"],
    ["benchmark_start", "benchmark_end", "benchmark"],
    ["startSample", "stopSample", "sample"],
    ["begin disk test", "disk test finished", "disk test"],
    ["start", "stop", "start"],
    ["Started", "DONE", "Started"],
  ] as const
) {
  Deno.test(`"${begin}" and "${end}" are one phase`, () => {
    assertEquals(phases(begin, end), [`${name} 0-10/0`]);
  });
}

Deno.test("what begins and never ends is a state", () => {
  assertEquals(phases("benchmark-start", "other"), [
    "benchmark-start 0-10/0",
    "other 10-100…/0",
  ]);
});

Deno.test("what ends and never began is no phase", () => {
  assertEquals(phases("load-stop", "load-start", "load-stop"), [
    "load 10-20/0",
  ]);
});

Deno.test("phases within phases are in rows of their own", () => {
  assertEquals(
    phases("run-start", "sample-start#0", "sample-stop#0", "cool", "run-stop"),
    ["run 0-40/0", "sample #0 10-20/1", "cool 30-40/1"],
  );
});

Deno.test("samples that overlap end with their own stop", () => {
  assertEquals(phases("s-start#1", "s-start#2", "s-stop#1", "s-stop#2"), [
    "s #1 0-20/0",
    "s #2 10-30/1",
  ]);
});

Deno.test("what begins again without an end has ended", () => {
  assertEquals(phases("s-start", "s-start", "s-stop"), [
    "s 0-10/0",
    "s 10-20/0",
  ]);
});

Deno.test("initialization is asked again without ending a state", () => {
  assertEquals(
    phases("initialization", "initialization", "work", "initialization"),
    ["initialization 0-20/0", "work 20-100…/0"],
  );
  assertEquals(phases("initialization", "shutdown", "initialization"), [
    "initialization 0-10/0",
    "initialization 20-100…/0",
  ]);
});

Deno.test("rows are limited: the oldest phase makes room", () => {
  const starts = Array.from({ length: 9 }, (_, n) => `s-start#${n}`);
  const found = phases(...starts, "s-stop#8");
  assertEquals(found.length, 9);
  assertEquals(found[0], "s #0 0-80…/0");
  assertEquals(found.at(-1), "s #8 80-90/0");
});

Deno.test("a phase that a publisher is in again tells how often, in each of its lives", () => {
  const events = [
    ...["load", "verify", "load", "load", "shutdown", "load"],
    ...["s-start#1", "s-stop#1", "s-start#1", "s-stop#1", "s-start#2"],
  ];
  const signals = events.map((text, at) => {
    const [event, sample] = text.split("#");
    return { at, event: event!, ...(sample && { sample }) };
  });
  const attempts = phasesOf(signals, 100).sort((a, b) => a.from - b.from)
    .map(({ name, attempt }) => `${name} ${attempt}`);
  assertEquals(attempts, [
    ...["load undefined", "verify undefined", "load 2", "load 3"],
    ...["load undefined", "s #1 undefined", "s #1 2", "s #2 undefined"],
  ]);
});
