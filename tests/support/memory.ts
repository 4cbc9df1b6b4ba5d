/**
 * How much memory this process holds on to.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collectGarbage: (() => void) | undefined;

/** Bytes on and off the heap that are left once the garbage is collected. */
export function heldBytes(): number {
  if (collectGarbage === undefined) {
    // Tests are run without V8 flags.
    setFlagsFromString("--expose-gc");
    collectGarbage = runInNewContext("gc") as () => void;
  }
  collectGarbage();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
