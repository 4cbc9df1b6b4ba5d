/**
 * Writes spans of time for people, and moments for machines.
 *
 * @module
 */

/** Writes a span of milliseconds in three digits or so. */
export function formatTime(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.floor(ms % 60_000 / 1_000);
  return minutes < 60
    ? `${minutes} min ${seconds} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** As {@linkcode formatTime}, right-aligned among spans below a minute. */
export function alignTime(ms: number): string {
  return formatTime(ms).padStart(7);
}

/** Writes the time of day of a moment, in milliseconds since the epoch, for people where they are. */
export function formatClock(moment: number): string {
  const date = new Date(moment);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"));
  return `${parts.join(":")}.${
    String(date.getMilliseconds()).padStart(3, "0")
  }`;
}

/** Writes a moment that some peer told, in milliseconds since the epoch; `null` where it is none. */
export function isoTime(since: number): string | null {
  const date = new Date(since);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
