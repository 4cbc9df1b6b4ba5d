/**
 * A role that connects to Redis with its granted permissions, and prints the
 * result.
 *
 * @module
 */

import { RedisClient } from "../../../src/redis/mod.ts";

const options = JSON.parse(Deno.args[0]!);
try {
  await using redis = await RedisClient.connect({
    connectTimeout: 0,
    ...options,
  });
  const received = Promise.withResolvers<string>();
  await redis.subscribe(["a"], { message: received.resolve });
  await redis.publish("a", "hello");
  console.log(JSON.stringify({ received: await received.promise }));
} catch (error) {
  const { name, message } = error as Error;
  console.log(JSON.stringify({ name, message }));
}
