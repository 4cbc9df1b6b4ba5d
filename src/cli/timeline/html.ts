/**
 * A timeline as one HTML page that needs nothing else and asks for nothing.
 *
 * @module
 */
import type { Timeline } from "./model.ts";
import { Chart } from "./page/chart.ts";
import { Cursor } from "./page/cursor.ts";
import { Description } from "./page/describe.ts";
import { Gestures } from "./page/gestures.ts";
import { Keyboard } from "./page/keyboard.ts";
import { Legend } from "./page/legend.ts";
import { Page } from "./page/page.ts";
import { AnswerPainter } from "./page/painting/answer_painter.ts";
import { drawAxis, roundStep, ticksOf } from "./page/painting/axis.ts";
import { DisturbancePainter } from "./page/painting/disturbances.ts";
import { drawGlyph, glyphColour } from "./page/painting/glyphs.ts";
import { drawLaneName, drawResponderNames } from "./page/painting/gutter.ts";
import { HeadPainter } from "./page/painting/head_painter.ts";
import { Overview } from "./page/painting/overview.ts";
import { stands } from "./page/painting/picture.ts";
import { coveredHeight, indented, PanelBuilder } from "./page/panel.ts";
import { SearchBox } from "./page/search_box.ts";
import { StatisticsTable } from "./page/statistics_table.ts";
import { writeSummary } from "./page/summary.ts";
import { showTip } from "./page/tip.ts";
import { contextOf } from "./page/view/canvas.ts";
import { formatClock, formatMoment, formatSpan } from "./page/view/format.ts";
import { hitLane, hitName, responderAt } from "./page/view/hit.ts";
import { LaneView } from "./page/view/lane_view.ts";
import { Layout } from "./page/view/layout.ts";
import { baseName, PhaseColours } from "./page/view/phase_colours.ts";
import { SearchIndex } from "./page/view/search.ts";
import {
  fontOf,
  longestCut,
  shorten,
  shortenMiddle,
} from "./page/view/text.ts";
import { followTheme, readTheme } from "./page/view/theme.ts";
import { Viewport } from "./page/view/viewport.ts";
import { PhaseStatistics, publisherNames, statisticsOf } from "./statistics.ts";
import { STYLE } from "./style.ts";

/** What the page runs: these, as they are written, so that they are checked and tested as all else. */
const PARTS = [
  ...[formatSpan, formatMoment, formatClock, indented, fontOf, longestCut],
  ...[baseName, readTheme, followTheme, stands, roundStep, ticksOf, drawAxis],
  ...[
    shorten,
    shortenMiddle,
    drawGlyph,
    glyphColour,
    drawLaneName,
    drawResponderNames,
  ],
  ...[
    hitLane,
    hitName,
    responderAt,
    showTip,
    contextOf,
    writeSummary,
    statisticsOf,
  ],
  ...[
    publisherNames,
    PhaseStatistics,
    Viewport,
    PhaseColours,
    LaneView,
    Layout,
    SearchIndex,
  ],
  ...[HeadPainter, AnswerPainter, DisturbancePainter, Overview, Chart],
  ...[Description, PanelBuilder, SearchBox, Gestures, Cursor, Keyboard],
  ...[coveredHeight, Legend, StatisticsTable, Page],
];

/**
 * Makes the page.
 *
 * @param timeline What it shows.
 * @param title What it is called.
 * @returns The HTML.
 */
export async function toHtml(
  timeline: Timeline,
  title: string,
): Promise<string> {
  const script = `"use strict";\n${PARTS.join("\n")}
const timeline = JSON.parse(document.getElementById("data").textContent);
new Page(globalThis, timeline, statisticsOf(timeline)).start();\n`;
  const policy = [
    "default-src 'none'",
    `script-src ${await hashSource(script)}`,
    `style-src ${await hashSource(STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="state-signals">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<div><h1>${escapeHtml(title)}</h1><span id="when"></span></div>
<div id="facts"></div>
<div class="tools">
<span id="found" role="status"></span>
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search signals and answers" autocomplete="off" spellcheck="false">
<button id="previous" title="Previous (p, Shift+Enter)" aria-label="Previous">‹</button>
<button id="next" title="Next (n, Enter)" aria-label="Next">›</button>
<button id="only-failed" aria-pressed="false" title="Only publishers and subscribers with failed or missing answers">Only failed</button>
<button id="collapse" title="Collapse or expand all publishers; click the name of one for it alone">Collapse</button>
<button id="zoom-out" title="Zoom out (-)" aria-label="Zoom out">−</button>
<button id="zoom-in" title="Zoom in (+)" aria-label="Zoom in">+</button>
<button id="fit" title="Show all (0)">Fit</button>
<button id="theme" title="Light or dark" aria-label="Light or dark">◐</button>
</div>
</header>
<canvas id="overview" role="img" aria-label="All signals over time"></canvas>
<main id="scroller" tabindex="0" role="application" aria-label="Chart of publishers and subscribers: arrow keys go from thing to thing, Enter shows details, Space folds a publisher, Shift with an arrow key moves the time" aria-describedby="spoken"><canvas id="chart"></canvas><div id="spacer"></div></main>
<div id="spoken" aria-live="polite"></div>
<aside id="panel" aria-live="polite" aria-label="Details" hidden><button id="close" title="Close (Esc)" aria-label="Close">✕</button><div id="panel-content"></div></aside>
<details id="statistics" open><summary>Statistics</summary>
<div id="statistics-scroller" tabindex="0" role="region" aria-label="Statistics for each phase and subscriber">
<table><thead><tr id="statistics-head"></tr></thead><tbody id="statistics-rows"></tbody></table>
<p id="statistics-more"></p>
</div></details>
<footer>
<div id="phases" aria-label="Phases"></div>
<div class="hints">drag or Shift + arrow: move · Ctrl + wheel or + and −: zoom · double-click: zoom to a phase · click or Enter: details</div>
<div id="legend" aria-label="Legend"></div>
</footer>
<div id="tip" role="tooltip" hidden></div>
<script id="data" type="application/json">${embedJson(timeline)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON in which nothing can end the script element that holds it. */
function embedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}

/** Lets the policy allow exactly this text and no other. */
async function hashSource(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `'sha256-${hash.toBase64()}'`;
}
