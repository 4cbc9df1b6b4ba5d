/**
 * A timeline, opened in a browser of its own.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { toHtml } from "../../../src/cli/timeline/html.ts";
import type { Timeline } from "../../../src/cli/timeline/model.ts";
import { Chart } from "../../../src/cli/timeline/page/chart.ts";
import { PhaseColours } from "../../../src/cli/timeline/page/view/phase_colours.ts";
import type { Item } from "../../../src/cli/timeline/page/view/item.ts";
import { Viewport } from "../../../src/cli/timeline/page/view/viewport.ts";
import { BrowserPage } from "../../support/chromium.ts";
import { until } from "../../support/wait.ts";

const READY = "document.documentElement.dataset.ready === 'true'";

/** How to open a timeline. */
export interface OpenOptions {
  readonly title?: string;
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  /** Pixels of the screen for each pixel of the page. */
  readonly density?: number;
}

/** A timeline in a browser, and where its things are. */
export class OpenTimeline implements AsyncDisposable {
  readonly page: BrowserPage;
  readonly viewport: Viewport;
  readonly url: string;
  readonly #chart: Chart;
  readonly #file: string;
  #top = 0;

  /** Opens one in a browser of its own. */
  static async open(
    timeline: Timeline,
    {
      title = "run",
      width = 1280,
      height = 800,
      theme = "light",
      density = 1,
    }: OpenOptions = {},
  ): Promise<OpenTimeline> {
    const file = await Deno.makeTempFile({ suffix: ".html" });
    await Deno.writeTextFile(file, await toHtml(timeline, title));
    const opened = new OpenTimeline(await BrowserPage.start(), timeline, file);
    await opened.page.present(width, height, theme, density);
    await opened.page.goto(opened.url, READY);
    await opened.measure();
    return opened;
  }

  private constructor(page: BrowserPage, timeline: Timeline, file: string) {
    this.page = page;
    this.url = pathToFileURL(file).href;
    this.viewport = new Viewport(timeline.end);
    const colours = new PhaseColours(timeline);
    this.#chart = new Chart(timeline, this.viewport, colours);
    this.#file = file;
  }

  /** The lanes as the page has arranged them, unless something was folded. */
  get chart(): Chart {
    return this.#chart;
  }

  /** Where the plot begins. */
  get left(): number {
    return this.#chart.gutter;
  }

  /** Looks where the chart is. */
  async measure(): Promise<void> {
    const { top, width, height } = await this.page.evaluate<DOMRect>(
      `document.getElementById("chart").getBoundingClientRect().toJSON()`,
    );
    this.#top = top;
    this.#chart.resize(width, height);
  }

  /** The middle of a thing on the screen. */
  middleOf(item: Item): { x: number; y: number } {
    const view = this.#chart.views[item.lane]!;
    const { from, to, y, height } = view.placeOf(item);
    const at = item.kind === "phase" ? (from + to) / 2 : to;
    const isName = item.kind === "lane" || item.kind === "responder";
    return {
      x: isName ? this.left / 2 : this.left + this.viewport.x(at),
      y: this.#top + Chart.AXIS + view.y + y + height / 2,
    };
  }

  /** The rows of the statistics, cell by cell. */
  async statistics(): Promise<string[][]> {
    return await this.page.evaluate(
      `[...document.querySelectorAll("#statistics-rows tr")]
        .map((row) => [...row.cells].map((cell) => cell.textContent))`,
    );
  }

  /** Clicks on an element. */
  async press(selector: string): Promise<void> {
    await this.page.evaluate(
      `document.querySelector(${JSON.stringify(selector)}).click()`,
    );
  }

  /** Points to a thing, and reads what is said of it. */
  async tip(item: Item, ...others: string[]): Promise<string> {
    const { x, y } = this.middleOf(item);
    return await until(async () => {
      await this.page.mouse("mouseMoved", x, y);
      const tip = await this.text("#tip:not([hidden])");
      return others.every((text) => tip.includes(text)) && tip;
    }, { what: `a tip for ${JSON.stringify(item)}: ${others}` });
  }

  /** The text of an element; empty if it is not there. */
  async text(selector: string): Promise<string> {
    return await this.page.evaluate(
      `document.querySelector(${
        JSON.stringify(selector)
      })?.innerText.trim() ?? ""`,
    );
  }

  /** Waits until an element holds a text. */
  async waitFor(selector: string, text: string): Promise<void> {
    await until(async () => (await this.text(selector)).includes(text), {
      what: `"${text}" in ${selector}`,
    });
  }

  /** Whether something of a colour of the theme is where a thing is. */
  async shows(item: Item, colour: string): Promise<boolean> {
    const view = this.#chart.views[item.lane]!;
    const { from, to, y, height } = view.placeOf(item);
    const left = this.#chart.gutter + this.viewport.x(from) - 5;
    const width = this.viewport.x(to) - this.viewport.x(from) + 10;
    const top = Chart.AXIS + view.y + y;
    return await this.page.evaluate(`(() => {
      const context = document.createElement("canvas").getContext("2d");
      context.fillStyle = getComputedStyle(document.documentElement)
        .getPropertyValue("--${colour}").trim();
      context.fillRect(0, 0, 1, 1);
      const wanted = context.getImageData(0, 0, 1, 1).data;
      const { data } = document.getElementById("chart").getContext("2d")
        .getImageData(${left}, ${top}, ${width}, ${height});
      for (let n = 0; n < data.length; n += 4) {
        if ([0, 1, 2].every((k) => data[n + k] === wanted[k])) return true;
      }
      return false;
    })()`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page[Symbol.asyncDispose]();
    await Deno.remove(this.#file);
  }
}
