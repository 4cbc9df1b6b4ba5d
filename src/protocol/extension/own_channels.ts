/**
 * The channels that only peers of this module use, beside the two of the
 * protocol: nothing on them ever reaches a Python peer.
 *
 * @module
 */

/** Beginning of every one of them, within the namespace. */
const FAMILY = "state-signals:";

/**
 * The channel that a peer holds as long as it lives.
 *
 * @param id The peer's responder or publisher id.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:peer:ID`.
 */
export function peerChannel(id: string, namespace?: string): string {
  return `${family(namespace)}peer:${id}`;
}

/**
 * The channel on which exporters are asked who they are.
 *
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:control`.
 */
export function controlChannel(namespace?: string): string {
  return `${family(namespace)}control`;
}

/**
 * The channel on which one roll call is answered.
 *
 * @param id What no other roll call is called.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:roll:ID`.
 */
export function rollChannel(id: string, namespace?: string): string {
  return `${family(namespace)}roll:${id}`;
}

/**
 * The channel on which the parties of a barrier meet.
 *
 * @param name The barrier's name.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:barrier:NAME`.
 */
export function barrierChannel(name: string, namespace?: string): string {
  return `${family(namespace)}barrier:${name}`;
}

function family(namespace: string | undefined): string {
  return (namespace ? `${namespace}:` : "") + FAMILY;
}
