/**
 * Lets one of many parties run a function, whose value all parties get.
 *
 * @module
 */
import { checkConnectOptions, openTransport } from "../../connect.ts";
import { leveledLogger } from "../../internal/logger.ts";
import { OnceError } from "./error.ts";
import type { OnceOptions, OnceResult } from "./options.ts";

/**
 * Runs a function at one of many parties, and gets its value for all of them.
 *
 * Every party calls it; none is a leader. When all parties are there, one of
 * them runs its function, and all leave with its value, or with an error that
 * has the name and the message of the function's error.
 *
 * A party that dies while it runs is noticed by its silence: after
 * `takeoverAfter` another party runs its function. The signal of the function
 * aborts after half of that time if the party can't prove that it is still
 * heard, so at most one function runs at a time. A function that ignores its
 * signal, or blocks its process so that the signal can't abort, may run beside
 * another one. One that blocks for longer than `takeoverAfter` loses its claim,
 * and what it returns does not count: each party would run it in vain.
 *
 * A party whose link was lost goes on where another party knows how things
 * stand, or where its own function still runs. A process that died and is
 * started again takes its own place if it has a `party` of its own, and gets the
 * value. All parties wait for those that do not have the value yet and have not
 * given up, but no longer than half of `takeoverAfter`: as long does a party that
 * dies hold the others up. A party that comes when all others have left waits for
 * the next time, and ends by its timeout. If more parties call than `parties`
 * says, some of them meet, and the others wait for more.
 *
 * All parties must be connected to the same server. A cluster is refused, also by
 * `redis+cluster://`: its nodes deliver messages in different orders, and a running
 * party that is led to another node can't know whether a party that stayed at the
 * first one has taken over. A party's name may be in use by one process at a time:
 * the rule of one function at a time rests on that.
 *
 * @category Once
 * @param name What the parties share.
 * @param options Who the parties are, what to run, and where Redis is.
 * @returns The value, and the party that ran.
 * @throws {OnceError} If the function threw, if it was not run, or if that can't
 * be known.
 * @throws {TypeError | RangeError} If an option can't be used.
 * @throws {Error} A `RedisConnectionError`, `RedisAuthError` or
 * `RedisPermissionError` if the server can't be reached or refuses;
 * `Deno.errors.NotCapable` if the network permission is missing; the reason of
 * `signal`, if it aborts before the party has arrived.
 *
 * @example
 * ```ts
 * import { once } from "@dsa/state-signals";
 * import { Broker } from "@dsa/state-signals/broker";
 *
 * await using broker = Broker.listen(); // or a Redis of yours
 * const setUp = (party: string) =>
 *   once("set-up", {
 *     redis: broker.url,
 *     parties: ["a", "b"],
 *     party,
 *     run: (signal) => {
 *       signal.throwIfAborted(); // what only one party must do, until this aborts
 *       return { seed: Math.random() };
 *     },
 *   });
 *
 * const [a, b] = await Promise.all([setUp("a"), setUp("b")]);
 * console.log(a.value.seed === b.value.seed, a.by); // true, "a" or "b"
 * ```
 */
export async function once<T>(
  name: string,
  options: OnceOptions<T>,
): Promise<OnceResult<T>> {
  // Loaded by the first call, because most programs that import this module never call it.
  const { ONCE_NAMES, onceTerms } = await import("./options.ts");
  const { OnceCall } = await import("./call.ts");
  const { valueOf } = await import("./outcome.ts");
  checkConnectOptions(options, ONCE_NAMES);
  const terms = await onceTerms(name, options);
  const { logger, logLevel } = options;
  const log = leveledLogger(logger, logLevel);
  const transport = await openTransport(options, terms.timeout);
  try {
    const call = new OnceCall(terms, options.run, transport, log);
    const decision = await call.run();
    const { cause, elapsed, ignored } = call;
    if (decision.kind === "failed") {
      throw new OnceError(decision, terms, ignored, cause);
    }
    const { outcome, by } = decision.settled;
    if (outcome.error !== undefined) {
      const thrown = Object.assign(new Error(outcome.message), {
        name: outcome.error,
      });
      throw new OnceError(decision, terms, ignored, thrown);
    }
    return { value: valueOf(outcome) as T, by, elapsed, ignored };
  } finally {
    await transport.close();
  }
}
