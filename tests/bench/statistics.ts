/**
 * The few figures that sum up many.
 *
 * @module
 */

/**
 * The value below which this fraction of the values lies, interpolated.
 *
 * @throws {RangeError} If there are no values.
 */
export function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) {
    throw new RangeError("Cannot take a quantile as there are no values");
  }
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position % 1);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
