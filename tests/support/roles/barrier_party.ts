/**
 * A role that calls a barrier once, and prints the result.
 *
 * Arguments: the barrier's name; its options as JSON.
 *
 * @module
 */

import { barrier } from "../../../src/signals/barrier/barrier.ts";
import type { BarrierError } from "../../../src/signals/barrier/error.ts";

const [name = "", options = "{}"] = Deno.args;
try {
  const { members, values } = await barrier(name, JSON.parse(options));
  console.log(JSON.stringify({ members, values: Object.fromEntries(values) }));
} catch (error) {
  const { reason, missing, outcome } = error as BarrierError;
  console.log(JSON.stringify({ reason, missing, outcome }));
}
