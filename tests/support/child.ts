/**
 * A child Deno process that plays one role of a test, with no more permissions
 * than the test grants it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { JsonProcess } from "./json_process.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** The options of a role. */
export interface RoleOptions {
  /** Arguments of the script. */
  args?: readonly string[];
  /**
   * Permission flags, such as `--allow-net=127.0.0.1:6379`. Only the listed
   * permissions are granted, and the role does not prompt for others.
   *
   * @default {[]}
   */
  permissions?: readonly string[];
  /** Variables of its environment. */
  env?: Record<string, string>;
}

/**
 * Starts a role; disposing of it kills it.
 *
 * @param script A script in `tests/support/roles`, by its file name.
 */
export function startRole(
  script: string,
  { args = [], permissions = [], env = {} }: RoleOptions = {},
): JsonProcess {
  return JsonProcess.spawn(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      "--config",
      CONFIG,
      ...permissions,
      new URL(`./roles/${script}`, import.meta.url).href,
      ...args,
    ],
    env: { NO_COLOR: "1", ...env },
  });
}
