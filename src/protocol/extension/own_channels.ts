/**
 * The names of the channels that only peers of this module use, in addition to
 * the two of the protocol. Python peers do not subscribe to them.
 *
 * @module
 */

/** The prefix of all these channels, behind the namespace. */
const FAMILY = "state-signals:";

/** Characters of the longest id that may have an inbox. */
const MAX_INBOX_ID = 1_024;

/** Whether a peer may hold an inbox: the name of its channel, which other peers send, must not be too long. */
export function mayHaveInbox(id: string): boolean {
  return id.length <= MAX_INBOX_ID;
}

/**
 * A publisher's inbox: the channel that it holds as long as it lives, and on
 * which peers reach it alone.
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
 * long as it lives, and on which peers reach that process alone.
 *
 * @param responderId The responder's id.
 * @param inc The incarnation of the process.
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
 * The control channel: asks exporters to take part in a roll call, and carries
 * the hello of each responder that has connected.
 *
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:control`.
 */
export function controlChannel(namespace?: string): string {
  return `${family(namespace)}control`;
}

/**
 * The channel for the answers to one roll call.
 *
 * @param id The roll call's id; no other roll call has the same.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:roll:ID`.
 */
export function rollChannel(id: string, namespace?: string): string {
  return `${family(namespace)}roll:${id}`;
}

/**
 * The channel of the parties of a barrier.
 *
 * @param name The barrier's name.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:barrier:NAME`.
 */
export function barrierChannel(name: string, namespace?: string): string {
  return `${family(namespace)}barrier:${name}`;
}

/**
 * The channel of the parties of which one runs a function.
 *
 * @param name What the parties share.
 * @param namespace The prefix that keeps groups on one server apart, if any.
 * @returns `NAMESPACE:state-signals:once:NAME`.
 */
export function onceChannel(name: string, namespace?: string): string {
  return `${family(namespace)}once:${name}`;
}

function family(namespace: string | undefined): string {
  return (namespace ? `${namespace}:` : "") + FAMILY;
}
