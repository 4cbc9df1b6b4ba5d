/**
 * The commands that the broker is there for: publishing and subscribing.
 *
 * @module
 */
import { aggregate, integer } from "../../resp/encode.ts";
import { binaryBulk, toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import {
  type Args,
  type BrokerCommand,
  CommandTable,
} from "./command_table.ts";
import type { Kind } from "../hub.ts";
import { nil } from "./replies.ts";
import type { Server } from "../server.ts";

/**
 * Bytes of the longest channel name or pattern. Matching takes up to the
 * product of both lengths, so this is what bounds the time of a PUBLISH.
 */
const MAX_NAME = 1024;

/** Publishing, subscribing and asking who is subscribed. */
export const pubSubCommands: readonly BrokerCommand[] = [
  { name: "publish", arity: 3, run: publish },
  { name: "spublish", arity: 3, run: publishToShard },
  subscribing("channel", "subscribe"),
  subscribing("pattern", "psubscribe"),
  subscribing("shard", "ssubscribe"),
  unsubscribing("channel", "unsubscribe"),
  unsubscribing("pattern", "punsubscribe"),
  unsubscribing("shard", "sunsubscribe"),
  {
    name: "pubsub",
    arity: -2,
    subcommands: new CommandTable([
      listing("channel", "pubsub|channels"),
      counting("channel", "pubsub|numsub"),
      listing("shard", "pubsub|shardchannels"),
      counting("shard", "pubsub|shardnumsub"),
      {
        name: "pubsub|numpat",
        arity: 2,
        run: (client, _args, { hub }) =>
          client.reply(integer(hub.size("pattern"))),
      },
    ]),
  },
];

function publish(client: Client, args: Args, server: Server): void {
  if (refusesName(client, args, 1, 2)) return;
  const receivers = server.hub.publish(toBinaryString(args[1]!), args[2]!);
  published(client, receivers, server);
}

function publishToShard(client: Client, args: Args, server: Server): void {
  if (refusesName(client, args, 1, 2)) return;
  const channel = toBinaryString(args[1]!);
  const receivers = server.hub.publishToShard(channel, args[2]!);
  published(client, receivers, server);
}

function published(client: Client, receivers: number, server: Server): void {
  server.counters.published++;
  server.counters.delivered += receivers;
  client.reply(integer(receivers));
}

function subscribing(kind: Kind, name: string): BrokerCommand {
  return {
    name,
    arity: -2,
    whileSubscribed: true,
    run(client, args, { limits }) {
      if (refusesName(client, args, 1, args.length)) return;
      const names = args.slice(1).map(toBinaryString);
      const known = client.subscriptions[kind];
      const added = names.filter((name) => !known.has(name)).length;
      if (client.subscribed + added > limits.maxChannels) {
        return client.fail(
          `ERR a client can be subscribed to ${limits.maxChannels} channels at most`,
        );
      }
      for (const channel of names) {
        client.subscribe(kind, channel);
        confirm(client, kind, name, channel);
      }
    },
  };
}

function unsubscribing(kind: Kind, name: string): BrokerCommand {
  return {
    name,
    arity: -1,
    whileSubscribed: true,
    run(client, args) {
      const names = args.length > 1
        ? args.slice(1).map(toBinaryString)
        : [...client.subscriptions[kind]];
      for (const channel of names) {
        client.unsubscribe(kind, channel);
        confirm(client, kind, name, channel);
      }
      if (names.length === 0) confirm(client, kind, name, null);
    },
  };
}

/** Channels and patterns are counted together, shard channels apart. */
function confirm(
  client: Client,
  kind: Kind,
  command: string,
  name: string | null,
): void {
  const { channel, pattern, shard } = client.subscriptions;
  const count = kind === "shard" ? shard.size : channel.size + pattern.size;
  client.reply(
    aggregate(client.resp === 2 ? "*" : ">", 3) + binaryBulk(command) +
      (name === null ? nil(client.resp) : binaryBulk(name)) + integer(count),
  );
}

function listing(kind: Kind, name: string): BrokerCommand {
  return {
    name,
    arity: -2,
    run(client, args, { hub }) {
      if (args.length > 3) {
        return client.fail(
          `ERR unknown subcommand or wrong number of arguments for '${
            toBinaryString(args[1]!)
          }'. Try PUBSUB HELP.`,
        );
      }
      if (refusesName(client, args, 2, args.length)) return;
      const pattern = args[2] && toBinaryString(args[2]);
      const names = [...hub.names(kind, pattern)];
      client.reply(aggregate("*", names.length));
      for (const name of names) client.reply(binaryBulk(name));
    },
  };
}

function counting(kind: Kind, name: string): BrokerCommand {
  return {
    name,
    arity: -2,
    run(client, args, { hub }) {
      client.reply(aggregate("*", (args.length - 2) * 2));
      for (const arg of args.slice(2)) {
        const channel = toBinaryString(arg);
        client.reply(
          binaryBulk(channel) + integer(hub.count(kind, channel)),
        );
      }
    },
  };
}

/** Whether one of the words from `start` to `end` is too long for a name; replies so. */
function refusesName(
  client: Client,
  args: Args,
  start: number,
  end: number,
): boolean {
  for (let i = start; i < end; i++) {
    if (args[i]!.length > MAX_NAME) {
      client.fail(
        `ERR a channel or pattern can have ${MAX_NAME} bytes at most`,
      );
      return true;
    }
  }
  return false;
}
