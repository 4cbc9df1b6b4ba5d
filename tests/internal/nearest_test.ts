import { assertEquals } from "@std/assert";
import { didYouMean, nearest } from "../../src/internal/nearest.ts";

const WORDS = ["publish", "ps", "respond", "record", "replay", "run"];

Deno.test("a misspelt word is answered with the nearest ones", () => {
  const cases: [string, string[]][] = [
    ["pubilsh", ["publish"]], // swapped
    ["publsh", ["publish"]], // missing
    ["publishh", ["publish"]], // too many
    ["rum", ["run"]],
    ["recprd", ["record"]],
    ["re", ["respond", "record", "replay"]], // the beginning of several
    ["rec", ["record"]],
    ["PS", []],
    ["frobnicate", []],
    ["", []],
    ["x".repeat(100_000), []],
  ];
  for (const [word, words] of cases) assertEquals(nearest(word, WORDS), words);
});

Deno.test("no word is suggested where none is near", () => {
  assertEquals(didYouMean([]), "");
  assertEquals(didYouMean(["a", "b"]), ": did you mean a or b?");
});
