/**
 * Waits until all parties have come to the same point.
 *
 * @module
 */
import { checkConnectOptions, openTransport } from "../../connect.ts";
import { leveledLogger } from "../../internal/logger.ts";
import { BarrierError } from "./error.ts";
import type { BarrierOptions, BarrierResult } from "./options.ts";

/**
 * Waits until all parties of a barrier, or enough of them, are there, and leaves
 * with them.
 *
 * Every party calls it; none is a leader. The first decision on the barrier's
 * channel, that all are there or that one gives up, holds for all: all parties
 * that kept their link leave together, or get the same error, which names the
 * missing parties. A party that lost its link goes on where it is proven that no
 * decision was made meanwhile; else its error says that this can't be known.
 *
 * A party that died after it had arrived counts as one that is there; started
 * again, it takes its own place if it has a `party` of its own. A party that calls
 * after the barrier opened, or after it failed, waits for the next time. If more
 * parties call than `parties` says, those leave together that are there when it
 * opens.
 *
 * Each party may hand in a `value`; all that leave together get the same values.
 *
 * With `atLeast`, so many leave without the others, `settle` milliseconds after
 * they are there, or at the first timeout of one of them. A party that waits but
 * is left behind fails with the reason `"late"`. One that comes later is answered
 * by none: at its timeout, the outcome is `"unknown"`, unless so many arrived that
 * the others were too few to leave.
 *
 * All parties must be connected to the same server, or each to the same cluster by
 * `redis+cluster://`: the nodes of a cluster deliver messages in different orders,
 * so that all parties must be at its home node. Where another node becomes that,
 * each party has lost its link.
 *
 * @category Barrier
 * @param name The barrier's name.
 * @param options Who the parties are, how long to wait, and where Redis is.
 * @returns Who left together.
 * @throws {BarrierError} If the barrier did not open, or that can't be known.
 * @throws {TypeError | RangeError} If an option can't be used.
 * @throws {Error} A `RedisConnectionError`, `RedisAuthError` or
 * `RedisPermissionError` if the server can't be reached or refuses;
 * `Deno.errors.NotCapable` if the network permission is missing; the reason of
 * `signal`, if it aborts before the party has arrived.
 *
 * @example
 * ```ts
 * import { barrier } from "@dsa/state-signals";
 * import { Broker } from "@dsa/state-signals/broker";
 *
 * await using broker = Broker.listen(); // or a Redis of yours
 * const arrive = (party: string, value?: unknown) =>
 *   barrier("warm", { redis: broker.url, parties: ["a", "b"], party, value });
 *
 * const [a, b] = await Promise.all([arrive("a", { port: 8080 }), arrive("b")]);
 * console.log(a.members, a.index + b.index); // both in one order, 1
 * console.log(b.values.get("a")); // { port: 8080 }
 * ```
 */
export async function barrier(
  name: string,
  options: BarrierOptions,
): Promise<BarrierResult> {
  // Loaded by the first call, because most programs that import this module never call it.
  const { BARRIER_NAMES, barrierTerms } = await import("./options.ts");
  const { BarrierCall } = await import("./call.ts");
  const { valuesOf } = await import("./decision.ts");
  checkConnectOptions(options, BARRIER_NAMES);
  const terms = await barrierTerms(name, options);
  const { logger, logLevel } = options;
  const id = crypto.randomUUID();
  const log = leveledLogger(logger, logLevel);
  const transport = await openTransport(options, terms.timeout);
  try {
    const call = new BarrierCall(id, terms, transport, log);
    const decision = await call.run();
    const { cause, elapsed, ignored } = call;
    if (decision.kind === "failed") {
      throw new BarrierError(decision, terms, ignored, cause);
    }
    return {
      members: decision.members.map(([, party]) => party),
      index: decision.members.findIndex(([member]) => member === id),
      values: valuesOf(decision),
      elapsed,
      ignored,
    };
  } finally {
    await transport.close();
  }
}
