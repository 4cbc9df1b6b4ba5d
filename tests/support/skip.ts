/**
 * Leaving tests out where what they need is not installed: loudly on a
 * developer's machine, and never in CI.
 *
 * @module
 */

const announced = new Set<string>();

/**
 * Options for `Deno.test` that leave the test out unless what it needs is there.
 *
 * @param available Whether what the tests need is there.
 * @param whatIsNotTested Begins the line "SKIPPED: ... not tested".
 * @param reason Ends that line.
 * @throws {Error} If it is not there and this is CI.
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
