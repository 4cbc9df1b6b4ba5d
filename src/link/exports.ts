/**
 * The errors, options and types of every transport over links, which the main
 * module, the Redis client and each adapter export beside their own symbols.
 *
 * @module
 */
export {
  RedisAuthError,
  RedisConnectionError,
  type RedisConnectionErrorOptions,
  RedisPermissionError,
  RedisProtocolError,
  RedisReplyError,
  RedisRoleError,
} from "./errors.ts";
export type { LinkOptions } from "./options.ts";
export type {
  DeliveryError,
  LinkChange,
  Receipt,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../transport/transport.ts";
