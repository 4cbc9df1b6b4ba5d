/**
 * The module's own Redis client: RESP2 and RESP3 over TCP, TLS or a unix socket.
 * It pipelines commands, reconnects, and needs only the network permission.
 *
 * @example Run a command
 * ```ts
 * import { RedisClient } from "@dsa/state-signals/redis";
 *
 * await using redis = await RedisClient.connect("redis://127.0.0.1:6379");
 * console.log(await redis.send("PING"));
 * ```
 *
 * @module
 */
export { RedisClient } from "./client.ts";
export * from "../link/exports.ts";
export type { RedisOptions, RedisTlsOptions } from "./options.ts";
export { ErrorReply, Push, type Reply, Unreadable } from "../resp/reply.ts";
