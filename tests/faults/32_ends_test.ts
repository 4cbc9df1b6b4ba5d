/**
 * Ends of calls with a broken server: each end is timed from the close, the abort
 * or the timeout that causes it.
 *
 * @module
 */

import { assert } from "@std/assert";
import {
  barrier,
  rollCall,
  SignalExporter,
  SignalResponder,
} from "../../mod.ts";
import { RedisClient, type RedisOptions } from "../../src/redis/mod.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { ADAPTER_CLIENTS } from "../support/adapter_clients.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { delay } from "../../src/internal/timer.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

/** Milliseconds within which every call must end. */
const PROMISED = 1_000;
/** Additional milliseconds for a busy machine. */
const SLACK = 1_500;
const TIMEOUT = 300;
const QUIET = { logLevel: "CRITICAL" } as const;

/** The ways to break a server, for existing links and for new ones. */
const BREAKS: Readonly<
  Record<string, (server: RedisServer, proxy: FaultProxy) => void>
> = {
  stopped: (server) => server.suspend(),
  mute: (_, proxy) => proxy.blackhole("toClient"),
  "black-holed": (_, proxy) => proxy.blackhole(),
  refusing: (_, proxy) => {
    proxy.refuse();
    proxy.reset();
  },
};

/**
 * Prepares a call; resolves with the function that ends it and the milliseconds
 * until the end is due.
 */
type End = () => Promise<{ end(): Promise<unknown>; due?: number }>;

scenario(
  32,
  "with a server that is stopped, mute, black-holed or refusing, every call ends within 1 s after its close, abort or timeout",
  { needs: needsRedis("Ends with broken servers are") },
  async (report) => {
    const tally = new Tally();
    const slowest = new Map<string, string>();
    for (const [kind, breakServer] of Object.entries(BREAKS)) {
      const times: [number, string][] = [];
      for (const pingInterval of [15_000, Infinity]) {
        await using server = await RedisServer.start();
        await using proxy = await FaultProxy.start(server);
        const redis = { url: proxy.url, pingInterval };
        const ready = await Promise.all(
          Object.entries({ ...ownEnds(redis), ...adapterEnds(proxy.url) })
            .map(async ([name, open]) => [name, await open()] as const),
        );
        breakServer(server, proxy);
        await Promise.all(
          ready.map(([name, { end, due = 0 }]) =>
            tally.try(`${kind}, ${name}`, async () => {
              const began = performance.now();
              await end().catch(() => {});
              const late = performance.now() - began - due;
              times.push([late, name]);
              assert(late < PROMISED + SLACK, `${late} ms after it was due`);
            })
          ),
        );
        server.resume();
      }
      times.sort(([one], [other]) => other - one);
      const [late, name] = times[0]!;
      slowest.set(kind, `${late.toFixed(0)} ms (${name}, of ${times.length})`);
    }
    const figures = [...slowest].map(([kind, each]) => `${kind}: ${each}`);
    report(tally.findings(`the slowest end, ${figures.join("; ")}`));
  },
);

function ownEnds(redis: RedisOptions): Record<string, End> {
  const exporter = () => SignalExporter.connect("fio", { redis, ...QUIET });
  const responder = () => SignalResponder.connect({ redis, ...QUIET });
  const aborted =
    (call: (signal: AbortSignal) => Promise<unknown>): End => () =>
      Promise.resolve({
        due: TIMEOUT,
        end: () => call(AbortSignal.timeout(TIMEOUT)),
      });
  return {
    "RedisClient.close()": async () => {
      const client = await RedisClient.connect(redis);
      await client.subscribe(["news"], { message: () => {} });
      return { end: () => client.close() };
    },
    "subscription.close()": async () => {
      const client = await RedisClient.connect(redis);
      const news = await client.subscribe(["news"], { message: () => {} });
      return { end: () => news.close().finally(() => void client.close()) };
    },
    "exporter.close() in a publish": async () => {
      const one = await exporter();
      await one.initialize(["start"], { expected: ["vm"] });
      const publishing = one.publishSignal("start", { timeout: Infinity });
      return { end: () => Promise.allSettled([one.close(), publishing]) };
    },
    "exporter.close() before initialize()": async () => {
      const one = await exporter();
      return { end: () => one.close() };
    },
    "exporter.close() in initialize()": async () => {
      const one = await exporter();
      return {
        due: TIMEOUT,
        end: async () => {
          const initializing = one.initialize(["start"]);
          await Promise.allSettled([
            initializing,
            delay(TIMEOUT).then(() => one.close()),
          ]);
        },
      };
    },
    "an aborted publishSignal()": async () => {
      const one = await exporter();
      await one.initialize(["start"], { expected: ["vm"] });
      return {
        due: TIMEOUT,
        end: () =>
          one.publishSignal("start", {
            timeout: Infinity,
            signal: AbortSignal.timeout(TIMEOUT),
          }).finally(() => void one.close()),
      };
    },
    "publishSignal() at its timeout": async () => {
      const one = await exporter();
      await one.initialize(["start"], { expected: ["vm"] });
      return {
        due: TIMEOUT,
        end: () =>
          one.publishSignal("start", { timeout: TIMEOUT })
            .finally(() => void one.close()),
      };
    },
    "an aborted initializeAndWait()": async () => {
      const one = await exporter();
      return {
        due: TIMEOUT,
        end: () =>
          one.initializeAndWait(1, ["start"], {
            timeout: Infinity,
            signal: AbortSignal.timeout(TIMEOUT),
          }).finally(() => void one.close()),
      };
    },
    "responder.close() of a subscriber": async () => {
      const [one, other] = await Promise.all([responder(), exporter()]);
      const serving = one.serve({});
      await other.initializeAndWait(1, ["start"]);
      return {
        end: () =>
          Promise.allSettled([one.close(), serving])
            .finally(() => void other.close()),
      };
    },
    "an aborted listen()": async () => {
      const one = await responder();
      const signals = one.listen({ signal: AbortSignal.timeout(TIMEOUT) });
      const next = signals.next();
      return { end: () => next.finally(() => void one.close()), due: TIMEOUT };
    },
    "barrier() at its timeout": async () => {
      const timeout = 1_000;
      const waiting = barrier("warm", { redis, parties: 2, timeout, ...QUIET });
      await delay(TIMEOUT); // until the party has arrived
      return { end: () => waiting, due: timeout - TIMEOUT };
    },
    "barrier() at its abort": async () => {
      const abort = new AbortController();
      const { signal } = abort;
      const waiting = barrier("hot", { redis, parties: 2, signal, ...QUIET });
      waiting.catch(() => {});
      await delay(TIMEOUT);
      return {
        end: () => {
          abort.abort();
          return waiting;
        },
      };
    },
    "barrier() that finds no server": () =>
      Promise.resolve({
        due: TIMEOUT,
        end: () =>
          barrier("cold", { redis, parties: 2, timeout: TIMEOUT, ...QUIET }),
      }),
    "rollCall() that finds no server": () =>
      Promise.resolve({
        due: TIMEOUT,
        end: () => rollCall({ redis, timeout: TIMEOUT, ...QUIET }),
      }),
    "rollCall() on a given client": async () => {
      const client = await RedisClient.connect(redis);
      await client.subscribe(["news"], { message: () => {} });
      return {
        due: TIMEOUT,
        end: () =>
          rollCall({ redis: client, timeout: TIMEOUT })
            .finally(() => void client.close()),
      };
    },
    "an aborted RedisClient.connect()": aborted((signal) =>
      RedisClient.connect({ ...redis, signal })
    ),
    "an aborted SignalExporter.connect()": aborted((signal) =>
      SignalExporter.connect("fio", { redis, signal, ...QUIET })
    ),
    "an aborted SignalResponder.connect()": aborted((signal) =>
      SignalResponder.connect({ redis, signal, ...QUIET })
    ),
    "an aborted barrier() that finds no server": aborted((signal) =>
      barrier("icy", { redis, parties: 2, signal, ...QUIET })
    ),
    "an aborted rollCall() that finds no server": aborted((signal) =>
      rollCall({ redis, signal, timeout: Infinity, ...QUIET })
    ),
  };
}

function adapterEnds(url: string): Record<string, End> {
  const ends: Record<string, End> = {};
  for (const { name, create } of ADAPTER_CLIENTS) {
    const over =
      (use: (redis: Transport) => ReturnType<End>): End => async () => {
        const client = create(url);
        const transport = client.transport();
        const { end, due = 0 } = await use(transport);
        return {
          due,
          end: () =>
            end().finally(() => {
              void transport.close();
              void client[Symbol.asyncDispose]();
            }),
        };
      };
    ends[`${name}: transport.close()`] = over(async (transport) => {
      await transport.subscribe(["news"], { message: () => {} });
      await transport.publish("news", "");
      return { end: () => transport.close() };
    });
    ends[`${name}: transport.close() while it dials`] = over((transport) =>
      Promise.resolve({
        due: TIMEOUT,
        end: async () => {
          transport.publish("news", "").catch(() => {});
          await delay(TIMEOUT);
          await transport.close();
        },
      })
    );
    ends[`${name}: responder.close()`] = over(async (redis) => {
      const one = await SignalResponder.connect({ redis, ...QUIET });
      const two = await SignalExporter.connect("fio", { redis, ...QUIET });
      const serving = one.serve({});
      await two.initializeAndWait(1, ["start"]);
      return {
        end: () => Promise.allSettled([one.close(), two.close(), serving]),
      };
    });
    ends[`${name}: an aborted SignalResponder.connect()`] = over((redis) =>
      Promise.resolve({
        due: TIMEOUT,
        end: () =>
          SignalResponder.connect({
            redis,
            signal: AbortSignal.timeout(TIMEOUT),
            ...QUIET,
          }),
      })
    );
    ends[`${name}: barrier() at its timeout`] = over((redis) =>
      Promise.resolve({
        due: TIMEOUT,
        end: () =>
          barrier(name, { redis, parties: 2, timeout: TIMEOUT, ...QUIET }),
      })
    );
  }
  return ends;
}
