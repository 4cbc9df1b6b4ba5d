/**
 * A server that refuses a user the login or some channels.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { setTimeout as sleep } from "node:timers/promises";
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../src/protocol/channels.ts";
import {
  RedisAuthError,
  RedisClient,
  type RedisOptions,
  RedisPermissionError,
} from "../../src/redis/mod.ts";
import type { DisconnectDetail } from "../../src/signals/events.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { Inbox } from "../support/inbox.ts";
import { DEFAULT_USER_OFF, leastPrivilegeUser } from "../support/redis_acl.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { within } from "../support/wait.ts";
import { SWIFT } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const PASSWORD = "open-sesame";
const APP = { username: "app", password: PASSWORD };
/** Milliseconds in which a client that retries would have connected many times. */
const RETRIES = 300;

const REFUSED: Readonly<Record<string, RedisOptions>> = {
  "no credentials": {},
  "a wrong password": { ...APP, password: `not ${PASSWORD}` },
  "an unknown user": { ...APP, username: "unknown" },
  "a user switched off": { ...APP, username: "former" },
};

const TRIALS: Readonly<Record<string, (door: Door) => Promise<void>>> = {
  "forbidden channels": refuseChannels,
  "forbidden roles": refuseRoles,
  "a user who is switched off": switchOff,
  "a channel that is revoked": revokeChannel,
};

scenario(
  15,
  "a refused login is a typed error without a retry; a forbidden channel is named, and other channels still work",
  { needs: needsRedis("Refused users are") },
  async (report) => {
    const tally = new Tally();
    const delays: number[] = [];
    for (const protocol of [2, 3] as const) {
      await using door = await Door.open(protocol);
      for (const [name, credentials] of Object.entries(REFUSED)) {
        await tally.try(`${name}, RESP${protocol}`, async () => {
          delays.push(await refuseLogin(door, credentials));
        });
      }
      for (const [name, trial] of Object.entries(TRIALS)) {
        await tally.try(`${name}, RESP${protocol}`, () => trial(door));
      }
    }
    report(tally.findings(`refused after one try, ${percentiles(delays)}`));
  },
);

/** A server with users, and a proxy that counts the connections. */
class Door implements AsyncDisposable {
  readonly server: RedisServer;
  readonly #proxy: FaultProxy;
  readonly #protocol: 2 | 3;

  static async open(protocol: 2 | 3): Promise<Door> {
    const user = leastPrivilegeUser("app", PASSWORD);
    const server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, user, user.replace("app on", "former off")],
    });
    return new Door(server, await FaultProxy.start(server), protocol);
  }

  private constructor(server: RedisServer, proxy: FaultProxy, protocol: 2 | 3) {
    this.server = server;
    this.#proxy = proxy;
    this.#protocol = protocol;
  }

  /** The number of connections so far. */
  get visits(): number {
    return this.#proxy.acceptedAt.length;
  }

  options(credentials: RedisOptions = APP): RedisOptions {
    const { url } = this.#proxy;
    return { ...SWIFT, url, protocol: this.#protocol, ...credentials };
  }

  /** A new user with the rights of the others, on these channels only. */
  async user(...channels: string[]): Promise<RedisOptions> {
    const username = crypto.randomUUID();
    const [, ...rules] = leastPrivilegeUser(username, PASSWORD).split(" ");
    await this.setUser(username, ...rules, ...onlyChannels(...channels));
    return this.options({ username, password: PASSWORD });
  }

  /** Changes a user's rules. */
  async setUser(username: string, ...rules: string[]): Promise<void> {
    await this.server.cli("ACL", "SETUSER", username, ...rules);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy.stop();
    await this.server.stop();
  }
}

/** Resolves with the milliseconds until the refusal. */
async function refuseLogin(
  door: Door,
  credentials: RedisOptions,
): Promise<number> {
  const { visits } = door;
  const since = performance.now();
  const { message } = await assertRejects(
    () => RedisClient.connect(door.options(credentials)),
    RedisAuthError,
  );
  const delay = performance.now() - since;
  assertEquals(door.visits - visits, 1);
  assert(!message.includes(PASSWORD), message);
  return delay;
}

async function refuseChannels(door: Door): Promise<void> {
  await using client = await RedisClient.connect(door.options());
  const heard = new Inbox<string>();
  const sink = {
    message: (payload: string, channel: string) =>
      heard.put(`${channel}: ${payload}`),
  };
  await client.subscribe([SIGNAL_CHANNEL], sink);
  const { visits } = door;
  for (
    const attempt of [
      () => client.publish("secrets", ""),
      () => client.subscribe(["secrets"], sink),
      () => client.subscribe([RESPONSE_CHANNEL, "secrets"], sink),
    ]
  ) {
    await assertRejects(attempt, RedisPermissionError, '"secrets"');
  }
  assertEquals(await client.publish(RESPONSE_CHANNEL, "unheard"), 0);
  await client.subscribe([RESPONSE_CHANNEL], sink);
  for (const channel of [SIGNAL_CHANNEL, RESPONSE_CHANNEL]) {
    assertEquals(await client.publish(channel, "hello"), 1);
    const message = await heard.take({ what: "the message" });
    assertEquals(message, `${channel}: hello`);
  }
  assertEquals(door.visits, visits);
}

async function refuseRoles(door: Door): Promise<void> {
  const mute = await door.user(RESPONSE_CHANNEL);
  await assertRejects(
    () => SignalResponder.connect({ redis: mute }),
    RedisPermissionError,
    SIGNAL_CHANNEL,
  );
  const deaf = await door.user(SIGNAL_CHANNEL);
  await using exporter = await SignalExporter.connect("fio", { redis: deaf });
  await assertRejects(
    () => exporter.initializeAndWait(1, ["start"]),
    RedisPermissionError,
    RESPONSE_CHANNEL,
  );
}

/** A user that is switched off keeps its connections, but can't connect again. */
async function switchOff(door: Door): Promise<void> {
  const redis = await door.user(SIGNAL_CHANNEL, RESPONSE_CHANNEL);
  await using exporter = await SignalExporter.connect("fio", quietly(redis));
  await using responder = await SignalResponder.connect(quietly(redis));
  const signals = responder.listen();
  await exporter.initialize(["start"], { expected: [responder.responderId] });
  await signals.next();
  const ends = [exporter, responder].map(finalCause);
  const publishing = exporter.publishSignal("start", { timeout: Infinity });
  await signals.next();
  const { visits } = door;
  await door.setUser(redis.username!, "off");
  await door.server.cli("CLIENT", "KILL", "USER", redis.username!);
  const { missing } = await within(publishing, { what: "the wait to end" });
  assertEquals([...missing.values()], ["disconnected"]);
  for (const end of ends) assertInstanceOf(await end, RedisAuthError);
  await assertRejects(() => signals.next(), RedisAuthError);
  for (
    const attempt of [
      () => exporter.publishSignal("start", { timeout: Infinity }),
      () => responder.respond({ publisherId: "fio-1", event: "start" }),
    ]
  ) {
    await within(assertRejects(attempt, RedisAuthError), { what: "an error" });
  }
  await sleep(RETRIES);
  // One attempt for each of the four lost links, and one for each of the two calls.
  const tries = door.visits - visits;
  assert(tries >= 4 && tries <= 6, `${tries} tries`);
}

/** The server ends a subscription whose permission is revoked. */
async function revokeChannel(door: Door): Promise<void> {
  const redis = await door.user(SIGNAL_CHANNEL, RESPONSE_CHANNEL);
  await using responder = await SignalResponder.connect(quietly(redis));
  const end = finalCause(responder);
  const next = assertRejects(
    () => responder.listen().next(),
    RedisPermissionError,
    SIGNAL_CHANNEL,
  );
  const { visits } = door;
  await door.setUser(redis.username!, ...onlyChannels(RESPONSE_CHANNEL));
  assertInstanceOf(await end, RedisPermissionError);
  await next;
  await responder.respond({ publisherId: "fio-1", event: "start" });
  await sleep(RETRIES);
  assertEquals(door.visits - visits, 1);
}

/** The cause for which the link of an exporter or responder is lost for good. */
function finalCause(peer: EventTarget): Promise<Error> {
  const lost = Promise.withResolvers<Error>();
  peer.addEventListener("disconnect", (event) => {
    const { final, cause } = (event as CustomEvent<DisconnectDetail>).detail;
    if (final) lost.resolve(cause);
  });
  return within(lost.promise, { what: "the link to be lost for good" });
}

function quietly(redis: RedisOptions) {
  return { redis, logLevel: "CRITICAL" } as const;
}

/** The ACL rules that allow these channels only. */
function onlyChannels(...channels: string[]): string[] {
  return ["resetchannels", ...channels.map((channel) => `&${channel}`)];
}
