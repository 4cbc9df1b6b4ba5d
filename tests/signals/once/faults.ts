/**
 * The faults that tests of `once()` let happen at every point.
 *
 * @module
 */

import type { OnceFaults } from "./play.ts";

/** What may happen, in words. */
export const FAULTS: Readonly<Record<string, OnceFaults>> = {
  "nothing happens": {},
  "the first dies": { mortal: ["a"] },
  "the second dies": { mortal: ["b"] },
  "the first loses its link": { cut: ["a"] },
  "the second loses its link": { cut: ["b"] },
  "two lose their links": { cut: ["a", "b"] },
  "the first dies and the second loses its link": {
    mortal: ["a"],
    cut: ["b"],
  },
  "the first gives up": { impatient: ["a"] },
  "the second aborts": { aborting: ["b"] },
  "the first gives up and calls again": { impatient: ["a"], retrying: ["a"] },
  "the first dies and is started again": { mortal: ["a"], retrying: ["a"] },
  "the second dies and is started again": { mortal: ["b"], retrying: ["b"] },
  "the first calls twice": { doubled: ["a"] },
  "messages are said twice": { repeats: true },
  "the function throws": { throwing: ["a", "b"] },
  "the first stands still": { blocked: ["a"] },
};

/** More of them, which take minutes. */
export const MORE_FAULTS: Readonly<Record<string, OnceFaults>> = {
  "the first loses its link and gives up and calls again": {
    cut: ["a"],
    impatient: ["a"],
    retrying: ["a"],
  },
  "the first stands still and the second loses its link": {
    blocked: ["a"],
    cut: ["b"],
  },
  "the first dies and is started again and the second loses its link": {
    mortal: ["a"],
    retrying: ["a"],
    cut: ["b"],
  },
};
