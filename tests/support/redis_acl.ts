/**
 * Users for a Redis server, as lines of its ACL.
 *
 * @module
 */

import { redisIsAtLeast } from "./redis_binary.ts";

/** Switches off the user that needs no name. */
export const DEFAULT_USER_OFF = "default off";

/** Lets a user hold the channels by which peers of this module see that others live. */
export const OWN_CHANNELS = "&state-signals:*";

/** A user who may do what this module can't do without, and nothing else. */
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
