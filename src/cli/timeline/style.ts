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
  --text: #1c2430; --faint: #5f6b7a; --accent: #2f6fde;
  --good: #1f9254; --bad: #d1293d; --missing: #c77700; --neutral: #6b7889;
  --phase-1: #3f74cf; --phase-2: #0f857f; --phase-3: #7d56c9; --phase-4: #a8488f;
  --phase-5: #227fa6; --phase-6: #567d2e; --phase-7: #4f58bd; --phase-8: #86603f;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --back: #12161c; --panel: #1a2029; --stripe: #1d242d; --line: #323c49;
  --text: #e7ecf3; --faint: #97a4b5; --accent: #6ea2ff;
  --good: #3fc380; --bad: #ff5d6c; --missing: #f0a92e; --neutral: #6d7c8f;
  --phase-1: #4479d6; --phase-2: #1a8d87; --phase-3: #8560d0; --phase-4: #b0539a;
  --phase-5: #2a88b0; --phase-6: #5e8635; --phase-7: #5c65cc; --phase-8: #8f6a49;
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body {
  display: grid; grid-template: auto auto 1fr auto / 1fr auto;
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
.fact.neutral { background: var(--neutral); color: var(--back); }
button.fact { cursor: pointer; font-weight: 600; }
.tools { display: flex; gap: 6px; align-items: center; margin-left: auto; }
#search {
  width: 190px; padding: 5px 10px; font: inherit; color: inherit;
  background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
}
#found { color: var(--faint); font-variant-numeric: tabular-nums; }
.tools button, #close {
  min-width: 30px; height: 30px; padding: 0 8px; font: inherit; cursor: pointer;
  color: inherit; background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px;
}
.tools button:hover, #close:hover { border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
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
footer {
  grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 2px 18px;
  padding: 6px 16px; color: var(--faint); font-size: 12px;
  border-top: 1px solid var(--line);
}
footer i { display: inline-block; margin-right: 6px; width: 9px; height: 9px; border-radius: 50%; }
.key-good { background: var(--good); }
.key-bad::before { content: "✕"; }
footer .key-bad { color: var(--bad); font: 700 13px/9px ui-sans-serif, system-ui, sans-serif; }
footer .key-missing { border-radius: 0; border: 2px solid var(--missing); }
footer .key-joined { border: 2px solid var(--neutral); }
.hints { margin-left: auto; }
@media (max-width: 760px) { .hints { display: none; } .tools { margin-left: 0; } }
`;
