import { assert, assertEquals } from "@std/assert";
import { anchors, documents, exists, prose, readText } from "./documents.ts";

Deno.test("every link of a document leads to a file and a heading that exist", () => {
  const broken: string[] = [];
  for (const path of documents()) {
    for (const [, target] of prose(path).matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [file = "", anchor] = target!.split("#");
      const linked = file === ""
        ? path
        : new URL(file, `file:///${path}`).pathname.slice(1);
      const isThere = exists(linked) &&
        (anchor === undefined || anchors(linked).has(anchor));
      if (!isThere) broken.push(`${path}: ${target}`);
    }
  }
  assertEquals(broken, []);
});

Deno.test("the README can be read in one sitting", () => {
  const lines = readText("README.md").split("\n").length;
  assert(lines <= 200, `it has ${lines} lines`);
});
