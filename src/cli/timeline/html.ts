/**
 * A timeline as one HTML page that needs nothing else and asks for nothing.
 *
 * @module
 */
import type { Timeline } from "./model.ts";
import { AnswerPainter } from "./page/painting/answer_painter.ts";
import { drawAxis, roundStep, ticksOf } from "./page/painting/axis.ts";
import { Chart } from "./page/chart.ts";
import { Description } from "./page/describe.ts";
import { DisturbancePainter } from "./page/painting/disturbances.ts";
import { formatClock, formatMoment, formatSpan } from "./page/view/format.ts";
import { Gestures } from "./page/gestures.ts";
import { drawNames } from "./page/painting/gutter.ts";
import { hitLane } from "./page/view/hit.ts";
import { LanePainter } from "./page/painting/lane_painter.ts";
import { LaneView } from "./page/view/lane_view.ts";
import { Overview } from "./page/painting/overview.ts";
import { Page } from "./page/page.ts";
import { indented, PanelBuilder } from "./page/panel.ts";
import { baseName, PhaseColours } from "./page/view/phase_colours.ts";
import { fade } from "./page/painting/picture.ts";
import { SearchIndex } from "./page/view/search.ts";
import { SearchBox } from "./page/search_box.ts";
import { writeSummary } from "./page/summary.ts";
import { fontOf, shorten } from "./page/view/text.ts";
import { readTheme } from "./page/view/theme.ts";
import { Viewport } from "./page/view/viewport.ts";
import { STYLE } from "./style.ts";

/** What the page runs: these, as they are written, so that they are checked and tested as all else. */
const PARTS = [
  ...[formatSpan, formatMoment, formatClock, indented, fontOf, shorten],
  ...[baseName, readTheme, fade, roundStep, ticksOf, drawAxis, drawNames],
  ...[hitLane, writeSummary, Viewport, PhaseColours, LaneView, SearchIndex],
  ...[LanePainter, AnswerPainter, DisturbancePainter, Overview, Chart],
  ...[Description, PanelBuilder, SearchBox, Gestures, Page],
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
new Page(globalThis, JSON.parse(document.getElementById("data").textContent)).start();\n`;
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
<button id="zoom-out" title="Zoom out (-)" aria-label="Zoom out">−</button>
<button id="zoom-in" title="Zoom in (+)" aria-label="Zoom in">+</button>
<button id="fit" title="Show all (0)">Fit</button>
<button id="theme" title="Light or dark" aria-label="Light or dark">◐</button>
</div>
</header>
<canvas id="overview" role="img" aria-label="All signals over time"></canvas>
<main id="scroller"><canvas id="chart" role="img" aria-label="A swim-lane for each publisher; search to read about single signals"></canvas><div id="spacer"></div></main>
<aside id="panel" aria-live="polite" hidden><button id="close" title="Close (Esc)" aria-label="Close">✕</button><div id="panel-content"></div></aside>
<footer>
<span><i class="key-good"></i>succeeded</span>
<span><i class="key-bad"></i>failed</span>
<span><i class="key-missing"></i>no answer</span>
<span><i class="key-joined"></i>joined, progress</span>
<span class="hints">drag: move · Ctrl + wheel: zoom · double-click: zoom to a phase · click: details</span>
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
