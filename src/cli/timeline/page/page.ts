/**
 * The page: puts its parts together.
 *
 * Rule of all files of this folder: the page gets the source text of the functions
 * and classes in `PARTS` of `../html.ts`, without their modules. So a file may
 * have at its top level only functions, classes and types. Each function and
 * class, helpers included, must stand in `PARTS`, and its name must be the only
 * one in this folder. A file may import values only from this folder, and under
 * their own names.
 *
 * @module
 */
import type {
  CanvasRenderingContext2D,
  Document,
  HTMLCanvasElement,
  HTMLElement,
  PointerEvent,
  Window,
} from "./view/dom.ts";
import type { Timeline } from "../model.ts";
import type { Statistics } from "../statistics.ts";
import { Chart } from "./chart.ts";
import { Cursor } from "./cursor.ts";
import { Description } from "./describe.ts";
import { Gestures, type GestureTarget, type PointerPlace } from "./gestures.ts";
import { Keyboard, type KeyTarget } from "./keyboard.ts";
import { Legend } from "./legend.ts";
import { Overview } from "./painting/overview.ts";
import { coveredHeight, PanelBuilder } from "./panel.ts";
import { PhaseColours } from "./view/phase_colours.ts";
import type { Item } from "./view/item.ts";
import { type Found, SearchIndex } from "./view/search.ts";
import { SearchBox, type SearchListener } from "./search_box.ts";
import { StatisticsTable } from "./statistics_table.ts";
import { writeSummary } from "./summary.ts";
import { showTip } from "./tip.ts";
import { followTheme, type Theme } from "./view/theme.ts";
import { contextOf } from "./view/canvas.ts";
import { Viewport } from "./view/viewport.ts";

/** Shows the timeline, and reacts to its user. */
export class Page implements GestureTarget, KeyTarget, SearchListener {
  readonly viewport: Viewport;
  readonly #window: Window;
  readonly #document: Document;
  readonly #timeline: Timeline;
  readonly #chart: Chart;
  readonly #overview: Overview;
  readonly #description: Description;
  readonly #panel: PanelBuilder;
  readonly #colours: PhaseColours;
  readonly #searchBox: SearchBox;
  readonly #legend: Legend;
  readonly #statistics: Statistics;
  readonly #table: StatisticsTable;
  #theme!: Theme;
  #found: Found | undefined;
  #pointer: PointerPlace | undefined;
  #chosen: Item | undefined;
  #cursor: Item | undefined;
  #drawing = false;

  constructor(window: Window, timeline: Timeline, statistics: Statistics) {
    const { end, gaps } = timeline;
    const { document } = window;
    this.#window = window;
    this.#document = document;
    this.#timeline = timeline;
    this.viewport = new Viewport(end);
    this.#colours = new PhaseColours(timeline);
    this.#chart = new Chart(timeline, this.viewport, this.#colours);
    const { views } = this.#chart;
    this.#overview = new Overview(
      views,
      gaps,
      new Viewport(end),
      document.createElement("canvas"),
    );
    this.#description = new Description(timeline);
    this.#panel = new PanelBuilder(document, this.#description);
    this.#searchBox = new SearchBox(document, new SearchIndex(views), this);
    this.#legend = new Legend(document, this.#colours);
    this.#statistics = statistics;
    this.#table = new StatisticsTable(
      document,
      statistics,
      (item) => this.reached(item),
    );
  }

  /** Shows the timeline, and begins to listen. */
  start(): void {
    const search = (query: string) => this.#searchBox.search(query);
    const { totals } = this.#statistics;
    writeSummary(this.#document, this.#timeline, totals, search);
    this.#legend.write(this.#timeline, search);
    this.#table.write();
    followTheme(this.#window, (theme) => this.#takeTheme(theme));
    this.#searchBox.listen();
    new Gestures(this.#get("scroller"), this).listen();
    this.#listenToOverview();
    this.#listenToButtons();
    const cursor = new Cursor(this.#chart.layout);
    new Keyboard(this.#document, cursor, this).listen();
    const { ResizeObserver } = this.#window;
    new ResizeObserver(() => this.#resize()).observe(this.#get("chart"));
    this.#resize();
    this.#openStatistics();
    this.#document.documentElement.dataset.ready = "true";
  }

  /** On a small screen only where the chart leaves room for them. */
  #openStatistics(): void {
    const { innerWidth, innerHeight } = this.#window;
    this.#get("statistics").open = innerWidth > 760 ||
      this.#roomBelow() > innerHeight / 6;
  }

  #covered(): number {
    return coveredHeight(this.#get("scroller"), this.#get("panel"));
  }

  /** Pixels that the chart and the statistics have beyond all that the chart can fill. */
  #roomBelow(): number {
    const heights = ["chart", "statistics-scroller"]
      .map((id) => this.#get(id).clientHeight);
    return heights[0]! + heights[1]! - Chart.AXIS - this.#chart.layout.most;
  }

  get left(): number {
    return this.#chart.gutter;
  }

  hit({ x, y }: PointerPlace): Item | undefined {
    return this.#chart.hit(x, y, this.#get("scroller").scrollTop);
  }

  point(place: PointerPlace | undefined): void {
    this.#pointer = place;
    this.draw();
  }

  choose(item: Item | undefined): void {
    const panel = this.#get("panel");
    if (item === undefined && panel.contains(this.#document.activeElement)) {
      this.#get("scroller").focus();
    }
    this.#chosen = item;
    panel.hidden = item === undefined;
    this.#get("panel-content").replaceChildren(
      ...(item === undefined ? [] : this.#panel.build(item)),
    );
    this.#resize();
  }

  show(item: Item): void {
    const span = this.#spanOf(item);
    if (!Number.isNaN(span.from)) this.viewport.show(span.from, span.to);
  }

  toggle(lane: number): void {
    this.#chart.layout.toggle(lane);
    this.#resize();
  }

  get cursor(): Item | undefined {
    return this.#cursor;
  }

  /** Goes to a thing with the keyboard, and says what it is. */
  set cursor(item: Item | undefined) {
    this.#cursor = item;
    this.#get("spoken").textContent = item === undefined ? "" : [
      this.#description.title(item),
      ...this.#description.summary(item),
    ].join(", ");
    if (item !== undefined) this.#bringIntoSight(item);
  }

  escape(): void {
    this.#pointer = undefined;
    if (this.#chosen !== undefined) this.choose(undefined);
    else if (this.#searchBox.isOn) this.#searchBox.clear();
    else if (this.#cursor !== undefined) this.cursor = undefined;
    else if (this.#chart.layout.onlyFailed) this.#filter(false);
  }

  step(by: 1 | -1): void {
    this.#searchBox.step(by);
  }

  search(): void {
    this.#searchBox.focus();
  }

  found(found: Found | undefined): void {
    this.#found = found;
    this.draw();
  }

  reached(item: Item): void {
    const { layout } = this.#chart;
    layout.reveal(item);
    this.#showFilter();
    this.#resize();
    this.choose(item);
    this.#bringIntoSight(item);
  }

  draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    this.#window.requestAnimationFrame(() => this.#drawNow());
  }

  #get<E extends HTMLElement = HTMLElement>(id: string): E {
    return this.#document.getElementById(id) as E;
  }

  #takeTheme(theme: Theme): void {
    this.#theme = theme;
    this.#colours.follow(theme);
    this.#legend.draw(theme, this.#window.devicePixelRatio);
    this.draw();
  }

  #listenToButtons(): void {
    const { layout } = this.#chart;
    const actions = {
      "zoom-in": () => this.viewport.zoom(0.5),
      "zoom-out": () => this.viewport.zoom(2),
      "fit": () => this.viewport.fit(),
      "close": () => this.choose(undefined),
      "only-failed": () => this.#filter(!layout.onlyFailed),
      "collapse": () => {
        layout.collapseAll(!layout.allCollapsed);
        this.#resize();
      },
    };
    for (const [id, action] of Object.entries(actions)) {
      this.#get(id).addEventListener("click", () => {
        action();
        this.draw();
      });
    }
  }

  #filter(onlyFailed: boolean): void {
    this.#chart.layout.onlyFailed = onlyFailed;
    this.#table.onlyFailed = onlyFailed;
    this.#showFilter();
    this.#resize();
  }

  #showFilter(): void {
    const { onlyFailed } = this.#chart.layout;
    this.#get("only-failed").setAttribute("aria-pressed", String(onlyFailed));
  }

  /** When a thing is; a name has no place in time. */
  #spanOf(item: Item): { readonly from: number; readonly to: number } {
    const { gaps, oddities } = this.#timeline;
    if (item.kind === "gap") return gaps[item.index]!;
    if (item.kind === "oddity") {
      const { at } = oddities[item.index]!;
      return { from: at, to: at };
    }
    return this.#chart.views[item.lane]!.placeOf(item);
  }

  /** Moves and scrolls so that a thing is to be seen. */
  #bringIntoSight(item: Item): void {
    const { from, to } = this.#spanOf(item);
    const { viewport } = this;
    if (to < viewport.from || from > viewport.to) viewport.centre(to);
    const view = this.#chart.views[item.lane];
    if (view === undefined) return;
    const scroller = this.#get("scroller");
    const seen = scroller.clientHeight - this.#covered() - Chart.AXIS;
    const isHead = view.responderOf(item) === -1;
    const { y, height } = view.placeOf(item);
    // The head stays in sight, over the rows.
    const top = view.y + (isHead ? 0 : y - view.answersTop);
    const bottom = view.y + y + height + 4;
    if (bottom > scroller.scrollTop + seen) scroller.scrollTop = bottom - seen;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
  }

  #listenToOverview(): void {
    const overview = this.#get("overview");
    const move = ({ clientX, buttons }: PointerEvent) => {
      if ((buttons & 1) === 0) return;
      const { left } = overview.getBoundingClientRect();
      this.viewport.centre(this.#overview.t(clientX - left));
      this.draw();
    };
    overview.addEventListener("pointermove", move);
    overview.addEventListener("pointerdown", (event) => {
      overview.setPointerCapture(event.pointerId);
      move(event);
    });
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#get("chart");
    this.#chart.resize(clientWidth, clientHeight);
    const { height, allCollapsed } = this.#chart.layout;
    const total = height + Chart.AXIS + this.#covered();
    this.#get("spacer").style.height = `${total}px`;
    const least = this.#window.innerHeight * 0.22;
    const room = Math.max(least, Math.floor(this.#roomBelow()));
    this.#get("statistics-scroller").style.maxHeight = `${room}px`;
    this.#get("collapse").textContent = allCollapsed ? "Expand" : "Collapse";
    // At once, because the canvas would be stretched until the next frame.
    this.#drawNow();
  }

  #drawNow(): void {
    this.#drawing = false;
    this.#chart.draw(this.#contextOf("chart"), {
      theme: this.#theme,
      found: this.#found,
      scroll: this.#get("scroller").scrollTop,
      pointer: this.#pointer,
      chosen: this.#chosen,
      cursor: this.#cursor,
    });
    const { clientWidth: width, clientHeight: height } = this.#get("overview");
    const { devicePixelRatio: density } = this.#window;
    this.#overview.draw(
      this.#contextOf("overview"),
      { left: this.left, width, height, density },
      this.viewport,
      this.#theme,
    );
    const item = this.#pointer && this.hit(this.#pointer);
    this.#get("scroller").dataset.over = item?.kind ?? "";
    showTip(this.#window, this.#description, item, this.#pointer);
  }

  #contextOf(id: string): CanvasRenderingContext2D {
    const canvas = this.#get<HTMLCanvasElement>(id);
    return contextOf(canvas, this.#window.devicePixelRatio);
  }
}
