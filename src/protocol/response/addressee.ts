/**
 * Tells by its text that a response is for another publisher.
 *
 * @module
 */

/**
 * Whether a payload is certainly a response to another publisher. On a channel
 * that many publishers share, most responses are: parsing them would take five
 * times as long (bench e).
 *
 * @param text The payload.
 * @param uuid The part of this publisher's id that no other publisher has.
 */
export function isForAnother(text: string, uuid: string): boolean {
  return !text.includes(uuid) && text.startsWith("{") &&
    text.includes('"publisher_id"');
}
