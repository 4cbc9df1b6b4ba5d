/**
 * The name in an id.
 *
 * @module
 */

const UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";
const TAIL = new RegExp(`-${UUID}(?:-resp)?$`, "i");

/** The name in a responder's or publisher's id; the id where there is none. */
export function peerName(id: string): string {
  return id.replace(TAIL, "") || id;
}
