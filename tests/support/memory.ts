/**
 * The memory that this process holds.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collectGarbage: (() => void) | undefined;

/** The bytes on and off the heap after a garbage collection. */
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
