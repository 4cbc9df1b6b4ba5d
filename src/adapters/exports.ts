/**
 * What every adapter exports beside its own function and types: the errors, the
 * options and the types of its transport.
 *
 * @module
 */
export {
  RedisAuthError,
  RedisConnectionError,
  type RedisConnectionErrorOptions,
  RedisPermissionError,
  RedisReplyError,
  RedisRoleError,
} from "../link/errors.ts";
export type { LinkOptions } from "../link/options.ts";
export type {
  DeliveryError,
  LinkChange,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../transport/transport.ts";
