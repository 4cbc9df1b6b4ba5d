/**
 * The rule of the page's files, which are bundled by listing their functions and
 * classes: the head of `page.ts` says why.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { toHtml } from "../../../../src/cli/timeline/html.ts";
import { RecordingScript } from "../world.ts";

const PAGE = new URL("../../../../src/cli/timeline/page/", import.meta.url);

const RULE = "a file of the page may have only functions, classes and types " +
  "at its top level; each function and class must stand in PARTS of html.ts, " +
  "under a name that no other file of the page has; values must be imported " +
  "from the page's folder, under their own names (see the head of page.ts)";

async function pageFiles(directory = PAGE): Promise<URL[]> {
  const files: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const url = new URL(isDirectory ? `${name}/` : name, directory);
    if (isDirectory) files.push(...await pageFiles(url));
    else files.push(url);
  }
  return files.sort((a, b) => a.href < b.href ? -1 : 1);
}

/** The script of the page. */
async function pageScript(): Promise<string> {
  const timeline = new RecordingScript().signal(1, "fio", "start").build();
  const html = await toHtml(timeline, "title");
  return /<script>([^]*)<\/script>/.exec(html)![1]!;
}

/** What breaks the rule in one file. */
function breaches(
  file: URL,
  text: string,
  script: string,
  known: Set<string>,
): string[] {
  const found: string[] = [];
  const code = text.replace(/^\/\*\*[^]*?\*\/$/gm, "");
  for (const [line] of code.matchAll(/^[^\s/})\]].*/gm)) {
    const [, kind, name] =
      /^(?:export )?(?:async )?(function|class)\*? (\w+)/.exec(line) ?? [];
    if (kind !== undefined) {
      if (!new RegExp(`^(async )?${kind}\\*? ${name}\\b`, "m").test(script)) {
        found.push(`${name} is not in PARTS`);
      }
      if (known.has(name!)) found.push(`${name} is declared twice`);
      known.add(name!);
    } else if (!/^(import\b|(export )?(interface|type) )/.test(line)) {
      found.push(`there is ${JSON.stringify(line)}`);
    }
  }
  const imports = /^import (type )?(.*?) from "([^"]*)";/gms;
  for (const [, isType, names, specifier] of code.matchAll(imports)) {
    const values = names!.replace(/\btype \w+/g, "");
    if (isType || !/\w/.test(values)) continue;
    if (/\bas\b|\*/.test(values)) found.push(`it renames ${values.trim()}`);
    if (!new URL(specifier!, file).href.startsWith(PAGE.href)) {
      found.push(`it imports a value from ${specifier}`);
    }
  }
  const place = file.href.slice(PAGE.href.length);
  return found.map((breach) => `${place}: ${breach}. The rule: ${RULE}`);
}

Deno.test("the files of the page keep the rule of their bundler", async () => {
  const script = await pageScript();
  new Function(script); // throws if the script can't be parsed
  const known = new Set<string>();
  const found: string[] = [];
  for (const file of await pageFiles()) {
    const text = await Deno.readTextFile(file);
    found.push(...breaches(file, text, script, known));
  }
  assertEquals(found, []);
});

Deno.test("the error of a file that breaks the rule says the rule", () => {
  const file = new URL("view/new.ts", PAGE);
  const script = "function listed() {}\nclass Twice {}\n";
  const broken: readonly (readonly [text: string, breach: string])[] = [
    ["const LIMIT = 3;", 'there is "const LIMIT = 3;"'],
    ["function helper() {}", "helper is not in PARTS"],
    ["export class Twice {}", "Twice is declared twice"],
    ['import { a as b } from "./item.ts";', "it renames { a as b }"],
    ['import { a } from "../../model.ts";', "it imports a value from"],
    ["listed();", 'there is "listed();"'],
  ];
  for (const [text, breach] of broken) {
    const found = breaches(file, `${text}\n`, script, new Set(["Twice"]));
    assertEquals(found.length, 1, text);
    assertEquals(found[0]!.startsWith(`view/new.ts: ${breach}`), true, text);
    assertEquals(found[0]!.endsWith(RULE), true);
  }
  const kept = [
    'import type { Lane } from "../../model.ts";',
    'import { type Item, listed } from "./item.ts";',
    "export interface Place {\n  readonly at: number;\n}",
    "export function listed(): void {\n  const at = 1;\n}",
  ];
  assertEquals(breaches(file, kept.join("\n"), script, new Set()), []);
});
