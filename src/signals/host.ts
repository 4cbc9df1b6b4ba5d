/**
 * The machine's name, where it may be known.
 *
 * @module
 */

/** The host name if `--allow-sys=hostname` is granted already, else `"unknown"`. Never prompts. */
export function hostName(): string {
  const { state } = Deno.permissions.querySync({
    name: "sys",
    kind: "hostname",
  });
  return state === "granted" ? Deno.hostname() : "unknown";
}
