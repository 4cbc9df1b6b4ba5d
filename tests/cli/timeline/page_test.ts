/**
 * The page, opened in a real browser.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Item } from "../../../src/cli/timeline/page/view/item.ts";
import { needsChromium } from "../../support/chromium.ts";
import { until } from "../../support/wait.ts";
import { OpenTimeline } from "./open_timeline.ts";
import { RecordingScript } from "./world.ts";

const browser = needsChromium("The timeline in a browser is");
const HOSTILE = '</script><img src=x onerror="globalThis.hacked = true">';

const SAMPLE = new RecordingScript()
  .signal(0, "fio", "initialization")
  .answer(100, "fio", "initialization", "a")
  .answer(120, "fio", "initialization", "b")
  .signal(1_000, "fio", "load-start", { sample_no: 3, metadata: { jobs: 4 } })
  .answer(1_500, "fio", "load-start", "a", { ras: 1, message: "warm" })
  .answer(2_500, "fio", "load-start", "b", { ras: 0, message: HOSTILE })
  .signal(4_000, "fio", "load-stop", { sample_no: 3 })
  .answer(4_400, "fio", "load-stop", "a", { ras: 1 })
  .signal(6_000, "fio", "shutdown")
  .add(8_000, { type: "gap", duration: 1_000, reason: "reset" })
  .signal(8_100, HOSTILE, HOSTILE, { metadata: { note: HOSTILE } })
  .add(9_000, { type: "signal", payload: HOSTILE })
  .add(10_000, { type: "end", reason: "interrupted" })
  .build();

const FIRST_SIGNAL: Item = { kind: "signal", lane: 0, index: 0 };
const INITIALIZATION: Item = { kind: "phase", lane: 0, index: 0 };
const LOAD: Item = { kind: "phase", lane: 0, index: 1 };
const FAILED: Item = { kind: "answer", lane: 0, index: 3 };
const MISSING: Item = { kind: "missing", lane: 0, index: 0 };
const HOSTILE_SIGNAL: Item = { kind: "signal", lane: 1, index: 0 };

Deno.test("the timeline in a browser", browser, async (t) => {
  await using opened = await OpenTimeline.open(SAMPLE, { title: HOSTILE });
  const { page } = opened;
  const found = (text: string) =>
    until(async () => await opened.text("#found") === text, {
      what: `"${text}" beside the search`,
    });
  const theme = () =>
    page.evaluate<string>("document.documentElement.dataset.theme");

  await t.step("says what there is above the chart", async () => {
    assertEquals(
      await opened.text("#facts"),
      [
        ...["2 publishers", "5 signals", "5 answers"],
        ...["1 failed", "1 missing", "1 gap", "1 malformed"],
      ].join("\n"),
    );
  });

  await t.step(
    "shows phases as bars, answers as marks, in colour",
    async () => {
      assert(await opened.shows(INITIALIZATION, "neutral"), "no grey bar");
      assert(await opened.shows(LOAD, "phase-1"), "no bar in colour");
      assert(await opened.shows(LOAD, "bad"), "its failure is not in colour");
      assert(await opened.shows(FAILED, "bad"), "no mark of a failure");
      assert(await opened.shows(MISSING, "missing"), "no mark of the missing");
      assertEquals(await opened.shows(FIRST_SIGNAL, "bad"), false);
    },
  );

  await t.step("tells what is under the pointer", async () => {
    await opened.tip(LOAD, "load #3", "3 s", "1 succeeded, 1 failed");
    await opened.tip(FAILED, "load-start: failed", "after 1.5 s");
    await opened.tip(MISSING, "load-stop: no answer", "b", "none in 2 s");
  });

  await t.step("tells all of what is clicked", async () => {
    const { x, y } = opened.middleOf(LOAD);
    await page.click(x, y);
    const panel = await opened.text("#panel");
    for (const text of ["load-start", "host-1", '"jobs": 4', "warm", HOSTILE]) {
      assertStringIncludes(panel, text);
    }
    await page.press("Escape");
    assertEquals(await opened.text("#panel:not([hidden])"), "");
  });

  await t.step("shows HTML of others as text", async () => {
    await opened.tip(HOSTILE_SIGNAL, HOSTILE);
    assertEquals(await opened.text("h1"), HOSTILE);
    assertEquals(await page.evaluate("document.images.length"), 0);
    assertEquals(await page.evaluate("typeof globalThis.hacked"), "undefined");
  });

  await t.step("finds by words, and goes from one to the next", async () => {
    await page.press("/");
    await page.type("LOAD node");
    await found("0 found");
    await page.press("Escape");
    await page.press("/");
    await page.type("LOAD warm");
    await found("1 found");
    await until(async () => !await opened.shows(INITIALIZATION, "neutral"), {
      what: "what was not found to stand back",
    });
    await page.press("Enter");
    await found("1 of 1 found");
    assertStringIncludes(await opened.text("#panel"), "load-start: succeeded");
    await page.press("Escape");
    await page.press("Escape");
    await found("");
    await page.evaluate("document.querySelector('button.bad').click()");
    await found("1 of 2 found");
    await page.press("n");
    await found("2 of 2 found");
    assertStringIncludes(await opened.text("#panel"), "load-start: failed");
    await page.evaluate("document.getElementById('close').click()");
  });

  await t.step(
    "zooms to where the pointer is, moves, and shows all again",
    async () => {
      const { x, y } = opened.middleOf(LOAD);
      const left = x - opened.left;
      const zoom = { deltaX: 0, deltaY: -500, modifiers: 2 };
      await page.mouse("mouseWheel", x, y, zoom);
      opened.viewport.zoom(Math.exp(-1), left);
      await opened.tip(FAILED, "load-start: failed");
      await page.mouse("mousePressed", x, y);
      await page.mouse("mouseMoved", x - 100, y, { buttons: 1 });
      await page.mouse("mouseReleased", x - 100, y);
      opened.viewport.pan(100);
      await opened.tip(FAILED, "load-start: failed");
      await page.press("0");
      opened.viewport.fit();
      await opened.tip(FAILED, "load-start: failed");
    },
  );

  await t.step("is light or dark as its reader is, or asks to be", async () => {
    const prefer = (value: string) =>
      page.command("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value }],
      });
    for (const value of ["dark", "light", "dark"]) {
      await prefer(value);
      await until(async () => await theme() === value, { what: value });
    }
    await until(() => opened.shows(LOAD, "phase-1"), { what: "a dark bar" });
    await page.evaluate("document.getElementById('theme').click()");
    assertEquals(await theme(), "light");
  });

  await t.step("has asked for nothing, and may not", async () => {
    assertEquals(page.requests, [opened.url]);
    assertEquals(page.errors, []);
    const violated = await page.evaluate<string>(`new Promise((resolve) => {
      addEventListener("securitypolicyviolation",
        (event) => resolve(event.effectiveDirective));
      new Image().src = "http://127.0.0.1:9/pixel.png";
    })`);
    assertEquals(violated, "img-src");
    const fetched = await page.evaluate<string>(
      "fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'blocked')",
    );
    assertEquals(fetched, "blocked");
    const ran = await page.evaluate<string>(`(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.hacked = true";
      document.body.append(script);
      return typeof globalThis.hacked;
    })()`);
    assertEquals(ran, "undefined");
  });
});

Deno.test("100,000 signals open in less than 5 s", browser, async () => {
  const script = new RecordingScript();
  for (let n = 0; n < 100_000; n++) {
    const process = `process-${n % 20}`;
    const event = n < 20 ? "initialization" : n % 40 < 20 ? "go" : "load";
    script.signal(n * 10, process, event, { sample_no: n, metadata: { n } });
    const ras = n % 997 === 0 ? 0 : 1;
    script.answer(n * 10 + 3, process, event, "a", n < 20 ? {} : { ras });
  }
  const timeline = script.build();
  await using opened = await OpenTimeline.open(timeline);
  const { page } = opened;
  const ms = await page.evaluate<number>(
    "performance.timing.loadEventEnd - performance.timing.navigationStart",
  );
  console.log(`100,000 signals and as many answers opened in ${ms} ms`);
  assert(ms < 5_000, `${ms} ms`);
  assertStringIncludes(await opened.text("#facts"), "100,000 signals");
  assertEquals(page.errors, []);
});
