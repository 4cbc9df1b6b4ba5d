/**
 * Which master of a cluster an adapter duplicates.
 *
 * @module
 */

/**
 * Picks the master of a cluster to duplicate. Any master will do, because every
 * node passes messages on. Each pick takes the next one, because the cluster may
 * not have noticed yet that the last one was lost.
 *
 * @returns Picks a master of these.
 */
export function masterPicker(): <T>(masters: readonly T[]) => T {
  let turn = Math.floor(Math.random() * 16_384);
  return (masters) => {
    const master = masters[turn++ % masters.length];
    if (master !== undefined) return master;
    throw new Error("it knows no node; it must be connected");
  };
}
