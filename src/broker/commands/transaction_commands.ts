/**
 * The commands for transactions: commands that are kept and then run together.
 * WATCH has no effect, because the broker has no keys that could change.
 *
 * @module
 */
import { aggregate, simple } from "../../resp/encode.ts";
import type { Client } from "../client.ts";
import type { Work } from "../pace.ts";
import type { Server } from "../server.ts";
import { type QueuedCommand, Transaction } from "../transaction.ts";
import type { Args, BrokerCommand } from "./command_table.ts";
import { laneFor } from "./run.ts";

const OK = simple("OK");
/**
 * Milliseconds for which a transaction keeps other clients from publishing and
 * changing subscriptions. After that, they may do so between its commands.
 */
const MAX_ALONE = 100;

/** EXEC: its refusal ends the transaction, so `execute.ts` tells it from other commands. */
export const execCommand: BrokerCommand = {
  name: "exec",
  arity: 1,
  withinMulti: true,
  run: exec,
};

/** MULTI, EXEC, DISCARD, WATCH and UNWATCH. */
export const transactionCommands: readonly BrokerCommand[] = [
  execCommand,
  { name: "multi", arity: 1, withinMulti: true, run: multi },
  { name: "discard", arity: 1, withinMulti: true, run: discard },
  {
    name: "watch",
    arity: -2,
    withinMulti: true,
    manyWords: true,
    run: watch,
  },
  { name: "unwatch", arity: 1, run: (client) => client.reply(OK) },
];

function multi(client: Client): void {
  if (client.transaction !== undefined) {
    return client.fail("ERR MULTI calls can not be nested");
  }
  client.transaction = new Transaction();
  client.reply(OK);
}

function discard(client: Client): void {
  if (client.transaction === undefined) {
    return client.fail("ERR DISCARD without MULTI");
  }
  client.transaction = undefined;
  client.reply(OK);
}

function watch(client: Client): void {
  if (client.transaction !== undefined) {
    return client.fail("ERR WATCH inside MULTI is not allowed");
  }
  client.reply(OK);
}

function exec(client: Client, _args: Args, server: Server): Work | void {
  const { transaction } = client;
  if (transaction === undefined) return client.fail("ERR EXEC without MULTI");
  client.transaction = undefined;
  if (transaction.aborted) {
    return client.fail(
      "EXECABORT Transaction discarded because of previous errors.",
    );
  }
  return runAll(transaction, client, server);
}

function* runAll(
  transaction: Transaction,
  client: Client,
  server: Server,
): Work {
  const { commands } = transaction;
  const { lane, pace } = server;
  client.executing = transaction;
  client.beginReply();
  try {
    yield* laneFor(client, server);
    lane.take(client, MAX_ALONE);
    client.reply(aggregate("*", commands.length));
    for (const command of commands) {
      pace.charge(1);
      const rest = refusesInExec(command, client) ? undefined : command.run();
      if (rest !== undefined) yield* rest;
      if (pace.spent) {
        lane.releaseIfDue(client);
        yield;
      }
    }
  } finally {
    client.executing = undefined;
    lane.release(client);
    client.endReply();
  }
}

function refusesInExec({ name }: QueuedCommand, client: Client): boolean {
  if (name !== "ssubscribe") return false;
  client.fail("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
  return true;
}
