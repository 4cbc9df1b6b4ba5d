/**
 * The two versions of the Redis protocol, and servers that know only one.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { RedisClient, type RedisOptions } from "../../src/redis/mod.ts";
import type { Sink } from "../../src/transport/transport.ts";
import { type FakePeer, FakeServer } from "../support/fake_server.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { Inbox } from "../support/inbox.ts";
import { DEFAULT_USER_OFF, leastPrivilegeUser } from "../support/redis_acl.ts";
import { needsRedis } from "../support/redis_binary.ts";
import {
  RedisServer,
  type RedisServerOptions,
} from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import { SWIFT } from "./link_stage.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

/** Words of the protocol itself, used as payloads. */
const WORDS = [
  ...["message", "subscribe", "unsubscribe", "pong", "PONG", "+PONG\r\n"],
  ...["-ERR no error", ">3\r\n$7\r\nmessage\r\n", "*-1\r\n", "_\r\n", ""],
];
const CHANNELS = ["message", "pong", "unsubscribe"];

const USER = { username: "app", password: "open-sesame" };

/** Servers that refuse HELLO, and some other commands. */
const OLD_SERVERS: Readonly<
  Record<string, [server: RedisServerOptions, client: RedisOptions]>
> = {
  "HELLO is unknown": [{ args: ["--rename-command", "HELLO", ""] }, {}],
  "HELLO is unknown, and a password needed": [
    { args: ["--rename-command", "HELLO", ""], password: USER.password },
    { password: USER.password },
  ],
  "HELLO is forbidden": [
    {
      acl: [
        DEFAULT_USER_OFF,
        `${
          leastPrivilegeUser(USER.username, USER.password)
        } -hello allchannels`,
      ],
    },
    USER,
  ],
  "HELLO and CLIENT are unknown": [
    {
      args: [
        ...["--rename-command", "HELLO", ""],
        ...["--rename-command", "CLIENT", ""],
      ],
    },
    { clientName: "fio" },
  ],
};

scenario(
  17,
  "RESP2 and RESP3 give the same events, and a server without HELLO works as well",
  { needs: needsRedis("Both wire formats are") },
  async (report) => {
    const tally = new Tally();
    const logs: string[][] = [];
    for (const protocol of [2, 3] as const) {
      await tally.try(`events, RESP${protocol}`, async () => {
        logs.push(await eventsOver(protocol));
      });
      await tally.try(
        `unsubscribed from null, RESP${protocol}`,
        () => unsubscribeFromNull(protocol),
      );
    }
    await tally.try("alike", () => assertEquals(logs[0], logs[1]));
    await tally.try("a push before a reply", pushBeforeReply);
    for (const [name, options] of Object.entries(OLD_SERVERS)) {
      await tally.try(name, () => meetOldServer(...options));
    }
    await tally.try("HELLO knows no version 3", meetNoProto);
    report(tally.findings(`${logs[0]?.length} events alike in both`));
  },
);

/** All events of a subscriber in order. */
async function eventsOver(protocol: 2 | 3): Promise<string[]> {
  await using server = await RedisServer.start();
  const { port } = server;
  await using proxy = await FaultProxy.start({ port, record: true });
  const { url } = proxy;
  await using client = await RedisClient.connect({ ...SWIFT, url, protocol });
  const heard = new Inbox<string>();
  const log: string[] = [];
  const sink: Sink = {
    message: (payload, channel) => heard.put(`${channel}: ${payload}`),
    unreadable: (reason, channel) => heard.put(`${channel}, ${reason}`),
    link: ({ state }) => heard.put(state),
  };
  const publish = async (channel: string, text: string) => {
    log.push(`${await client.publish(channel, text)} receivers`);
    log.push(await heard.take({ what: `"${text}" on "${channel}"` }));
  };
  const subscriptions = [];
  for (const channel of CHANNELS) {
    subscriptions.push(await client.subscribe([channel], sink));
    for (const word of WORDS) await publish(channel, word);
  }
  assertEquals(protocolsOf(proxy), protocol === 2 ? ["*"] : [">"]);
  await outlivePong(proxy);
  await server.cli("CLIENT", "KILL", "TYPE", "pubsub");
  for (const change of ["down", "up"]) {
    log.push(await heard.take({ what: `the link to be ${change}` }));
  }
  for (const subscription of subscriptions) {
    await publish(CHANNELS.at(-1)!, "last words");
    await subscription.close();
  }
  await outlivePong(proxy);
  for (const channel of CHANNELS) {
    log.push(`${await client.publish(channel, "unheard")} receivers`);
  }
  assertEquals(proxy.acceptedAt.length, 3, "there was another reconnect");
  return [...log, ...heard.drain()];
}

/** The RESP types in which messages arrived. */
function protocolsOf({ recordings }: FaultProxy): string[] {
  const text = recordings.map((each) => each.text("toClient")).join("");
  const types = text.matchAll(/(.)3\r\n\$7\r\nmessage\r\n\$\d+\r\n\w/g);
  return [...new Set([...types].map(([, type]) => type!))];
}

/** Waits until the newest connection has survived a reply to PING, in either form. */
async function outlivePong({ recordings }: FaultProxy): Promise<void> {
  const newest = recordings.at(-1)!;
  const count = () =>
    newest.text("toClient").match(/\+PONG\r\n|\$4\r\npong\r\n/g)?.length ?? 0;
  const before = count();
  await until(() => count() >= before + 2, { what: "the next two PONGs" });
}

/** The server replies to UNSUBSCRIBE with null in place of the channel. */
async function unsubscribeFromNull(protocol: 2 | 3): Promise<void> {
  await using server = FakeServer.listen(
    (peer) => greet(peer, protocol),
    async (peer) => {
      await greet(peer, protocol);
      await peer.expect("SUBSCRIBE", "news");
      await peer.reply(pushed(protocol, "+subscribe\r\n+news\r\n:1\r\n"));
      await peer.expect("UNSUBSCRIBE", "news");
      const none = protocol === 2 ? "$-1\r\n" : "_\r\n";
      await peer.reply(pushed(protocol, `+unsubscribe\r\n${none}:0\r\n`));
      await peer.expect("SUBSCRIBE", "sports");
      await peer.reply(pushed(protocol, "+subscribe\r\n+sports\r\n:1\r\n"));
    },
  );
  const { url } = server;
  await using client = await RedisClient.connect({ url, protocol });
  const sink = { message: () => {} };
  const subscription = await client.subscribe(["news"], sink);
  await subscription.close();
  await client.subscribe(["sports"], sink);
  assertEquals(server.connections, 2);
}

/** An unsolicited push arrives between a command and its reply. */
async function pushBeforeReply(): Promise<void> {
  await using server = FakeServer.listen(async (peer) => {
    await greet(peer, 3);
    await peer.expect("PUBLISH", "news", "hello");
    await peer.reply(pushed(3, "+message\r\n+news\r\n+hello\r\n"));
    await peer.reply(">2\r\n+invalidate\r\n*1\r\n+key\r\n:7\r\n");
  });
  await using client = await RedisClient.connect(server.url);
  assertEquals(await client.publish("news", "hello"), 7);
}

async function greet(peer: FakePeer, protocol: 2 | 3): Promise<void> {
  if (protocol === 3) {
    await peer.expect("HELLO", "3");
    await peer.reply("%1\r\n+proto\r\n:3\r\n");
  }
  await peer.expect("PING");
  await peer.reply("+PONG\r\n");
  if (protocol === 3) return;
  await peer.expect("ROLE");
  await peer.reply("-ERR unknown command\r\n");
}

function pushed(protocol: 2 | 3, items: string): string {
  return `${protocol === 2 ? "*" : ">"}3\r\n${items}`;
}

async function meetOldServer(
  serverOptions: RedisServerOptions,
  clientOptions: RedisOptions,
): Promise<void> {
  await using server = await RedisServer.start(serverOptions);
  await using client = await RedisClient.connect({
    hostname: server.hostname,
    port: server.port,
    ...clientOptions,
  });
  const heard = Promise.withResolvers<string>();
  await client.subscribe(["event-signal-pubsub"], { message: heard.resolve });
  assertEquals(await client.publish("event-signal-pubsub", "hello"), 1);
  assertEquals(await heard.promise, "hello");
}

async function meetNoProto(): Promise<void> {
  await using server = FakeServer.listen(async (peer) => {
    await peer.expect("HELLO", "3", "SETNAME", "fio");
    await peer.reply("-NOPROTO unsupported protocol version\r\n");
    await peer.expect("CLIENT", "SETNAME", "fio");
    await peer.reply("-ERR unknown subcommand\r\n");
    await peer.expect("PING");
    await peer.reply("+PONG\r\n");
    await peer.expect("ROLE");
    await peer.reply("-ERR unknown command\r\n");
    await peer.expect("PUBLISH", "news", "hello");
    await peer.reply(":1\r\n");
  });
  await using client = await RedisClient.connect({
    url: server.url,
    clientName: "fio",
  });
  assertEquals(await client.publish("news", "hello"), 1);
}
