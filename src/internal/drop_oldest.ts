/**
 * Bounds what is remembered.
 *
 * @module
 */

/** Drops the key that was added first if there are more than `most`. */
export function dropOldest<K>(
  keys: Set<K> | Map<K, unknown>,
  most: number,
): void {
  if (keys.size <= most) return;
  const [oldest] = keys.keys();
  keys.delete(oldest!);
}
