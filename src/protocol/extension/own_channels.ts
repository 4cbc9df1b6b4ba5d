/**
 * The channels that only peers of this module use, beside the two of the
 * protocol: nothing on them ever reaches a Python peer.
 *
 * @module
 */

/** Beginning of every one of them, within the namespace. */
const FAMILY = "state-signals:";

/** Characters of the longest id that may have an inbox. */
const MAX_INBOX_ID = 1_024;

/** Whether a peer may hold an inbox: the channel of a very long id would burden all who count or reach it. */
export function mayHaveInbox(id: string): boolean {
  return id.length <= MAX_INBOX_ID;
}

/**
 * A publisher's inbox: the channel that it holds as long as it lives, and on
 * which it is reached alone.
 *
 * @param publisherId The publisher's id.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:publisher:ID`.
 */
export function publisherInbox(
  publisherId: string,
  namespace?: string,
): string {
  return `${family(namespace)}publisher:${publisherId}`;
}

/**
 * A responder's inbox: the channel that one process of a responder id holds as
 * long as it lives, and on which that process is reached alone.
 *
 * @param responderId The responder's id.
 * @param inc The process's incarnation.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:responder:INC:ID`.
 */
export function responderInbox(
  responderId: string,
  inc: string,
  namespace?: string,
): string {
  return `${family(namespace)}responder:${inc}:${responderId}`;
}

/**
 * The channel on which exporters are asked who they are, and on which
 * responders say that they have connected.
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
 * @param id A name that no other roll call has.
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
