/**
 * The commands by which clients and tools ask about the server.
 *
 * @module
 */
import { aggregate, integer, simple } from "../../resp/encode.ts";
import { binaryBulk, toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import {
  type Args,
  type BrokerCommand,
  CommandTable,
} from "./command_table.ts";
import { globMatches } from "../hub/glob.ts";
import { mapHead, verbatim } from "./replies.ts";
import type { Server } from "../server.ts";

/** The Redis version whose pub/sub commands the broker has; clients use features by it. */
export const REDIS_VERSION = "7.2.0";

/**
 * INFO, TIME, ROLE, COMMAND, CONFIG, FLUSHDB and FLUSHALL.
 *
 * @param count Returns the number of the broker's commands.
 */
export function serverCommands(count: () => number): readonly BrokerCommand[] {
  return [
    { name: "info", arity: -1, run: info },
    { name: "time", arity: 1, run: time },
    { name: "flushdb", arity: -1, run: flush },
    { name: "flushall", arity: -1, run: flush },
    {
      name: "role",
      arity: 1,
      run: (client) =>
        client.reply(
          aggregate("*", 3) + binaryBulk("master") + integer(0) +
            aggregate("*", 0),
        ),
    },
    {
      name: "command",
      arity: -1,
      run: (client) => client.reply(aggregate("*", 0)),
      subcommands: new CommandTable([
        {
          name: "command|count",
          arity: 2,
          run: (client) => client.reply(integer(count())),
        },
        {
          name: "command|docs",
          arity: -2,
          run: (client) => client.reply(mapHead(client.resp, 0)),
        },
      ]),
    },
    {
      name: "config",
      arity: -2,
      subcommands: new CommandTable([
        { name: "config|get", arity: -3, run: configGet },
      ]),
    },
  ];
}

function info(client: Client, args: Args, server: Server): void {
  const asked = args.slice(1).map((arg) => toBinaryString(arg).toLowerCase());
  const everything = asked.length === 0 ||
    asked.some((section) => /^(all|default|everything)$/.test(section));
  const texts = Object.entries(sections(server))
    .filter(([name]) => everything || asked.includes(name.toLowerCase()))
    .map(([name, facts]) => {
      const lines = Object.entries(facts).map(([k, v]) => `${k}:${v}\r\n`);
      return `# ${name}\r\n${lines.join("")}`;
    });
  client.reply(verbatim(client.resp, texts.join("\r\n")));
}

function sections(
  server: Server,
): Record<string, Record<string, string | number>> {
  const { hub, limits, port, startedAt } = server;
  const stats = server.stats();
  const uptime = Math.floor((Date.now() - startedAt) / 1000);
  return {
    Server: {
      redis_version: REDIS_VERSION,
      redis_mode: "standalone",
      os: Deno.build.os,
      arch_bits: 64,
      process_id: Deno.pid,
      run_id: server.runId,
      tcp_port: port,
      uptime_in_seconds: uptime,
      uptime_in_days: Math.floor(uptime / 86_400),
    },
    Clients: {
      connected_clients: stats.connections,
      maxclients: limits.maxConnections,
      blocked_clients: 0,
      tracking_clients: 0,
    },
    Memory: {
      used_memory: stats.memory,
      used_memory_human: `${(stats.memory / 1024 ** 2).toFixed(2)}M`,
      maxmemory: bytesOf(limits.maxMemory),
      maxmemory_policy: "noeviction",
    },
    Persistence: { loading: 0, rdb_bgsave_in_progress: 0, aof_enabled: 0 },
    Stats: {
      total_connections_received: stats.accepted,
      rejected_connections: stats.refused,
      client_output_buffer_limit_disconnections: stats.dropped,
      pubsub_channels: hub.size("channel"),
      pubsub_patterns: hub.size("pattern"),
      pubsubshard_channels: hub.size("shard"),
    },
    Replication: {
      role: "master",
      connected_slaves: 0,
      master_repl_offset: 0,
    },
    Cluster: { cluster_enabled: 0 },
    Keyspace: {},
  };
}

/** Succeeds without an effect, because there are no keys. */
function flush(client: Client, args: Args): void {
  const isValid = args.length === 1 ||
    (args.length === 2 && /^(a?sync)$/i.test(toBinaryString(args[1]!)));
  if (isValid) client.reply(simple("OK"));
  else client.fail("ERR syntax error");
}

/** A limit as Redis shows it: 0 for no limit. */
function bytesOf(limit: number): number {
  return limit === Infinity ? 0 : limit;
}

function time(client: Client): void {
  const now = Date.now();
  client.reply(
    aggregate("*", 2) + binaryBulk(String(Math.floor(now / 1000))) +
      binaryBulk(String(now % 1000 * 1000)),
  );
}

function configGet(client: Client, args: Args, { limits }: Server): void {
  const patterns = args.slice(2).map((arg) =>
    toBinaryString(arg).toLowerCase()
  );
  const settings = {
    appendonly: "no",
    databases: "16",
    maxclients: String(limits.maxConnections),
    maxmemory: String(bytesOf(limits.maxMemory)),
    save: "",
    timeout: "0",
  };
  const found = Object.entries(settings).filter(([name]) =>
    patterns.some((pattern) => globMatches(pattern, name))
  );
  client.reply(
    mapHead(client.resp, found.length) + found.flat().map(binaryBulk).join(""),
  );
}
