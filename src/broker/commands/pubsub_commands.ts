/**
 * The commands for publishing and subscribing.
 *
 * @module
 */
import { aggregate, integer } from "../../resp/encode.ts";
import { binaryBulk, toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import { globMatches } from "../hub/glob.ts";
import type { ChannelKind, Kind } from "../hub/hub.ts";
import { matchingCost } from "../hub/pattern_search.ts";
import type { Work } from "../pace.ts";
import type { Server } from "../server.ts";
import {
  type Args,
  type BrokerCommand,
  CommandTable,
} from "./command_table.ts";
import { nil } from "./replies.ts";
import { inLane } from "./run.ts";

/**
 * Bytes of the longest channel name or pattern. It bounds the time to match one
 * pattern, because that may take as many steps as the product of both lengths.
 */
const MAX_NAME = 1024;
/** Microseconds that a PUBLISH may take without being cut into slices. */
const QUICK = 500;

/** Publishing, subscribing, and counting subscriptions. */
export const pubSubCommands: readonly BrokerCommand[] = [
  publishing("channel", "publish"),
  publishing("shard", "spublish"),
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

function publishing(kind: ChannelKind, name: string): BrokerCommand {
  return {
    name,
    arity: 3,
    inOrder: true,
    longWords: true,
    run(client, args, server) {
      if (refusesName(client, args, 1, 2)) return;
      const channel = toBinaryString(args[1]!);
      const payload = args[2]!;
      const { hub, memory, pace } = server;
      const cost = hub.costOf(kind, channel);
      if (cost > QUICK || memory.isFull()) {
        return publishInSlices(kind, client, channel, payload, server);
      }
      pace.charge(cost);
      published(client, hub.publish(kind, channel, payload), server);
    },
  };
}

/**
 * Looks for the patterns while other clients publish, and delivers in the lane:
 * all subscribers get the messages of all publishers in one order.
 */
function* publishInSlices(
  kind: ChannelKind,
  client: Client,
  channel: string,
  payload: Uint8Array,
  server: Server,
): Work {
  const { hub, lane, memory, pace } = server;
  const search = kind === "channel" ? hub.search(channel) : undefined;
  try {
    for (const _slice of search?.run(pace) ?? []) {
      lane.releaseIfDue(client);
      yield;
    }
    // Subscribers that read make room.
    while (memory.isFull()) {
      lane.releaseIfDue(client);
      yield;
    }
    const receivers = yield* inLane(client, server, function* () {
      yield* search?.catchUp(pace) ?? [];
      const patterns = search?.found ?? [];
      return yield* hub.publishInSlices(kind, channel, payload, patterns, pace);
    });
    published(client, receivers, server);
  } finally {
    search?.end();
  }
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
    inOrder: true,
    manyWords: true,
    *run(client, args, server) {
      const { limits, pace } = server;
      if (refusesName(client, args, 1, args.length)) return;
      const known = client.subscriptions[kind];
      const names: string[] = [];
      let added = 0;
      let bytes = 0;
      for (let i = 1; i < args.length; i++) {
        const channel = toBinaryString(args[i]!);
        names.push(channel);
        if (!known.has(channel)) {
          added++;
          bytes += channel.length;
        }
        pace.charge(0.5);
        if (pace.spent) yield;
      }
      if (client.subscribed + added > limits.maxChannels) {
        return client.fail(
          `ERR a client can be subscribed to ${limits.maxChannels} channels at most`,
        );
      }
      if (!client.hasRoomFor(added, bytes)) {
        return client.fail(
          "OOM command not allowed when used memory > 'maxmemory'.",
        );
      }
      yield* inLane(client, server, function* () {
        for (const channel of names) {
          client.subscribe(kind, channel);
          confirm(client, kind, name, channel);
          pace.charge(1);
          if (pace.spent) yield;
        }
      });
    },
  };
}

function unsubscribing(kind: Kind, name: string): BrokerCommand {
  return {
    name,
    arity: -1,
    whileSubscribed: true,
    inOrder: true,
    manyWords: true,
    *run(client, args, server) {
      const { pace } = server;
      const own = client.subscriptions[kind];
      if (args.length === 1 && own.size === 0) {
        return confirm(client, kind, name, null);
      }
      yield* inLane(client, server, function* () {
        for (const channel of args.length > 1 ? named(args) : own) {
          client.unsubscribe(kind, channel);
          confirm(client, kind, name, channel);
          pace.charge(1);
          if (pace.spent) yield;
        }
      });
    },
  };
}

function* named(args: Args): Generator<string> {
  for (let i = 1; i < args.length; i++) yield toBinaryString(args[i]!);
}

/** Replies with the number of subscriptions: channels and patterns together, or shard channels. */
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
    *run(client, args, { hub, pace }) {
      if (args.length > 3) {
        return client.fail(
          `ERR unknown subcommand or wrong number of arguments for '${
            toBinaryString(args[1]!)
          }'. Try PUBSUB HELP.`,
        );
      }
      if (refusesName(client, args, 2, args.length)) return;
      const pattern = args[2] === undefined ? "*" : toBinaryString(args[2]);
      const found: string[] = [];
      for (const channel of hub.names(kind)) {
        if (globMatches(pattern, channel)) found.push(channel);
        pace.charge(0.1 + matchingCost(pattern.length, channel.length));
        if (pace.spent) yield;
      }
      client.beginReply();
      client.reply(aggregate("*", found.length));
      for (const channel of found) {
        client.reply(binaryBulk(channel));
        pace.charge(0.2);
        if (pace.spent) yield;
      }
      client.endReply();
    },
  };
}

function counting(kind: Kind, name: string): BrokerCommand {
  return {
    name,
    arity: -2,
    manyWords: true,
    *run(client, args, { hub, pace }) {
      if (refusesName(client, args, 2, args.length)) return;
      client.beginReply();
      client.reply(aggregate("*", (args.length - 2) * 2));
      for (let i = 2; i < args.length; i++) {
        const channel = toBinaryString(args[i]!);
        client.reply(
          binaryBulk(channel) + integer(hub.count(kind, channel)),
        );
        pace.charge(0.5);
        if (pace.spent) yield;
      }
      client.endReply();
    },
  };
}

/** Whether one of the words from `start` to `end` is too long for a name; then replies with an error. */
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
