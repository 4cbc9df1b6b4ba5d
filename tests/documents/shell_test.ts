/**
 * Every shell block of a guide runs as it stands, or a note before it says why
 * not: `<!-- run -->`, `<!-- run with 3 responders -->`,
 * `<!-- run with a run of fio -->` or `<!-- not run: REASON -->`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { needsPython } from "../support/python_peer.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { type CodeBlock, codeBlocks, documents } from "./documents.ts";
import { ShellStage } from "./shell_stage.ts";

const GUIDES = documents().filter((path) =>
  /^(README|examples\/.*|src\/cli\/README|tests\/README|tests\/bench\/README|\.github\/CONTRIBUTING)\.md$/
    .test(path)
);

function shellBlocks(path: string): CodeBlock[] {
  return codeBlocks(path).filter(({ language }) => /^(ba)?sh$/.test(language));
}

Deno.test("every shell block of a guide is run, or says why not", () => {
  const unmarked = GUIDES.flatMap((path) =>
    shellBlocks(path)
      .filter(({ note }) => !/^(run|run with .+|not run: .+)$/.test(note ?? ""))
      .map(({ line }) => `${path}:${line}`)
  );
  assertEquals(unmarked, []);
});

for (const path of GUIDES) {
  for (const block of shellBlocks(path)) {
    const { note = "", line, text } = block;
    if (!/^run\b/.test(note)) continue;
    const what = `The block at ${path}:${line} is`;
    const ignore = needsRedis(what).ignore ||
      text.includes("python3") && needsPython(what).ignore;
    Deno.test(
      `the commands at ${path}:${line} succeed`,
      { ignore },
      async () => {
        await using stage = await ShellStage.open();
        for (const [, name] of text.matchAll(/python3 (\S+)/g)) {
          stage.putPython(name!, pythonBlock(path));
        }
        const [, responders] = /^run with (\d+) responders?$/.exec(note) ?? [];
        if (responders !== undefined) {
          await stage.startResponders(Number(responders));
        }
        const [{ code, output }] = await Promise.all([
          stage.run(block),
          note === "run with a run of fio" ? stage.runFio() : undefined,
        ]);
        assertEquals(code, 0, output);
      },
    );
  }
}

/** The program that a document shows in Python. */
function pythonBlock(path: string): string {
  return codeBlocks(path).find(({ language }) => language === "python")!.text;
}
