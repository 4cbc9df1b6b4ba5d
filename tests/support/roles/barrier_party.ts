/**
 * A role that calls a barrier once, and prints the result.
 *
 * Arguments: the barrier's name; its options as JSON.
 *
 * @module
 */

import { barrier } from "../../../src/signals/barrier/barrier.ts";

const [name = "", options = "{}"] = Deno.args;
try {
  const { members } = await barrier(name, JSON.parse(options));
  console.log(JSON.stringify({ members }));
} catch (error) {
  const { reason, missing } = error as { reason: string; missing: string[] };
  console.log(JSON.stringify({ reason, missing }));
}
