/**
 * What a program has written to a terminal, drawn as SVG.
 *
 * @module
 */

const COLUMN = 8.4;
const LINE = 20;
const MARGIN = 16;
/** Sets colour or weight. */
// deno-lint-ignore no-control-regex
const COLOUR = /(\x1b\[[\d;]*m)/;

/** Colours by the number that a program asks for. */
const COLOURS: Readonly<Record<number, string>> = {
  31: "#ff7b72",
  32: "#7ee787",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#76e3ea",
  90: "#8b949e",
};

/** A piece of a line in one style. */
interface Piece {
  readonly text: string;
  readonly style: string;
}

/** Draws what stands on the terminal at the end. */
export function terminalSvg(output: string): string {
  const lines = output.split(/\r?\n/).map(lastState).map(piecesOf);
  while (lines.at(-1)?.length === 0) lines.pop();
  const columns = Math.max(
    ...lines.map((line) =>
      line.reduce((sum, { text }) => sum + text.length, 0)
    ),
  );
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">`,
    ...lines.map((line, n) => {
      const y = MARGIN + (n + 0.75) * LINE;
      return `<text x="${MARGIN}" y="${y}">${line.map(tspan).join("")}</text>`;
    }),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** A line that was drawn over is the last that was drawn. */
function lastState(line: string): string {
  return line.slice(line.lastIndexOf("\x1b[2K") + 1).replace(/^\[2K/, "")
    .replaceAll("\r", "");
}

function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = [];
  let colour = "";
  let weight = "";
  for (const part of line.split(COLOUR)) {
    const codes = part.startsWith("\x1b[") ? part.slice(2, -1) : undefined;
    if (codes === undefined) {
      if (part !== "") pieces.push({ text: part, style: colour + weight });
      continue;
    }
    for (const code of codes.split(";").map(Number)) {
      if (code === 0) colour = weight = "";
      else if (code === 1) weight = ' font-weight="bold"';
      else if (code === 2) weight = ' opacity="0.6"';
      else if (code === 22) weight = "";
      else if (code === 39) colour = "";
      else if (code in COLOURS) colour = ` fill="${COLOURS[code]}"`;
    }
  }
  return pieces;
}

function tspan({ text, style }: Piece): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return style === "" ? escaped : `<tspan${style}>${escaped}</tspan>`;
}
