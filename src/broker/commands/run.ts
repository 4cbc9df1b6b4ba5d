/**
 * Runs a command in the order of the lane.
 *
 * @module
 */
import type { Client } from "../client.ts";
import type { Work } from "../pace.ts";
import type { Server } from "../server.ts";
import type { Args, BrokerCommand } from "./command_table.ts";

/**
 * Runs a command; first waits for the lane if the command must.
 *
 * @returns The rest of the work, if it takes several slices.
 */
export function run(
  command: BrokerCommand,
  client: Client,
  args: Args,
  server: Server,
): Work | void {
  if (command.inOrder && !server.lane.isFreeFor(client)) {
    return runLater(command, client, args, server);
  }
  return command.run?.(client, args, server);
}

function* runLater(
  command: BrokerCommand,
  client: Client,
  args: Args,
  server: Server,
): Work {
  yield* laneFor(client, server);
  const rest = command.run?.(client, args, server);
  if (rest !== undefined) yield* rest;
}

/** Waits until no other client holds the lane. */
export function* laneFor(client: Client, { lane }: Server): Work {
  while (!lane.isFreeFor(client)) yield;
}

/** Goes through work in the lane: no other client may publish or change subscriptions. */
export function* inLane<T>(
  client: Client,
  server: Server,
  work: () => Generator<void, T>,
): Generator<void, T> {
  yield* laneFor(client, server);
  const isTaken = server.lane.take(client);
  try {
    return yield* work();
  } finally {
    if (isTaken) server.lane.release(client);
  }
}
