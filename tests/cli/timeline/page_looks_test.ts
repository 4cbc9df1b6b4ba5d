/**
 * How the page looks in a real browser: names, room, colours.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Timeline } from "../../../src/cli/timeline/model.ts";
import type { Item } from "../../../src/cli/timeline/page/view/item.ts";
import { needsChromium } from "../../support/chromium.ts";
import { OpenTimeline } from "./open_timeline.ts";
import { RecordingScript } from "./world.ts";

const browser = needsChromium("The look of the timeline is");

/** The least contrast of text that people can read: WCAG 2, level AA. */
const LEAST = 4.5;

/** Relative luminance and contrast, as WCAG defines them, in the page. */
const CONTRAST = `
  const luminance = (rgb) => rgb.slice(0, 3)
    .map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const contrast = (a, b) => {
    const [less, more] = [luminance(a), luminance(b)].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  };
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
`;

/** Publishers with so many subscribers each; the second one fails, the last one does not answer once. */
function run(publishers: number, subscribers: number): Timeline {
  const script = new RecordingScript();
  for (let n = 0; n < publishers; n++) {
    const name = `a-publisher-with-quite-a-long-name-${n}`;
    const at = n * 100;
    script.signal(at, name, "initialization");
    for (let who = 0; who < subscribers; who++) {
      script.answer(at + 5, name, "initialization", `collector-${who}`);
    }
    for (const sample_no of [1, 2]) {
      const begin = at + sample_no * 3_000;
      script.signal(begin, name, "load", { sample_no });
      for (let who = 0; who < subscribers; who++) {
        if (sample_no === 2 && who === subscribers - 1) continue;
        const ras = who === 1 ? 0 : 1;
        const collector = `collector-${who}`;
        script.answer(begin + 900, name, "load", collector, { ras });
      }
    }
    script.signal(at + 9_000, name, "shutdown");
  }
  return script.build();
}

/** The greatest contrast to the colour that most of a part of the chart has. */
async function contrastIn(
  { page }: OpenTimeline,
  [x, y, width, height]: readonly [number, number, number, number],
  density: number,
): Promise<number> {
  return await page.evaluate(`(() => {${CONTRAST}
    const { data } = document.getElementById("chart").getContext("2d")
      .getImageData(${x * density}, ${y * density}, ${width * density}, ${
    height * density
  });
    const paper = parse(getComputedStyle(document.body).backgroundColor);
    const counts = new Map();
    for (let n = 0; n < data.length; n += 4) {
      // The page shows through where nothing is drawn.
      const alpha = data[n + 3] / 255;
      const pixel = [0, 1, 2].map((c) =>
        Math.round(data[n + c] * alpha + paper[c] * (1 - alpha))).join();
      counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    }
    const colours = [...counts.keys()].map((each) => each.split(",").map(Number));
    const [most] = [...counts].sort(([, a], [, b]) => b - a)[0];
    const back = most.split(",").map(Number);
    return Math.max(...colours.map((each) => contrast(each, back)));
  })()`);
}

for (const theme of ["light", "dark"] as const) {
  Deno.test(
    `a search leaves ${theme} text and marks readable`,
    browser,
    async () => {
      const density = 3;
      await using opened = await OpenTimeline.open(run(2, 3), {
        theme,
        density,
      });
      const { page, chart, left, viewport } = opened;
      const measure = async (what: string) => {
        for (const lane of [0, 1]) {
          const view = chart.views[lane]!;
          const top = 34 + view.y;
          // Inside of the frames that bars of what failed have.
          for (const index of [1, 2]) {
            const phase = view.placeOf({ kind: "phase", lane, index });
            const x = left + viewport.x(phase.from) + 8;
            const width = viewport.x(phase.to) - viewport.x(phase.from) - 14;
            const place = [
              x,
              top + phase.y + 4,
              width,
              phase.height - 8,
            ] as const;
            const ratio = await contrastIn(opened, place, density);
            assert(ratio >= LEAST, `bar ${lane}.${index} ${what}: ${ratio}`);
          }
          const { answers } = view.lane;
          for (let index = 0; index < answers.length; index++) {
            const { to, y, height } = view.placeOf({
              kind: "answer",
              lane,
              index,
            });
            const place = [
              left + viewport.x(to) - 9,
              top + y,
              18,
              height,
            ] as const;
            const ratio = await contrastIn(opened, place, density);
            assert(ratio >= LEAST, `answer ${lane}.${index} ${what}: ${ratio}`);
          }
          for (const index of [0, 1, 2]) {
            const { y, height } = view.placeOf({
              kind: "responder",
              lane,
              index,
            });
            const place = [28, top + y, left - 30, height] as const;
            const ratio = await contrastIn(opened, place, density);
            assert(ratio >= LEAST, `name ${lane}.${index} ${what}: ${ratio}`);
          }
        }
      };
      await measure("without a search");
      await page.press("/");
      await page.type("no such thing");
      await opened.waitFor("#found", "0 found");
      await page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
      );
      assertEquals(
        await opened.shows({ kind: "phase", lane: 0, index: 1 }, "phase-1"),
        false,
      );
      await measure("with a search");
    },
  );

  Deno.test(
    `all ${theme} text beside the chart is readable`,
    browser,
    async () => {
      await using opened = await OpenTimeline.open(run(2, 3), { theme });
      await opened.press("#only-failed");
      await opened.press(".all button");
      const weak = await opened.page.evaluate<string[]>(`(() => {${CONTRAST}
      const backOf = (element) => {
        if (element === null) return [255, 255, 255];
        const back = parse(getComputedStyle(element).backgroundColor);
        return back.length === 4 && back[3] === 0
          ? backOf(element.parentElement)
          : back;
      };
      return [...document.querySelectorAll("body *")].filter((element) =>
        element.offsetParent !== null &&
        [...element.childNodes].some((node) =>
          node.nodeType === 3 && node.data.trim() !== "")
      ).map((element) => ({
        text: element.textContent,
        ratio: contrast(parse(getComputedStyle(element).color), backOf(element)),
      })).filter(({ ratio }) => ratio < ${LEAST})
        .map(({ text, ratio }) => text + ": " + ratio.toFixed(2));
    })()`);
      assertEquals(weak, []);
    },
  );
}

Deno.test(
  "every name has its place, and is in full under the pointer",
  browser,
  async () => {
    await using opened = await OpenTimeline.open(run(8, 100));
    const [view] = opened.chart.views;
    assertEquals(view!.shown.length, 100);
    await opened.tip(
      { kind: "lane", lane: 0, index: 0 },
      "a-publisher-with-quite-a-long-name-0",
      "host-1",
    );
    await opened.tip(
      { kind: "responder", lane: 0, index: 3 },
      "collector-3",
      "2 succeeded, 0 failed, 0 missing",
    );
    const scroller = `document.getElementById("scroller")`;
    // The head of the first publisher stays where it is while its rows scroll.
    await opened.page.evaluate(`${scroller}.scrollTop = 500`);
    await opened.tip({ kind: "lane", lane: 0, index: 0 }, "long-name-0");
    await opened.tip({ kind: "phase", lane: 0, index: 1 }, "load #1");
  },
);

for (const width of [1280, 420]) {
  for (const [publishers, subscribers] of [[1, 3], [8, 100]] as const) {
    Deno.test(
      `${publishers} publishers, ${subscribers} subscribers fit into ${width} px`,
      browser,
      async () => {
        await using opened = await OpenTimeline.open(
          run(publishers, subscribers),
          {
            ...{ width, height: 860 },
          },
        );
        const overflow = () =>
          opened.page.evaluate<string[]>(`
        [...document.querySelectorAll("body, header *, footer *, main, details")]
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => each.id || each.tagName)`);
        assertEquals(await overflow(), []);
        const widths = `[document.documentElement.scrollWidth, innerWidth]`;
        const [used, there] = await opened.page.evaluate<number[]>(widths);
        assert(used! <= there!, `${used} of ${there} px`);
        const phase: Item = { kind: "phase", lane: 0, index: 1 };
        const { x, y } = opened.middleOf(phase);
        await opened.page.click(x, y);
        assertStringIncludes(
          await opened.text("#panel:not([hidden])"),
          "load #1",
        );
        assertEquals(await overflow(), []);
        if (publishers > 1) return;
        const { height } = opened.chart.layout;
        const room = await opened.page.evaluate<number>(
          `document.getElementById("chart").clientHeight - 34`,
        );
        assert(height <= room && height > room * 0.4, `${height} of ${room}`);
      },
    );
  }
}

Deno.test(
  "the legend explains the marks and the phases that there are",
  browser,
  async () => {
    const leave = { _ss: { v: 2, leave: true } };
    const timeline = new RecordingScript()
      .signal(0, "fio", "initialization")
      .answer(5, "fio", "initialization", "a")
      .signal(1_000, "fio", "load")
      .answer(1_100, "fio", "load", "a", { message: "half" })
      .answer(1_200, "fio", "load", "a", { ras: 0 })
      .signal(2_000, "fio", "load")
      .answer(2_200, "fio", "_ss", "a", leave)
      .signal(3_000, "fio", "shutdown").build();
    const [lane] = timeline.lanes;
    const left = lane!.answers.find(({ kind }) => kind === "left")!;
    const marks = [
      { ...left, at: 2_400, kind: "lost" },
      { ...left, at: 2_600, kind: "evicted" },
    ] as const;
    const first = lane!.answers.length;
    await using opened = await OpenTimeline.open({
      ...timeline,
      lanes: [{ ...lane!, answers: [...lane!.answers, ...marks] }],
    });
    const legend = await opened.text("#legend");
    for (
      const name of [
        ...["signal", "joined", "progress", "succeeded", "failed", "no answer"],
        ...["left", "lost", "evicted", "(2) the same phase again"],
      ]
    ) assertStringIncludes(legend, name);
    assertEquals(
      (await opened.text("#phases")).split(/\s+/),
      ["1", "initialization", "2", "load"],
    );
    for (const [n, kind] of ["left", "lost", "evicted"].entries()) {
      const item: Item = { kind: "answer", lane: 0, index: first - 1 + n };
      await opened.tip(item, kind, "a");
    }
    await opened.tip(
      { kind: "phase", lane: 0, index: 2 },
      "load (2)",
      "time 2",
    );
    assertEquals(opened.page.errors, []);
  },
);

Deno.test(
  "details on a small screen do not cover what they are of",
  browser,
  async () => {
    await using opened = await OpenTimeline.open(run(2, 100), {
      ...{ width: 420, height: 860 },
    });
    for (const responder of [50, 99]) {
      await opened.page.evaluate(`
      [...document.querySelectorAll("#statistics-rows tr")]
        .find((row) => row.cells[2].textContent === "collector-${responder}")
        .querySelector("button").click()`);
      await opened.waitFor("#panel:not([hidden])", `collector-${responder}`);
      const [top, panel, scrolled] = await opened.page.evaluate<number[]>(`[
      document.getElementById("scroller").getBoundingClientRect().top,
      document.getElementById("panel").getBoundingClientRect().top,
      document.getElementById("scroller").scrollTop,
    ]`);
      const [view] = opened.chart.views;
      const item: Item = { kind: "responder", lane: 0, index: responder };
      const { y, height } = view!.placeOf(item);
      const at = top! + 34 + view!.y + y - scrolled!;
      assert(at >= top! + 34 + view!.answersTop, `row ${responder} at ${at}`);
      assert(at + height <= panel!, `row ${responder} at ${at}, ${panel}`);
    }
  },
);
