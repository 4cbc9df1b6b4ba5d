/**
 * The package's version, the one in `deno.json`.
 *
 * @module
 */

/** What `--version` says; a test keeps it true. */
export const VERSION = "0.9.0";
