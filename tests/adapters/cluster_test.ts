/**
 * Existing clients of a Redis Cluster and of sentinels, through a failover.
 *
 * @module
 */

import { Cluster, Redis } from "ioredis";
import { createCluster, createSentinel } from "redis";
import { assert, assertEquals } from "@std/assert";
import { fromIoredis } from "../../src/adapters/ioredis.ts";
import { fromNodeRedis } from "../../src/adapters/node_redis.ts";
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../src/protocol/channels.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { SignalResponder } from "../../src/signals/responder/responder.ts";
import type { Transport } from "../../src/transport/transport.ts";
import type { RawRedis } from "../support/raw_redis.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisCluster } from "../support/redis_cluster.ts";
import { RedisSentinel } from "../support/redis_sentinel.ts";
import { Stage } from "../support/stage.ts";
import { eventOf, until } from "../support/wait.ts";
import { Listener, SWIFT } from "./adapter_stage.ts";

type Join = (cast: AsyncDisposableStack) => Promise<Transport>;

const { ignore } = needsRedis("Clusters and sentinels are");
/** Six servers or more share the machine: each may be silent for longer than one alone. */
const PATIENT = {
  ...SWIFT,
  handshakeTimeout: 2_000,
  commandTimeout: 2_000,
  pingTimeout: 1_000,
};
/** Dead nodes are dialled for ever: a delay outlives the client that waits for it. */
const RETRY = 50;
const socket = { reconnectStrategy: () => RETRY };

async function ended(end: () => unknown): Promise<void> {
  await end();
  await new Promise((resolve) => setTimeout(resolve, 4 * RETRY));
}

const CLUSTERS: Record<string, (port: number) => Join> = {
  "node-redis by RESP2": (port) => nodeRedisCluster(port, 2),
  "node-redis by RESP3": (port) => nodeRedisCluster(port, 3),
  "ioredis": (port) => async (cast) => {
    const client = new Cluster([{ host: "127.0.0.1", port }], {
      lazyConnect: true,
    });
    client.on("error", () => {});
    await client.connect();
    cast.defer(() => ended(() => client.disconnect()));
    return cast.use(fromIoredis(client, PATIENT));
  },
};

function nodeRedisCluster(port: number, RESP: 2 | 3): Join {
  return async (cast) => {
    const client = createCluster({
      RESP,
      rootNodes: [{ url: `redis://127.0.0.1:${port}` }],
      defaults: { socket },
    });
    client.on("error", () => {});
    await client.connect();
    cast.defer(() => ended(() => client.destroy()));
    return cast.use(fromNodeRedis(client, PATIENT));
  };
}

const SENTINELS: Record<string, (sentinel: RedisSentinel) => Join> = {
  "node-redis by RESP2": (sentinel) => nodeRedisSentinel(sentinel, 2),
  "node-redis by RESP3": (sentinel) => nodeRedisSentinel(sentinel, 3),
  "ioredis": ({ name, port }) => (cast) => {
    const client = new Redis({
      name,
      sentinels: [{ host: "127.0.0.1", port }],
      lazyConnect: true,
    });
    client.on("error", () => {});
    cast.defer(() => client.disconnect());
    return Promise.resolve(cast.use(fromIoredis(client, PATIENT)));
  },
};

function nodeRedisSentinel(
  { name, port }: RedisSentinel,
  RESP: 2 | 3,
): Join {
  return async (cast) => {
    const client = createSentinel({
      name,
      RESP,
      sentinelRootNodes: [{ host: "127.0.0.1", port }],
      nodeClientOptions: { socket },
      sentinelClientOptions: { socket },
    });
    client.on("error", () => {});
    await client.connect();
    cast.defer(() => ended(() => client.destroy()));
    return cast.use(fromNodeRedis(client, PATIENT));
  };
}

/** Where everyone joins by a client of their own. */
async function stageOf(
  cast: AsyncDisposableStack,
  join: Join,
): Promise<Stage> {
  const transports = await Promise.all([join(cast), join(cast)]);
  return cast.use(
    new Stage({
      get redis() {
        return transports.pop()!;
      },
      namespaces: false,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  );
}

type Side = "exporter" | "responder";

interface Pair {
  readonly exporter: SignalExporter;
  readonly responder: SignalResponder;
}

/** An exporter, and a responder that answers everything but "start". */
async function pairOf(stage: Stage): Promise<Pair> {
  const responder = await stage.answering(({ event }) =>
    event === "start" ? undefined : { ras: 1 }
  );
  const exporter = await stage.exporter();
  assert(await exporter.initializeAndWait(1, ["start", "stop"]));
  return { exporter, responder };
}

/** Lets a server die in a wait, and goes on once those who were on it are back. */
async function failOver(
  pair: Pair,
  sides: readonly Side[],
  die: () => Promise<void>,
): Promise<void> {
  const { exporter, responder } = pair;
  const back = sides.map((side) =>
    eventOf(pair[side], "reconnect", { timeout: 20_000 })
  );
  const publishing = exporter.publishSignal("start", { timeout: 1_500 });
  await die();
  const { ok, missing } = await publishing;
  assertEquals([ok, [...missing.keys()]], [false, [responder.responderId]]);
  if (sides.includes("exporter")) {
    assertEquals([...missing.values()], ["disconnected"]);
  }
  await Promise.all(back);
  const { ok: okThen, acks } = await exporter.publishSignal("stop");
  assertEquals([okThen, [...acks.keys()]], [true, [responder.responderId]]);
}

/** Reads messages until one says this: what went to other nodes arrives late. */
async function reading(raw: RawRedis, text: string): Promise<void> {
  for (;;) {
    const message = await raw.read();
    if (Array.isArray(message) && message[2] === text) return;
  }
}

const CHANNEL: Readonly<Record<Side, string>> = {
  exporter: RESPONSE_CHANNEL,
  responder: SIGNAL_CHANNEL,
};

for (const [client, joinOf] of Object.entries(CLUSTERS)) {
  Deno.test({
    name: `a cluster through ${client} carries signals between its nodes`,
    ignore,
    async fn(t) {
      await using cluster = await RedisCluster.start();
      const join = joinOf(cluster.nodes[0]!.port);

      await t.step(
        "a message reaches every node and comes from any",
        async () => {
          await using cast = new AsyncDisposableStack();
          const transport = await join(cast);
          const listener = new Listener();
          await transport.subscribe(["in"], listener);
          for (const node of cluster.nodes) {
            await node.cli("PUBLISH", "in", String(node.port));
            using raw = await node.connect();
            await raw.command("SUBSCRIBE", "out");
            await transport.publish("out", String(node.port));
            await reading(raw, String(node.port));
          }
          await until(() => listener.messages.length === cluster.nodes.length, {
            what: "a message from every node",
          });
        },
      );

      for (const side of ["responder", "exporter"] as const) {
        await t.step(`the ${side}'s node dies in a wait`, async () => {
          await using cast = new AsyncDisposableStack();
          const pair = await pairOf(await stageOf(cast, join));
          const node = await cluster.nodeOf(CHANNEL[side]);
          const other = side === "exporter" ? "responder" : "exporter";
          const both = await cluster.nodeOf(CHANNEL[other]) === node;
          const hit = both ? [side, other] as const : [side];
          await failOver(pair, hit, () => cluster.failOver(node));
          await cluster.rejoin(node);
        });
      }
    },
  });
}

for (const [client, joinOf] of Object.entries(SENTINELS)) {
  Deno.test({
    name: `sentinels through ${client} lead to the new master`,
    ignore,
    async fn() {
      await using sentinel = await RedisSentinel.start();
      await using cast = new AsyncDisposableStack();
      const pair = await pairOf(await stageOf(cast, joinOf(sentinel)));
      await failOver(
        pair,
        ["exporter", "responder"],
        () => sentinel.failOver(),
      );
    },
  });
}
