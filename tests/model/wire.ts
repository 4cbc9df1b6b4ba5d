/**
 * What goes over the wire in an episode, heard at the server itself.
 *
 * @module
 */

import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../src/protocol/channels.ts";
import { RedisClient } from "../../src/redis/mod.ts";
import { type Moment, moment } from "./lines.ts";

/** One message. */
export interface WireMessage {
  readonly at: Moment;
  readonly payload: string;
}

/** Listens to both channels; disposing of it ends that. */
export class Wire implements AsyncDisposable {
  readonly messages: WireMessage[] = [];
  readonly #client: RedisClient;

  static async open(port: number): Promise<Wire> {
    const client = await RedisClient.connect({
      hostname: "127.0.0.1",
      port,
      maxBackoff: 100,
      pingInterval: 500,
      pingTimeout: 2_000,
    });
    const wire = new Wire(client);
    await client.subscribe([SIGNAL_CHANNEL, RESPONSE_CHANNEL], {
      message: (payload) => wire.messages.push({ at: moment(), payload }),
    });
    return wire;
  }

  private constructor(client: RedisClient) {
    this.#client = client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

/** The publishers that are named on the wire and are none of these: peers of another run, whose port this one has got. */
export function strangersIn(
  messages: readonly WireMessage[],
  publisherIds: readonly string[],
): string[] {
  const named = messages.flatMap(({ payload }) =>
    /"publisher_id": ?"([^"]*)"/.exec(payload)?.[1] ?? []
  );
  return [...new Set(named)].filter((id) => !publisherIds.includes(id));
}

/** How often a publisher has asked for subscribers. */
export function initializationsOf(
  messages: readonly WireMessage[],
  publisherId: string,
): number {
  return messages.filter(({ payload }) =>
    payload.includes('"initialization"') && payload.includes('"tag"') &&
    payload.includes(publisherId)
  ).length;
}
