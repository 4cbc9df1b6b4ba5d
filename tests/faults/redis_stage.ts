/**
 * A stage on a real Redis server of its own.
 *
 * @module
 */

import { RedisServer } from "../support/redis_server.ts";
import { Stage } from "../support/stage.ts";

/** Plays on a server that ends with the play. */
export async function onRedis(
  play: (stage: Stage, server: RedisServer) => Promise<void>,
  { protocol = 3 }: { protocol?: 2 | 3 } = {},
): Promise<void> {
  await using server = await RedisServer.start();
  await using stage = new Stage({
    redis: { url: server.url, protocol },
    namespaces: false,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  await play(stage, server);
}
