/**
 * A role that floods a channel at a steady rate, each message with an id of its
 * own in place of `%d`.
 *
 * Argument: {@linkcode FloodOptions} as JSON.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { RedisClient } from "../../../src/redis/mod.ts";

/** The message, the rate and the duration of a flood. */
export interface FloodOptions {
  readonly redis: string;
  readonly channel: string;
  readonly template: string;
  /** Messages a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly duration: number;
}

const TICK = 5;

const { redis, channel, template, rate, duration }: FloodOptions = JSON.parse(
  Deno.args[0]!,
);
const client = await RedisClient.connect(redis);
console.log(JSON.stringify({ ready: true }));
const startedAt = performance.now();
const publishing: Promise<number>[] = [];
let sent = 0;
for (;;) {
  const elapsed = performance.now() - startedAt;
  const due = Math.min(elapsed, duration) * rate / 1_000;
  for (; sent < due; sent++) {
    publishing.push(
      client.publish(channel, template.replace("%d", String(sent))),
    );
  }
  if (elapsed >= duration) break;
  await delay(TICK);
}
await Promise.all(publishing);
const seconds = (performance.now() - startedAt) / 1_000;
await client.close();
console.log(JSON.stringify({ sent, rate: sent / seconds }));
