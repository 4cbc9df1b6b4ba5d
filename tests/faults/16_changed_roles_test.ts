/**
 * Two servers that change roles: a replica takes PUBLISH without an error, but
 * passes nothing on.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../src/protocol/channels.ts";
import {
  RedisClient,
  RedisConnectionError,
  type RedisOptions,
  RedisRoleError,
} from "../../src/redis/mod.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import type { ResponderOptions } from "../../src/signals/responder/options.ts";
import { joinOnly, type Stage } from "../support/stage.ts";
import { until, within } from "../support/wait.ts";
import { SLACK, SWIFT } from "./link_stage.ts";
import { stageOn } from "./redis_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 3;
const TIMEOUT = 300;
/** Sends PINGs too seldom to notice a change of roles within a test. */
const TRUSTING: RedisOptions = { ...SWIFT, pingInterval: 60_000 };

scenario(
  16,
  "a process whose server has become a replica moves to the master among its hosts, or gets an error; no publish hangs",
  { needs: needsRedis("Servers that change roles are") },
  async (report) => {
    const tally = new Tally();
    const delays: number[] = [];
    await using pair = await Pair.open();
    await tally.try("swaps", async () => {
      await using stage = stageOn(pair.master);
      const follow = await connect(pair, stage);
      for (let round = 1; round <= ROUNDS; round++) {
        await tally.try(`swap ${round}`, async () => {
          delays.push(await follow());
        });
      }
    });
    for (
      const trial of [
        endWaits,
        answerAcross,
        findMaster,
        stayAtReplica,
      ]
    ) await tally.try(trial.name, () => trial(pair));
    report(
      tally.findings(`all work ${percentiles(delays)} after the roles changed`),
    );
  },
);

/** A master and its replica. */
class Pair implements AsyncDisposable {
  #master: RedisServer;
  #replica: RedisServer;

  static async open(): Promise<Pair> {
    const master = await RedisServer.start();
    const pair = new Pair(
      master,
      await RedisServer.start({ replicaOf: master }),
    );
    await pair.#sync();
    return pair;
  }

  private constructor(master: RedisServer, replica: RedisServer) {
    this.#master = master;
    this.#replica = replica;
  }

  get master(): RedisServer {
    return this.#master;
  }

  /** The addresses of both. */
  get hosts(): string[] {
    return [this.#master, this.#replica].map(({ hostname, port }) =>
      `${hostname}:${port}`
    );
  }

  get replica(): RedisServer {
    return this.#replica;
  }

  /** Changes their roles. */
  async swap(): Promise<void> {
    const [old, next] = [this.#master, this.#replica];
    await next.cli("REPLICAOF", "NO", "ONE");
    await old.cli("REPLICAOF", next.hostname, String(next.port));
    [this.#master, this.#replica] = [next, old];
    await this.#sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#replica.stop();
    await this.#master.stop();
  }

  async #sync(): Promise<void> {
    await until(
      async () => (await this.#replica.cli("ROLE")).includes("connected"),
      { what: "the replica to be in step" },
    );
  }
}

/** Resolves with a function that swaps the roles and measures the move in milliseconds. */
async function connect(
  pair: Pair,
  stage: Stage,
): Promise<() => Promise<number>> {
  const options = quietly({ ...SWIFT, hosts: pair.hosts });
  for (let count = 1; count <= 2; count++) await answer(stage, options);
  const exporter = await stage.exporter(options);
  assert(await exporter.initializeAndWait(2, ["state"]));
  return async () => {
    await pair.swap();
    const swappedAt = performance.now();
    await until(async () => {
      const since = performance.now();
      const result = await exporter
        .publishSignal("state", { timeout: TIMEOUT })
        .catch(() => undefined);
      const elapsed = performance.now() - since;
      assert(elapsed < TIMEOUT + SLACK, `settled after ${elapsed} ms`);
      return result?.ok && (await subscribersOf(pair.master)) === "2,1";
    }, { what: "all to meet on the new master" });
    const delay = performance.now() - swappedAt;
    assertEquals(await subscribersOf(pair.replica), "0,0");
    return delay;
  };
}

async function answer(stage: Stage, options: ResponderOptions): Promise<void> {
  const responder = await stage.responder(options);
  (async () => {
    for await (const signal of responder) {
      // A response may be lost with the link: the exporter's result shows it.
      await responder.srespond(signal, 1).catch(() => {});
    }
  })();
}

function quietly(redis: RedisOptions) {
  return { redis, logLevel: "CRITICAL" } as const;
}

async function subscribersOf(server: RedisServer): Promise<string> {
  const reply = await server.cli(
    ...["PUBSUB", "NUMSUB", SIGNAL_CHANNEL, RESPONSE_CHANNEL],
  );
  const [, signals, , responses] = reply.split("\n");
  return `${signals},${responses}`;
}

/** A response that can't arrive any more ends the publish. */
async function endWaits(pair: Pair): Promise<void> {
  await using stage = stageOn(pair.master);
  const options = quietly({ ...TRUSTING, hosts: pair.hosts });
  await stage.answering(joinOnly, options);
  const exporter = await stage.exporter(options);
  assert(await exporter.initializeAndWait(1, ["state"]));
  const publishing = exporter.publishSignal("state", { timeout: Infinity });
  await pair.swap();
  const { missing } = await within(publishing, { what: "the wait to end" });
  assertEquals([...missing.values()], ["disconnected"]);
}

/** A signal still arrives through the replica; the response has to go to the master. */
async function answerAcross(pair: Pair): Promise<void> {
  await using stage = stageOn(pair.master);
  await answer(stage, quietly({ ...TRUSTING, hosts: pair.hosts }));
  const before = await stage.exporter();
  // Publishes a signal without a roster while the roles are unchanged.
  await before.shutdown();
  await pair.swap();
  const exporter = await stage.exporter({
    redis: { ...TRUSTING, hosts: pair.hosts },
  });
  const waiting = { timeout: 5_000, periodic: 100 };
  assert(await exporter.initializeAndWait(1, ["state"], waiting));
  const { ok } = await exporter.publishSignal("state", { timeout: 5_000 });
  assert(ok);
}

/** The replicas are first in the list, and one of them does not know HELLO. */
async function findMaster({ master, replica }: Pair): Promise<void> {
  await using old = await RedisServer.start({
    replicaOf: master,
    args: ["--rename-command", "HELLO", ""],
  });
  await using listener = await RedisClient.connect(master.url);
  let heard = 0;
  await listener.subscribe(["news"], { message: () => heard++ });
  const [first, last] = [replica, master].map(({ url }) => new URL(url).host);
  const attempts: RedisOptions[] = [
    { url: `redis://${first},${last}`, protocol: 2 },
    { url: `redis://${first},${last}`, protocol: 3 },
    { url: `redis://${new URL(old.url).host},${last}` },
  ];
  for (const [index, options] of attempts.entries()) {
    await using client = await RedisClient.connect({ ...SWIFT, ...options });
    assertEquals(await client.publish("news", ""), 1);
    await until(() => heard === index + 1, { what: "the message" });
  }
}

/**
 * A client does not follow a replica's pointer to its master, because
 * credentials go only to the given hosts.
 */
async function stayAtReplica(pair: Pair): Promise<void> {
  const { url } = pair.master;
  await using client = await RedisClient.connect({ ...SWIFT, url });
  await pair.swap();
  await until(() => client.connection === undefined, {
    what: "the change of roles to be noticed",
  });
  const error = await assertRejects(
    () => client.publish("news", "", { timeout: TIMEOUT }),
    RedisConnectionError,
    "is a replica of",
  );
  assertEquals(error.outcome, "not-sent");
  await assertRejects(
    () => RedisClient.connect({ ...SWIFT, url, connectTimeout: 100 }),
    RedisRoleError,
    "name all hosts",
  );
}
