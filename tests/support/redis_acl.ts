/**
 * Users for a Redis server, as lines of its ACL.
 *
 * @module
 */

import { redisIsAtLeast } from "./redis_binary.ts";

/** Switches off the default user, which needs no name. */
export const DEFAULT_USER_OFF = "default off";

/** Allows the own channels, by which peers of this module watch each other. */
export const OWN_CHANNELS = "&state-signals:*";

/** A user with only the permissions that this module can't do without. */
export function leastPrivilegeUser(name: string, password: string): string {
  return [
    `${name} on >${password} resetkeys resetchannels -@all`,
    "+hello +auth +ping +client|setname +client|id",
    // An unknown subcommand in an ACL keeps a server from starting.
    ...(redisIsAtLeast(7, 2) ? ["+client|setinfo"] : []),
    "+subscribe +unsubscribe +publish +pubsub|numsub +role",
    "&event-signal-pubsub &event-signal-response",
  ].join(" ");
}
