/**
 * Stages on real Redis servers.
 *
 * @module
 */

import { RedisServer } from "../support/redis_server.ts";
import { Stage } from "../support/stage.ts";

/** Options of a stage on a server. */
export interface RedisStageOptions {
  /** @default {3} */
  protocol?: 2 | 3;
  /** Whether the stage needs a namespace of its own, because other stages share the server. */
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

/** Plays on a server that is stopped at the end. */
export async function onRedis(
  play: (stage: Stage, server: RedisServer) => Promise<void>,
  options?: RedisStageOptions,
): Promise<void> {
  await using server = await RedisServer.start();
  await using stage = stageOn(server, options);
  await play(stage, server);
}
