/**
 * Servers and networks that accept data and answer nothing.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisClient, RedisConnectionError } from "../../src/redis/mod.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import type { LinkChange } from "../../src/transport/transport.ts";
import type { Direction } from "../support/fault_proxy.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { joinOnly } from "../support/stage.ts";
import { until } from "../support/wait.ts";
import { LinkStage, SLACK, SWIFT } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 3;
const HANDSHAKE_TIMEOUT = 200;
const CHANNEL = "c";

scenario(
  4,
  "a connect to a server that is SIGSTOPped fails at the handshake timeout, and succeeds after SIGCONT",
  { needs: needsRedis("Servers that stand still are") },
  async (report) => {
    const tally = new Tally();
    const after: number[] = [];
    await using stage = await LinkStage.open();
    const { server } = stage;
    const { url, unixSocket: path } = server;
    const deadline = {
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      connectTimeout: 0,
    };
    const redis = { url, ...deadline };
    const connects = {
      client: () => RedisClient.connect(redis),
      exporter: () => SignalExporter.connect("fio", { redis }),
      responder: () => SignalResponder.connect({ redis }),
      "client by a unix socket": () =>
        RedisClient.connect({ path, ...deadline }),
    };
    for (let round = 1; round <= ROUNDS; round++) {
      server.suspend();
      for (const [who, connect] of Object.entries(connects)) {
        await tally.try(`${who}, round ${round}`, async () => {
          after.push(await failInTime(connect));
        });
      }
      await tally.try(`server that goes on, round ${round}`, async () => {
        const connecting = RedisClient.connect({
          ...redis,
          connectTimeout: 10_000,
        });
        await sleep(HANDSHAKE_TIMEOUT / 2);
        server.resume();
        await using client = await connecting;
        assertEquals(await client.send("PING"), "PONG");
      });
    }
    report(tally.findings(
      `gave up after ${percentiles(after)}, deadline ${HANDSHAKE_TIMEOUT} ms`,
    ));
  },
);

/** Resolves with the milliseconds until the failure. */
async function failInTime(connect: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await assertRejects(
    connect,
    RedisConnectionError,
    `it was not ready within ${HANDSHAKE_TIMEOUT} ms`,
  );
  const elapsed = performance.now() - since;
  assert(elapsed < HANDSHAKE_TIMEOUT + SLACK, `it took ${elapsed} ms`);
  return elapsed;
}

const WAYS = ["both", "toServer", "toClient"] as const;
type Way = Direction | "both";
const DETECTION = SWIFT.pingInterval + SWIFT.pingTimeout;

scenario(
  5,
  "a blackhole in one or both directions is detected by a PING on each connection, and the link is remade after it",
  { needs: needsRedis("Blackholes are") },
  async (report) => {
    const tally = new Tally();
    const detections: Record<Way, number[]> = {
      both: [],
      toServer: [],
      toClient: [],
    };
    for (let round = 1; round <= ROUNDS; round++) {
      await Promise.all(WAYS.flatMap((way) => [
        tally.try(`${way}, commands, round ${round}`, async () => {
          detections[way].push(await findByCommands(way));
        }),
        tally.try(`${way}, subscriptions, round ${round}`, async () => {
          detections[way].push(await findBySubscriptions(way));
        }),
        tally.try(`${way}, wait, round ${round}`, () => loseInWait(way)),
      ]));
    }
    const told = WAYS.map((way) => `${way} ${percentiles(detections[way])}`);
    report(tally.findings(`found ${told.join("; ")}; limit ${DETECTION} ms`));
  },
);

/** Resolves with the milliseconds until the client dialled again. */
async function findByCommands(way: Way): Promise<number> {
  await using stage = await LinkStage.open();
  const proxy = await stage.proxy();
  await using client = await RedisClient.connect({ ...SWIFT, url: proxy.url });
  const since = performance.now();
  proxy.blackhole(way);
  const at = await until(() => proxy.acceptedAt[1], { what: "another dial" });
  await proxy.heal();
  assertEquals(await client.publish(CHANNEL, "p"), 0);
  return inTime(at - since);
}

/** Resolves with the milliseconds until the sink got "down". */
async function findBySubscriptions(way: Way): Promise<number> {
  await using stage = await LinkStage.open();
  const proxy = await stage.proxy();
  await using client = await RedisClient.connect({ ...SWIFT, url: proxy.url });
  const changes: (LinkChange & { at: number })[] = [];
  const messages: string[] = [];
  await client.subscribe([CHANNEL], {
    message: (payload) => void messages.push(payload),
    link: (change) => void changes.push({ ...change, at: performance.now() }),
  });
  const since = performance.now();
  proxy.blackhole(way);
  await until(() => changes.length, { what: "the link to be down" });
  await proxy.heal();
  await until(() => changes.length > 1, { what: "the link to be back" });
  await stage.subscribers(CHANNEL, 1);
  assertEquals(await stage.server.cli("PUBLISH", CHANNEL, "p"), "1");
  await until(() => messages.length, { what: "the message" });
  assertEquals(messages, ["p"]);
  assertEquals(changes.map(({ state }) => state), ["down", "up"]);
  return inTime(changes[0]!.at - since);
}

async function loseInWait(way: Way): Promise<void> {
  await using stage = await LinkStage.open();
  const { party: exporter, proxy } = await stage.exporter();
  const { party: responder } = await stage.responder(joinOnly);
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  proxy.blackhole(way);
  const timeout = DETECTION + SLACK / 2;
  const { missing, elapsed } = await exporter.publishSignal("start", {
    timeout,
  });
  assertEquals([...missing], [[responder.responderId, "disconnected"]]);
  assert(elapsed < timeout + SLACK, `settled after ${elapsed} ms`);
}

function inTime(detection: number): number {
  assert(detection < DETECTION + SLACK, `found after ${detection} ms`);
  return detection;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
