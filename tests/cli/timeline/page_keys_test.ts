/**
 * The page in a real browser, without a mouse; the filter and the statistics.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { needsChromium } from "../../support/chromium.ts";
import { OpenTimeline } from "./open_timeline.ts";
import { RecordingScript } from "./world.ts";

const browser = needsChromium("The keys of the timeline are");

const SAMPLE = new RecordingScript()
  .signal(0, "fio", "initialization")
  .answer(100, "fio", "initialization", "a")
  .answer(120, "fio", "initialization", "b")
  .signal(1_000, "fio", "load")
  .answer(1_500, "fio", "load", "a", { ras: 1 })
  .answer(2_500, "fio", "load", "b", { ras: 0, message: "disk full" })
  .signal(3_000, "fio", "shutdown")
  .signal(4_000, "uperf", "initialization")
  .answer(4_100, "uperf", "initialization", "a")
  .signal(5_000, "uperf", "load")
  .answer(5_100, "uperf", "load", "a", { ras: 1 })
  .signal(8_000, "uperf", "shutdown")
  .build();

/** What has the focus. */
const FOCUS = `(() => {
  const { id, tagName, textContent } = document.activeElement;
  return id || (tagName === "BODY" ? "" : tagName + " " + textContent);
})()`;

Deno.test(
  "the tabulator reaches everything, visibly and in the order of the page",
  browser,
  async () => {
    await using opened = await OpenTimeline.open(SAMPLE);
    const { page } = opened;
    const order: string[] = [];
    for (let n = 0; n < 60; n++) {
      await page.press("Tab");
      const focus = await page.evaluate<string>(FOCUS);
      if (focus === "") break;
      order.push(focus);
      const outline = await page.evaluate<string>(
        "getComputedStyle(document.activeElement).outlineStyle",
      );
      assert(outline !== "none", `the focus of ${focus} can't be seen`);
    }
    const expected = [
      ...["search", "previous", "next", "only-failed", "collapse", "zoom-out"],
      ...["zoom-in", "fit", "theme", "scroller", "SUMMARY Statistics"],
      ...["statistics-scroller", "BUTTON publisher", "BUTTON worst"],
    ];
    assertEquals(order.filter((each) => expected.includes(each)), expected);
    assert(
      order.some((each) => each.startsWith("BUTTON 1")),
      "no worst answer",
    );
    assert(order.at(-1)!.includes("load"), "no phase of the legend");
  },
);

Deno.test(
  "arrow keys go through the chart, Enter opens, Escape closes",
  browser,
  async () => {
    await using opened = await OpenTimeline.open(SAMPLE);
    const { page } = opened;
    const spoken = (text: string) => opened.waitFor("#spoken", text);
    await page.evaluate(`document.getElementById("scroller").focus()`);
    await page.press("ArrowDown");
    await spoken("fio, host-1");
    await page.press("ArrowRight");
    await spoken("initialization, 0 ms");
    await page.press("ArrowRight");
    await spoken("load, 1 s");
    await page.press("ArrowDown");
    await spoken("load, 2 s, 1 s after");
    await page.press("ArrowDown");
    await spoken("load: succeeded, a, after 500 ms");
    await page.press("ArrowDown");
    await spoken("load: failed, b, after 1.5 s, disk full");
    await page.press("Home");
    await spoken("b, b-0b8f7c1e");
    await page.press("End");
    await spoken("load: failed");
    await page.press("Enter");
    await opened.waitFor("#panel:not([hidden])", "disk full");
    await page.press("Tab");
    assertEquals(await page.evaluate(FOCUS), "close");
    await page.press("Escape");
    assertEquals(await opened.text("#panel:not([hidden])"), "");
    assertEquals(await page.evaluate(FOCUS), "scroller");
  },
);

Deno.test("Escape clears a search and a filter, too", browser, async () => {
  await using opened = await OpenTimeline.open(SAMPLE);
  const { page } = opened;
  await opened.press("#only-failed");
  await page.press("/");
  await page.type("load");
  await opened.waitFor("#found", "found");
  await page.press("Escape");
  assertEquals(await opened.text("#found"), "");
  assertEquals(await page.evaluate(FOCUS), "scroller");
  const pressed = `document.getElementById("only-failed").ariaPressed`;
  assertEquals(await page.evaluate(pressed), "true");
  await page.press("Escape");
  assertEquals(await page.evaluate(pressed), "false");
});

Deno.test(
  "Space folds a publisher, and so does a click on its name",
  browser,
  async () => {
    await using opened = await OpenTimeline.open(SAMPLE);
    const { page, chart } = opened;
    const height = () =>
      page.evaluate<number>(
        `parseFloat(document.getElementById("spacer").style.height)`,
      );
    const rows = () => chart.views.map(({ shown }) => shown.length);
    await page.evaluate(`document.getElementById("scroller").focus()`);
    await page.press("ArrowDown");
    await page.press(" ", " ");
    chart.layout.toggle(0);
    await opened.tip({ kind: "phase", lane: 1, index: 1 }, "load", "3 s");
    assertEquals(rows(), [0, 1]);
    const { x, y } = opened.middleOf({ kind: "lane", lane: 0, index: 0 });
    await page.click(x, y);
    chart.layout.toggle(0);
    await opened.tip({ kind: "answer", lane: 0, index: 3 }, "load: failed");
    const before = await height();
    await opened.press("#collapse");
    await opened.waitFor("#collapse", "Expand");
    assert(await height() <= before);
  },
);

Deno.test(
  "only failed shows the publishers and subscribers that failed",
  browser,
  async () => {
    await using opened = await OpenTimeline.open(SAMPLE);
    const { chart } = opened;
    await opened.press("#only-failed");
    chart.layout.onlyFailed = true;
    assertEquals(chart.layout.shown, [0]);
    await opened.tip({ kind: "responder", lane: 0, index: 1 }, "b-0b8f7c1e");
    assertEquals(
      (await opened.statistics()).map((cells) => cells.slice(0, 3).join()),
      ["fio,load,2 subscribers", "fio,load,b"],
    );
  },
);

Deno.test(
  "the statistics sort, and lead to the worst answer in the chart",
  browser,
  async () => {
    await using opened = await OpenTimeline.open(SAMPLE);
    const rows = async () =>
      (await opened.statistics()).map((cells) => cells.join(" "));
    assertEquals(await rows(), [
      "fio load 2 subscribers 2 500 ms 1.5 s 1.5 s 1 0",
      "uperf load 1 subscriber 1 100 ms 100 ms 100 ms 0 0",
      "fio load a 1 500 ms 500 ms 500 ms 0 0",
      "fio load b 1 1.5 s 1.5 s 1.5 s 1 0",
      "uperf load a 1 100 ms 100 ms 100 ms 0 0",
    ]);
    const worst = async () => (await opened.statistics()).map((row) => row[6]);
    const head = "#statistics-head th:nth-child(7)";
    await opened.press(`${head} button`);
    const falling = ["1.5 s", "1.5 s", "500 ms", "100 ms", "100 ms"];
    assertEquals(await worst(), falling);
    await opened.press(`${head} button`);
    assertEquals(await worst(), falling.toReversed());
    assertEquals(
      await opened.page.evaluate(`document.querySelector("${head}").ariaSort`),
      "ascending",
    );
    await opened.press("#collapse");
    await opened.press("#statistics-rows tr:last-child button");
    await opened.waitFor("#panel", "load: failed");
    // The publisher had been folded away.
    await opened.waitFor("#collapse", "Collapse");
  },
);
