/**
 * A server that listens but is not ready: loading its data, or full.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  RedisClient,
  RedisConnectionError,
  type RedisOptions,
  RedisProtocolError,
} from "../../src/redis/mod.ts";
import { RawRedis } from "../support/raw_redis.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { joinOnly } from "../support/stage.ts";
import { eventOf, until } from "../support/wait.ts";
import { LinkStage, SWIFT } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 3;
/** The number of keys; each takes a millisecond to load. */
const KEYS = "600";
const SLOW_LOADING = {
  enableDebugCommand: true,
  args: [
    ...["--key-load-delay", "1000"],
    ...["--loading-process-events-interval-bytes", "1024"],
  ],
};
const MAX_CLIENTS = 3;

scenario(
  14,
  "a connect to a server that is loading or full fails, and is retried until the server is ready",
  { needs: needsRedis("Servers that are not ready are") },
  async (report) => {
    const tally = new Tally();
    const delays: number[] = [];
    await using stage = await LinkStage.open(SLOW_LOADING);
    await stage.server.cli("DEBUG", "POPULATE", KEYS);
    await stage.server.cli("SAVE");
    const { party: exporter } = await stage.exporter();
    const { party: responder } = await stage.responder(joinOnly);
    assert(await exporter.initializeAndWait(1, ["start"]));
    for (let round = 1; round <= ROUNDS; round++) {
      await tally.try(`loading, round ${round}`, async () => {
        delays.push(...await load(stage.server, [exporter, responder]));
      });
    }
    await using server = await RedisServer.start({
      args: ["--maxclients", String(MAX_CLIENTS)],
    });
    for (const protocol of [2, 3] as const) {
      await tally.try(`full, RESP${protocol}`, () => fill(server, protocol));
    }
    report(tally.findings(`connected ${percentiles(delays)} after loading`));
  },
);

/** Resolves with the milliseconds from the end of loading to each connection. */
async function load(
  server: RedisServer,
  peers: readonly EventTarget[],
): Promise<number[]> {
  const reconnecting = peers.map((peer) => eventOf(peer, "reconnect"));
  await server.restart("listening");
  const connect = async (options: RedisOptions) => {
    await using _client = await RedisClient.connect({
      ...SWIFT,
      url: server.url,
      ...options,
    });
  };
  await assertRejects(
    () => connect({ connectTimeout: 0 }),
    RedisConnectionError,
    "LOADING",
  );
  const connected = [...reconnecting, connect({ connectTimeout: 10_000 })];
  const readyAt = connected.map(async (ready) => {
    await ready;
    const at = performance.now();
    const info = await server.cli("INFO", "persistence");
    assert(/^loading:0/m.test(info), "it is still loading");
    return at;
  });
  await until(() => server.cli("PING").catch(() => ""), { what: "the end" });
  const loadedAt = performance.now();
  return (await Promise.all(readyAt)).map((at) => at - loadedAt);
}

/** A client that is connected but can't open the second connection that it needs. */
async function fill(server: RedisServer, protocol: 2 | 3): Promise<void> {
  const options = { ...SWIFT, url: server.url, protocol, connectTimeout: 200 };
  await using client = await RedisClient.connect(options);
  using crowd = new DisposableStack();
  const others: RawRedis[] = [];
  while (others.length < MAX_CLIENTS - 1) {
    others.push(crowd.use(await RawRedis.connect(server)));
  }
  for (
    const attempt of [
      () => RedisClient.connect(options),
      () => client.subscribe(["channel"], { message: () => {} }),
    ]
  ) {
    const error = await assertRejects(
      attempt,
      RedisConnectionError,
      "max number of clients reached",
    );
    assert(
      !(error instanceof RedisProtocolError),
      "the stream was out of step",
    );
  }
  assertEquals(await client.publish("channel", ""), 0);

  const received = Promise.withResolvers<string>();
  const subscribing = client.subscribe(["channel"], {
    message: received.resolve,
  });
  crowd.dispose();
  await subscribing;
  assertEquals(await client.publish("channel", "room"), 1);
  assertEquals(await received.promise, "room");
}
