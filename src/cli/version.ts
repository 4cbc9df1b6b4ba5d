/**
 * The package's version, the one in `deno.json`.
 *
 * @module
 */

/** The version that `--version` prints; a test compares it with `deno.json`. */
export const VERSION = "0.9.0";
