/**
 * The table of the statistics: it sorts by any column, and leads to the worst
 * answer of a row in the chart.
 *
 * @module
 */
import type { Statistics, StatisticsRow } from "../statistics.ts";
import type { Document, HTMLElement } from "./view/dom.ts";
import { formatSpan } from "./view/format.ts";
import type { Item } from "./view/item.ts";

/** A column: its name, and the value by which it sorts rows. */
interface TableColumn {
  readonly name: string;
  readonly value: (row: StatisticsRow) => string | number | undefined;
}

/** Writes the table. */
export class StatisticsTable {
  /** The most rows that are written. */
  static readonly MOST = 300;

  readonly #document: Document;
  readonly #statistics: Statistics;
  readonly #jump: (item: Item) => void;
  readonly #columns: readonly TableColumn[] = [
    { name: "publisher", value: ({ publisher }) => publisher },
    { name: "phase", value: ({ phase }) => phase },
    { name: "subscriber", value: ({ subscriber }) => subscriber },
    { name: "count", value: ({ count }) => count },
    { name: "p50", value: ({ p50 }) => p50 },
    { name: "p95", value: ({ p95 }) => p95 },
    { name: "worst", value: ({ worst }) => worst },
    { name: "failed", value: ({ failed }) => failed },
    { name: "missing", value: ({ missing }) => missing },
  ];
  #sorted: { readonly by: number; readonly falls: boolean } | undefined;
  #onlyFailed = false;

  /** @param jump Goes to a thing in the chart. */
  constructor(
    document: Document,
    statistics: Statistics,
    jump: (item: Item) => void,
  ) {
    this.#document = document;
    this.#statistics = statistics;
    this.#jump = jump;
  }

  /** Whether only rows with something failed or missing are there. */
  set onlyFailed(onlyFailed: boolean) {
    this.#onlyFailed = onlyFailed;
    this.#writeRows();
  }

  /** Writes the head and the rows. */
  write(): void {
    const heads = this.#columns.map(({ name }, by) => {
      const head = this.#cell("th", by);
      const button = this.#element("button");
      button.textContent = name;
      button.addEventListener("click", () => this.#sort(by));
      head.setAttribute("scope", "col");
      head.append(button);
      return head;
    });
    this.#get("statistics-head").replaceChildren(...heads);
    this.#writeRows();
  }

  /** Sorts by a column: figures in falling order at first, because a reader looks for the worst. */
  #sort(by: number): void {
    const falls = this.#sorted?.by === by ? !this.#sorted.falls : by > 2;
    this.#sorted = { by, falls };
    this.#writeRows();
  }

  /** All rows that are there: without an order, each phase before its subscribers. */
  #rows(): StatisticsRow[] {
    const { phases, subscribers } = this.#statistics;
    const isThere = ({ failed, missing }: StatisticsRow) =>
      !this.#onlyFailed || failed + missing > 0;
    if (this.#sorted === undefined) {
      return [...phases, ...subscribers].filter(isThere);
    }
    const { by, falls } = this.#sorted;
    const { value } = this.#columns[by]!;
    const { compare } = new Intl.Collator("en", { numeric: true });
    return [...phases, ...subscribers].filter(isThere).sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      // A row without a time is last in either order.
      if (x === undefined || y === undefined) {
        return Number(x === undefined) - Number(y === undefined);
      }
      const order = typeof x === "number"
        ? x - (y as number)
        : compare(x, y as string);
      return falls ? -order : order;
    });
  }

  #writeRows(): void {
    const rows = this.#rows();
    const shown = rows.slice(0, StatisticsTable.MOST);
    this.#get("statistics-rows").replaceChildren(
      ...shown.map((row) => this.#row(row)),
    );
    const heads = this.#document.querySelectorAll("#statistics-head th");
    [...heads].forEach((head, by) => {
      const order = this.#sorted?.falls ? "descending" : "ascending";
      head.setAttribute(
        "aria-sort",
        by === this.#sorted?.by ? order : "none",
      );
    });
    const rest = rows.length - shown.length;
    this.#get("statistics-more").textContent = rows.length === 0
      ? "No answers."
      : rest > 0
      ? `The first ${shown.length} of ${rows.length.toLocaleString("en")} rows.`
      : "";
  }

  #row(row: StatisticsRow): HTMLElement {
    const element = this.#element("tr");
    element.className = row.responder === -1 ? "all" : "";
    element.append(
      ...this.#columns.map(({ name, value }, column) => {
        const cell = this.#cell("td", column);
        const it = value(row);
        const isSpan = column > 3 && column < 7;
        const text = it === undefined
          ? "–"
          : isSpan
          ? formatSpan(it as number)
          : it.toLocaleString("en");
        if (column < 3) cell.title = text;
        if (name === "failed" && row.failed > 0) cell.className = "number bad";
        if (name === "missing" && row.missing > 0) {
          cell.className = "number missing";
        }
        const { worstItem } = row;
        if (name === "worst" && worstItem !== undefined) {
          const button = this.#element("button");
          button.textContent = worstItem.kind === "answer" ? text : "missing";
          button.title = "Show it in the chart";
          button.addEventListener("click", () => this.#jump(worstItem));
          cell.append(button);
        } else {
          cell.textContent = text;
        }
        return cell;
      }),
    );
    return element;
  }

  #cell(name: string, column: number): HTMLElement {
    const cell = this.#element(name);
    cell.className = column < 3 ? "" : "number";
    return cell;
  }

  #element(name: string): HTMLElement {
    return this.#document.createElement(name);
  }

  #get(id: string): HTMLElement {
    return this.#document.getElementById(id)!;
  }
}
