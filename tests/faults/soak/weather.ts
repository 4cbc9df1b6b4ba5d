/**
 * The faults of a soak, their frequency and their duration.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Direction, FaultProxy } from "../../support/fault_proxy.ts";
import type { Random } from "../../support/random.ts";
import type { RedisServer } from "../../support/redis_server.ts";
import type { Count } from "./ledger.ts";
import type { Troupe } from "./troupe.ts";

/** Faults by name; each is over when its promise settles. */
export type Faults = Readonly<Record<string, () => Promise<unknown>>>;

/** The options of a storm. */
export interface StormOptions {
  readonly random: Random;
  /** Milliseconds between two faults, on average. */
  readonly pace: number;
  /** Ends the storm, after the fault that is under way. */
  readonly signal: AbortSignal;
  /** Counts the faults, by name. */
  readonly count: Count;
}

/** Causes one fault after the other. */
export async function storm(
  faults: Faults,
  { random, pace, signal, count }: StormOptions,
): Promise<void> {
  for (;;) {
    const pause = random.int(pace / 2, pace * 1.5);
    await sleep(pause, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const [name, strike] = random.pick(Object.entries(faults));
    count.add(name);
    await strike();
  }
}

/** The faults of connections. */
export function linkFaults(
  proxies: readonly FaultProxy[],
  random: Random,
): Faults {
  const directions: readonly Direction[] = ["toServer", "toClient"];
  const some = () => random.pick(proxies);
  const forAWhile = async (fault: (proxy: FaultProxy) => void) => {
    const proxy = some();
    fault(proxy);
    await sleep(random.int(50, 800));
    await proxy.heal();
  };
  return {
    cut: () => Promise.resolve(some().cut()),
    RST: () => Promise.resolve(some().reset()),
    "half-close": () =>
      Promise.resolve(some().halfClose(random.pick(directions))),
    blackhole: () => forAWhile((proxy) => proxy.blackhole()),
    "blackhole one way": () =>
      forAWhile((proxy) => proxy.blackhole(random.pick(directions))),
    delay: () => forAWhile((proxy) => proxy.delay(random.int(10, 100))),
    "1-byte chunks": () => forAWhile((proxy) => proxy.chunk(1)),
    refuse: () =>
      forAWhile((proxy) => {
        proxy.refuse();
        proxy.cut();
      }),
  };
}

/**
 * The faults of responders.
 *
 * @param renew Makes the live responders the roster.
 */
export function responderFaults(
  troupe: Troupe,
  random: Random,
  renew: () => Promise<void>,
): Faults {
  const some = () => random.pick(troupe.playing);
  return {
    "responder SIGKILL": async () => {
      await troupe.replace(some(), () => sleep(random.int(0, 500)));
      await renew();
    },
    "responder SIGSTOP": async () => {
      const responder = some();
      responder.suspend();
      await sleep(random.int(50, 1_000));
      responder.resume();
    },
  };
}

/** The faults of the server. */
export function serverFaults(server: RedisServer, random: Random): Faults {
  return {
    "server SIGKILL": async () => {
      await server.kill();
      await sleep(random.int(0, 500));
      await restart(server);
    },
    "server SIGSTOP": async () => {
      server.suspend();
      await sleep(random.int(50, 800));
      server.resume();
    },
    "CLIENT KILL": () =>
      server.cli("CLIENT", "KILL", "TYPE", random.pick(["pubsub", "normal"])),
    "malformed messages": async () => {
      for (const channel of ["event-signal-pubsub", "event-signal-response"]) {
        await server.cli(
          "PUBLISH",
          channel,
          random.pick(["", "null", "{", "7"]),
        );
      }
    },
  };
}

/**
 * Restarts the server, with retries, because a client that dials an unused port
 * of the ephemeral range can get this port itself and connect with itself.
 */
async function restart(server: RedisServer): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await server.restart();
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt === 10) {
        throw error;
      }
      await sleep(100);
    }
  }
}
