/**
 * Writes moments and spans of time.
 *
 * @module
 */

/** Writes a span of milliseconds in three digits or so. */
export function formatSpan(ms: number): string {
  if (ms < 0) return `−${formatSpan(-ms)}`;
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 1_000) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toPrecision(4))} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * Writes a moment of the axis: `2.5 s`, `1:20`, `1:01:20`.
 *
 * @param ms The moment.
 * @param step Milliseconds between two labels: they decide the number of digits.
 */
export function formatMoment(ms: number, step: number): string {
  const decimals = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / 1e3))));
  if (ms < 60_000) return `${(ms / 1_000).toFixed(decimals)} s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  const total = Number((ms / 1_000).toFixed(decimals));
  const minutes = Math.floor(total / 60);
  const seconds = (total - minutes * 60).toFixed(decimals)
    .padStart(decimals > 0 ? decimals + 3 : 2, "0");
  return minutes < 60
    ? `${minutes}:${seconds}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${seconds}`;
}

/** Writes a moment by the wall clock, in the time zone of the browser. */
export function formatClock(epoch: number): string {
  const date = new Date(epoch);
  const pad = (value: number, length = 2) =>
    String(value).padStart(length, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${
    pad(date.getDate())
  } ${pad(date.getHours())}:${pad(date.getMinutes())}:${
    pad(date.getSeconds())
  }.${pad(date.getMilliseconds(), 3)}`;
}
