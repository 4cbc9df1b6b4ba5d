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
import { Chart } from "./chart.ts";
import { Description } from "./describe.ts";
import { Gestures, type GestureTarget, type PointerPlace } from "./gestures.ts";
import { Overview } from "./painting/overview.ts";
import { PanelBuilder } from "./panel.ts";
import { PhaseColours } from "./view/phase_colours.ts";
import type { Item } from "./view/item.ts";
import { type Found, SearchIndex } from "./view/search.ts";
import { SearchBox, type SearchListener } from "./search_box.ts";
import { writeSummary } from "./summary.ts";
import { readTheme, type Theme } from "./view/theme.ts";
import { Viewport } from "./view/viewport.ts";

/** Shows the timeline, and reacts to its user. */
export class Page implements GestureTarget, SearchListener {
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
  #theme!: Theme;
  #found: Found | undefined;
  #pointer: PointerPlace | undefined;
  #chosen: Item | undefined;
  #drawing = false;

  constructor(window: Window, timeline: Timeline) {
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
  }

  /** Shows the timeline, and begins to listen. */
  start(): void {
    writeSummary(
      this.#document,
      this.#timeline,
      (query) => this.#searchBox.search(query),
    );
    this.#followTheme();
    this.#searchBox.listen();
    new Gestures(this.#get("scroller"), this).listen();
    this.#listenToOverview();
    this.#listenToButtons();
    this.#listenToKeys();
    const { ResizeObserver } = this.#window;
    new ResizeObserver(() => this.#resize()).observe(this.#get("chart"));
    this.#resize();
    this.#document.documentElement.dataset.ready = "true";
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
    this.#chosen = item;
    this.#get("panel").hidden = item === undefined;
    this.#get("panel-content").replaceChildren(
      ...(item === undefined ? [] : this.#panel.build(item)),
    );
    this.draw();
  }

  show(item: Item): void {
    const view = this.#chart.views[item.lane];
    const { gaps, oddities } = this.#timeline;
    if (view !== undefined) {
      const { from, to } = view.placeOf(item);
      this.viewport.show(from, to);
    } else if (item.kind === "gap") {
      const { from, to } = gaps[item.index]!;
      this.viewport.show(from, to);
    } else {
      this.viewport.centre(oddities[item.index]!.at);
    }
  }

  found(found: Found | undefined): void {
    this.#found = found;
    this.draw();
  }

  reached(item: Item & { readonly at: number }): void {
    const { from, to } = this.viewport;
    if (item.at < from || item.at > to) this.viewport.centre(item.at);
    const { y, height } = this.#chart.views[item.lane]!;
    const scroller = this.#get("scroller");
    const seen = scroller.clientHeight - Chart.AXIS;
    if (y < scroller.scrollTop || y + height > scroller.scrollTop + seen) {
      scroller.scrollTop = y - Math.max(0, (seen - height) / 2);
    }
    this.choose(item);
  }

  draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    this.#window.requestAnimationFrame(() => this.#drawNow());
  }

  #get<E extends HTMLElement = HTMLElement>(id: string): E {
    return this.#document.getElementById(id) as E;
  }

  #followTheme(): void {
    const root = this.#document.documentElement;
    const dark = this.#window.matchMedia("(prefers-color-scheme: dark)");
    const apply = (theme: "dark" | "light") => {
      root.dataset.theme = theme;
      this.#theme = readTheme(this.#window);
      this.#colours.follow(this.#theme);
      this.draw();
    };
    const follow = () => apply(dark.matches ? "dark" : "light");
    dark.addEventListener("change", follow);
    this.#get("theme").addEventListener(
      "click",
      () => apply(root.dataset.theme === "dark" ? "light" : "dark"),
    );
    follow();
  }

  #listenToButtons(): void {
    const actions = {
      "zoom-in": () => this.viewport.zoom(0.5),
      "zoom-out": () => this.viewport.zoom(2),
      "fit": () => this.viewport.fit(),
      "close": () => this.choose(undefined),
    };
    for (const [id, action] of Object.entries(actions)) {
      this.#get(id).addEventListener("click", () => {
        action();
        this.draw();
      });
    }
  }

  #listenToKeys(): void {
    const actions: Record<string, () => void> = {
      "+": () => this.viewport.zoom(0.5),
      "=": () => this.viewport.zoom(0.5),
      "-": () => this.viewport.zoom(2),
      "0": () => this.viewport.fit(),
      "ArrowLeft": () => this.viewport.pan(-this.viewport.width / 8),
      "ArrowRight": () => this.viewport.pan(this.viewport.width / 8),
      "n": () => this.#searchBox.step(1),
      "p": () => this.#searchBox.step(-1),
      "/": () => this.#searchBox.focus(),
      "Escape": () => this.choose(undefined),
    };
    this.#document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target === this.#get("search")) return;
      const action = actions[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
      this.draw();
    });
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
    const height = this.#chart.contentHeight + Chart.AXIS;
    this.#get("spacer").style.height = `${height}px`;
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
    });
    const { clientWidth: width, clientHeight: height } = this.#get("overview");
    const { devicePixelRatio: density } = this.#window;
    this.#overview.draw(
      this.#contextOf("overview"),
      { left: this.left, width, height, density },
      this.viewport,
      this.#theme,
    );
    this.#showTip();
  }

  /** Gives each canvas the resolution of the screen, which may have changed. */
  #contextOf(id: string): CanvasRenderingContext2D {
    const canvas = this.#get<HTMLCanvasElement>(id);
    const { devicePixelRatio: density } = this.#window;
    const width = Math.round(canvas.clientWidth * density);
    const height = Math.round(canvas.clientHeight * density);
    // Setting the size of a canvas clears it.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d")!;
    context.setTransform(density, 0, 0, density, 0, 0);
    return context;
  }

  #showTip(): void {
    const tip = this.#get("tip");
    const item = this.#pointer && this.hit(this.#pointer);
    tip.hidden = item === undefined;
    this.#get("scroller").dataset.over = item?.kind ?? "";
    if (item === undefined) return;
    const lines = [
      this.#description.title(item),
      ...this.#description.summary(item),
    ];
    tip.replaceChildren(...lines.map((line) => {
      const element = this.#document.createElement("div");
      element.textContent = line.slice(0, 300);
      return element;
    }));
    const chart = this.#get("chart").getBoundingClientRect();
    const x = chart.left + this.#pointer!.x + 14;
    const y = chart.top + this.#pointer!.y + 18;
    const { offsetWidth, offsetHeight } = tip;
    const { innerWidth, innerHeight } = this.#window;
    const left = Math.min(x, innerWidth - offsetWidth - 8);
    const top = y + offsetHeight > innerHeight ? y - offsetHeight - 28 : y;
    tip.style.transform = `translate(${left}px, ${top}px)`;
  }
}
