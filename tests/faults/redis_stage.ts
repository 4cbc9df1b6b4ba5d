/**
 * Stages on real Redis servers.
 *
 * @module
 */

import { RedisServer } from "../support/redis_server.ts";
import { Stage } from "../support/stage.ts";

/** How a stage uses its server. */
export interface RedisStageOptions {
  /** @default {3} */
  protocol?: 2 | 3;
  /** Whether it has channels of its own, as others play there. */
  shared?: boolean;
}

/** A stage on a server that outlives it. */
export function stageOn(
  { url }: RedisServer,
  { protocol = 3, shared = false }: RedisStageOptions = {},
): Stage {
  return new Stage({
    redis: { url, protocol },
    namespaces: shared,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

/** Plays on a server that ends with the play. */
export async function onRedis(
  play: (stage: Stage, server: RedisServer) => Promise<void>,
  options?: RedisStageOptions,
): Promise<void> {
  await using server = await RedisServer.start();
  await using stage = stageOn(server, options);
  await play(stage, server);
}
