/**
 * The command line: signals for shell users. Importing this file has no effect.
 *
 * ```sh
 * deno run --allow-net=localhost:6379 jsr:@dsa/state-signals/cli --help
 * ```
 *
 * @module
 */
import { runCommandLine } from "./command_line.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args));
