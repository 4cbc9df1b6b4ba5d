/**
 * Correlation and liveness for a user of the server with restricted permissions.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import type { RedisOptions } from "../../mod.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import {
  DEFAULT_USER_OFF,
  leastPrivilegeUser,
  OWN_CHANNELS,
} from "../support/redis_acl.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { Stage } from "../support/stage.ts";
import { Reader } from "./reader.ts";

const { ignore } = needsRedis("Trust under a restricted ACL");

const LOGIN = { username: "signals", password: "sesame" };
const USER = leastPrivilegeUser(LOGIN.username, LOGIN.password);

/** Milliseconds of work, during which subscribers are counted more than once. */
const WORK = 1_200;
const HEARTBEAT = 600;

Deno.test({
  name:
    "without permission for the own channels, publishes work, and each peer logs once that it notices no deaths",
  ignore,
  async fn() {
    await using server = await start(USER);
    await using stage = stageOn(server);
    await work(stage);
    assertEquals(warnings(stage), [
      "Exporters will notice late if this responder dies",
      "Responders will not notice if this exporter dies",
    ]);
  },
});

Deno.test({
  name:
    "without permission to count subscribers, the heartbeat notices a death, and each peer logs that once",
  ignore,
  async fn() {
    const user = `${USER} ${OWN_CHANNELS}`.replace(" +pubsub|numsub", "");
    await using server = await start(user);
    await using stage = stageOn(server);
    await using proxy = await FaultProxy.start({ port: server.port });
    await work(stage);
    const line =
      "Peers that die are noticed late, as subscribers can't be counted";
    assertEquals(warnings(stage), [line, line]);

    const responder = await stage.responder({
      redis: { ...LOGIN, url: proxy.url },
    });
    const reader = new Reader(responder);
    const exporter = await stage.exporter({ heartbeatTimeout: HEARTBEAT });
    assert(await exporter.initializeAndWait(1, ["start"]));
    const publishing = exporter.publishSignal("start", { timeout: 5_000 });
    await reader.next("start");
    proxy.blackhole();
    const { missing, elapsed } = await publishing;
    assertEquals([...missing], [[responder.responderId, "lost"]]);
    assert(elapsed >= HEARTBEAT, `lost after ${elapsed} ms`);
  },
});

async function start(user: string): Promise<RedisServer> {
  return await RedisServer.start({ acl: [DEFAULT_USER_OFF, user] });
}

function stageOn({ hostname, port }: RedisServer): Stage {
  const redis: RedisOptions = { ...LOGIN, hostname, port };
  return new Stage({
    redis,
    namespaces: false,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

/** Asserts that a late response does not count and that long work is waited for. */
async function work(stage: Stage): Promise<void> {
  const responder = await stage.responder();
  const reader = new Reader(responder);
  const exporter = await stage.exporter();
  assert(await exporter.initializeAndWait(1, ["start"]));
  await exporter.publishSignal("start", { timeout: 5 });
  const late = await reader.next("start");
  const publishing = exporter.publishSignal("start");
  const current = await reader.next("start");
  await responder.srespond(late, 1);
  await delay(WORK);
  await responder.srespond(current, 0);
  assertEquals((await publishing).code, 1);
  await exporter.shutdown();
  await Promise.all([exporter.close(), responder.close()]);
}

/** The warnings, except about roll calls, without the reasons of the server. */
function warnings({ logged }: Stage): string[] {
  return logged.filter((line) =>
    line.startsWith("warn: ") && !line.includes("roll calls")
  )
    .map((line) => line.slice("warn: ".length).split(":")[0]!).sort();
}
