/** What the manual of the command line and the help pages must both say. */
import { assertEquals } from "@std/assert";
import { commandHelp } from "../../src/cli/args/help.ts";
import { respondCommand } from "../../src/cli/commands/respond.ts";
import { parseUrl } from "../../src/redis/url.ts";

const HELP = commandHelp(respondCommand);
const MANUAL = await Deno.readTextFile(
  new URL("../../src/cli/README.md", import.meta.url),
);

/** The words that a text lacks. */
function lacking(text: string, words: readonly string[]): string[] {
  return words.filter((word) => !text.includes(word));
}

Deno.test("help and manual name each kind of Redis URL", () => {
  const urls = {
    "redis://": "h:1",
    "rediss://": "h:1",
    "redis+unix://": "/s",
    "redis+cluster://": "h:1",
    "redis+sentinel://": "h:1/m",
  };
  for (const [scheme, rest] of Object.entries(urls)) parseUrl(scheme + rest);
  const schemes = Object.keys(urls);
  assertEquals([lacking(HELP, schemes), lacking(MANUAL, schemes)], [[], []]);
});

Deno.test("the manual names each variable of respond --exec", () => {
  const variables = [...new Set(HELP.match(/SS_[A-Z_]+/g))];
  assertEquals([variables.length, lacking(MANUAL, variables)], [8, []]);
});
