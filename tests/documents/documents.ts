/**
 * The documents of the project as data: their code blocks, headings and links.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** A fenced block of code. */
export interface CodeBlock {
  /** The first word behind the fence, such as `sh`. */
  readonly language: string;
  readonly text: string;
  /** The line of the fence, from 1. */
  readonly line: number;
  /** The comment directly before it: `<!-- this -->`. */
  readonly note: string | undefined;
}

/** Reads a file of the project, by its path from the root. */
export function readText(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Whether there is a file or folder of this path. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The Markdown files of the project, as paths from the root. */
export function documents(under = ""): string[] {
  return [...Deno.readDirSync(new URL(under, ROOT))].flatMap((entry) => {
    const path = `${under}${entry.name}`;
    if (entry.isFile) return path.endsWith(".md") ? [path] : [];
    const isForeign = /^(\.git|\.tmp|node_modules|coverage)$/.test(entry.name);
    return isForeign ? [] : documents(`${path}/`);
  }).sort();
}

/** The blocks of code in a document. */
export function codeBlocks(path: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let note: string | undefined;
  let block: { language: string; line: number; lines: string[] } | undefined;
  readText(path).split("\n").forEach((text, index) => {
    const fence = /^```(\w*)/.exec(text);
    if (block !== undefined) {
      if (fence === null) block.lines.push(text);
      else {
        const { language, line, lines } = block;
        blocks.push({ language, line, note, text: lines.join("\n") });
        block = note = undefined;
      }
    } else if (fence !== null) {
      block = { language: fence[1]!, line: index + 1, lines: [] };
    } else if (text !== "") {
      note = /^<!-- (.*) -->$/.exec(text)?.[1];
    }
  });
  return blocks;
}

/** A document without its code. */
export function prose(path: string): string {
  return readText(path).replace(/^```[^]*?^```$/gm, "").replace(/`[^`]*`/g, "");
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchors(path: string): Set<string> {
  const headings = readText(path).replace(/^```[^]*?^```$/gm, "")
    .matchAll(/^#+ (.*)$/gm);
  return new Set(
    headings.map(([, heading]) =>
      heading!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-")
    ),
  );
}
