/**
 * Skips tests whose needs are not installed: with a warning on a developer's
 * machine, and never in CI.
 *
 * @module
 */

const announced = new Set<string>();

/**
 * Options for `Deno.test` that skip the test unless its needs are installed.
 *
 * @param available Whether the needs of the test are installed.
 * @param whatIsNotTested Begins the line "SKIPPED: ... not tested".
 * @param reason Ends that line.
 * @throws {Error} In CI, if the needs are not installed.
 */
export function skipUnless(
  available: boolean,
  whatIsNotTested: string,
  reason = "what it needs is not installed",
): { ignore: boolean } {
  if (available) return { ignore: false };
  const line = `SKIPPED: ${whatIsNotTested} not tested, as ${reason}`;
  if (Deno.env.get("CI") === "true") {
    throw new Error(`Cannot skip tests in CI: "${line}"`);
  }
  if (!announced.has(line)) {
    announced.add(line);
    console.warn(`\n${line}\n`);
  }
  return { ignore: true };
}
