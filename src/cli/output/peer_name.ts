/**
 * Ids as people read them.
 *
 * @module
 */

const UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";
const TAIL = new RegExp(`-${UUID}(?:-resp)?$`, "i");

/** The name in a responder's or publisher's id; the id where there is none. */
export function peerName(id: string): string {
  return id.replace(TAIL, "") || id;
}

/**
 * Names for ids; ids of one name are named in full.
 *
 * @param ids All that are named side by side.
 * @returns A function from id to name.
 */
export function peerNames(ids: Iterable<string>): (id: string) => string {
  const counts = new Map<string, number>();
  for (const id of new Set(ids)) {
    const name = peerName(id);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return (id) => {
    const name = peerName(id);
    return (counts.get(name) ?? 0) > 1 ? id : name;
  };
}
