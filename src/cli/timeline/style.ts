/**
 * The style sheet of the timeline's page.
 *
 * @module
 */

/** Colours in light and in dark, and where the parts are. */
export const STYLE = `
:root {
  color-scheme: light;
  --back: #ffffff; --panel: #f6f8fa; --stripe: #eef1f4; --line: #d5dbe2;
  --text: #1c2430; --faint: #5b6675; --accent: #2463cf;
  --good: #1a8049; --bad: #c92338; --missing: #9c5d00; --neutral: #657284;
  --phase-1: #3b70cb; --phase-2: #0c7d77; --phase-3: #7d56c9; --phase-4: #a8488f;
  --phase-5: #1f7a9f; --phase-6: #567d2e; --phase-7: #4f58bd; --phase-8: #86603f;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --back: #12161c; --panel: #1a2029; --stripe: #1d242d; --line: #323c49;
  --text: #e7ecf3; --faint: #97a4b5; --accent: #6ea2ff;
  --good: #3fc380; --bad: #ff5d6c; --missing: #f0a92e; --neutral: #64748a;
  --phase-1: #3d72cf; --phase-2: #157f79; --phase-3: #8560d0; --phase-4: #b0539a;
  --phase-5: #217da4; --phase-6: #567d2e; --phase-7: #5c65cc; --phase-8: #8f6a49;
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body {
  display: grid; grid-template: auto auto minmax(180px, 1fr) auto auto / minmax(0, 1fr) auto;
  background: var(--back); color: var(--text);
  font: 13px/1.45 ui-sans-serif, system-ui, sans-serif;
}
header {
  grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 8px 18px;
  align-items: center; padding: 10px 16px; border-bottom: 1px solid var(--line);
}
h1 { font-size: 16px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
#when { color: var(--faint); font-variant-numeric: tabular-nums; }
#facts { display: flex; flex-wrap: wrap; gap: 6px; }
.fact {
  border: 0; border-radius: 999px; padding: 2px 10px; font: inherit;
  background: var(--panel); color: var(--text);
}
.fact.bad { background: var(--bad); color: var(--back); }
.fact.missing { background: var(--missing); color: var(--back); }
.fact.neutral { background: var(--neutral); color: #fff; }
button.fact { cursor: pointer; font-weight: 600; }
.tools { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-left: auto; }
#search {
  width: 170px; padding: 5px 10px; font: inherit; color: inherit;
  background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
}
#found { color: var(--faint); font-variant-numeric: tabular-nums; }
.tools button, #close {
  min-width: 30px; height: 30px; padding: 0 8px; font: inherit; cursor: pointer;
  color: inherit; background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px;
}
.tools button:hover, #close:hover { border-color: var(--accent); }
.tools button[aria-pressed="true"] { background: var(--bad); border-color: var(--bad); color: var(--back); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#scroller:focus-visible, #statistics-scroller:focus-visible { outline-offset: -2px; }
#spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#overview {
  grid-column: 1 / -1; width: 100%; height: 44px; cursor: ew-resize;
  background: var(--panel); border-bottom: 1px solid var(--line); touch-action: none;
}
#scroller {
  grid-row: 3; position: relative; overflow: hidden auto; min-width: 0; min-height: 0;
  touch-action: pan-y;
}
#scroller[data-over]:not([data-over=""]) { cursor: pointer; }
#chart { position: sticky; top: 0; left: 0; display: block; width: 100%; height: 100%; }
#spacer { position: absolute; top: 0; width: 1px; }
#panel {
  grid-row: 3; width: min(360px, 45vw); overflow: auto; padding: 14px 16px;
  background: var(--panel); border-left: 1px solid var(--line);
}
#close { float: right; }
#panel h2 { font-size: 15px; margin: 3px 40px 12px 0; overflow-wrap: anywhere; }
#panel h3 { font-size: 12px; margin: 16px 0 6px; color: var(--faint); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 12px; margin: 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
pre {
  margin: 0; padding: 8px 10px; font: 12px/1.4 ui-monospace, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--back); border: 1px solid var(--line); border-radius: 6px;
}
.answers { list-style: none; margin: 0; padding: 0; }
.answers li {
  display: grid; padding: 5px 0 5px 10px; margin-bottom: 6px;
  border-left: 3px solid var(--neutral);
}
.answers .succeeded { border-color: var(--good); }
.answers .failed { border-color: var(--bad); }
.answers .missing { border-color: var(--missing); }
.answers .failed strong { color: var(--bad); }
.answers .missing strong { color: var(--missing); }
.who { color: var(--faint); overflow-wrap: anywhere; }
q { overflow-wrap: anywhere; }
#tip {
  position: fixed; top: 0; left: 0; max-width: 420px; padding: 7px 10px;
  pointer-events: none; overflow-wrap: anywhere; z-index: 1;
  color: var(--text); background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; box-shadow: 0 4px 16px #0003;
}
#tip :first-child { font-weight: 600; }
#tip :not(:first-child) { color: var(--faint); }
[hidden] { display: none !important; }
#statistics { grid-column: 1 / -1; min-width: 0; border-top: 1px solid var(--line); }
#statistics summary { padding: 6px 16px; font-weight: 600; cursor: pointer; }
#statistics-scroller { overflow: auto; max-height: 22vh; padding: 0 16px 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; padding: 0; background: var(--back); text-align: left; }
th button, td button { padding: 3px 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
th button { color: var(--faint); font-weight: 600; }
th[aria-sort="ascending"] button::after { content: " ▴"; }
th[aria-sort="descending"] button::after { content: " ▾"; }
td button { color: var(--accent); text-decoration: underline; padding: 0; }
td { padding: 2px 0; border-top: 1px solid var(--stripe); white-space: nowrap; }
th + th, td + td { padding-left: 14px; }
td:nth-child(-n + 3) { max-width: 240px; overflow: hidden; text-overflow: ellipsis; }
.number { text-align: right; }
.all td { font-weight: 600; background: var(--panel); }
td.bad { color: var(--bad); font-weight: 600; }
td.missing { color: var(--missing); font-weight: 600; }
#statistics-more { margin: 6px 0 0; color: var(--faint); }
#statistics-more:empty { display: none; }
footer {
  grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 4px 18px;
  padding: 6px 16px; color: var(--faint); font-size: 12px;
  border-top: 1px solid var(--line); max-height: 30vh; overflow: auto;
}
#phases, #legend { display: flex; flex-wrap: wrap; gap: 3px 14px; }
#legend { flex-basis: 100%; }
.key { display: inline-flex; align-items: center; gap: 5px; }
button.key { padding: 0; border: 0; background: none; font: inherit; color: inherit; cursor: pointer; }
.key canvas { width: 14px; height: 14px; }
.key span { max-width: 260px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.swatch {
  min-width: 18px; padding: 0 4px; border-radius: 4px; color: #fff;
  font: 600 11px/16px ui-sans-serif, system-ui, sans-serif; text-align: center;
}
.swatch.again { height: 16px; background: var(--neutral) repeating-linear-gradient(90deg, var(--back) 0 4px, transparent 4px 7px) 3px 12px / 12px 2px no-repeat; }
.hints { margin-left: auto; }
@media (max-width: 1000px) { .hints { display: none; } }
@media (max-width: 760px) {
  header { padding: 8px 12px; }
  .tools { margin-left: 0; gap: 5px; }
  .tools button { padding: 0 6px; }
  #search { flex: 1 1 100%; }
  #found { order: 1; }
  #panel {
    position: fixed; inset: auto 0 0; width: auto; max-height: 45vh; z-index: 1;
    border: 0; border-top: 1px solid var(--line); box-shadow: 0 -4px 16px #0003;
  }
  footer { padding: 6px 12px; font-size: 11px; max-height: 20vh; }
}
`;
