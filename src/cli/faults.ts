/**
 * From an error to what is said about it and the code to exit with.
 *
 * @module
 */
import { isRefused } from "../transport/outcome.ts";
import { ExitCode } from "./exit_codes.ts";
import { Interruption } from "./process/interruption.ts";

/** What a command that failed says last. */
export interface Fault {
  /** What it exits with. */
  readonly code: ExitCode;
  /** What went wrong. */
  readonly message: string;
}

/** By name, as the command line does not know the Redis client. */
const BY_NAME: Readonly<Record<string, ExitCode>> = {
  UsageError: ExitCode.Usage,
  WriteError: ExitCode.Internal,
  RedisAuthError: ExitCode.Permission,
  RedisPermissionError: ExitCode.Permission,
  RedisConnectionError: ExitCode.Unavailable,
  RedisProtocolError: ExitCode.Unavailable,
  RedisReplyError: ExitCode.Unavailable,
  RedisRoleError: ExitCode.Unavailable,
  AddrInUse: ExitCode.Unavailable,
  AddrNotAvailable: ExitCode.Unavailable,
  PermissionDenied: ExitCode.Permission,
};

/** Says what is to be said about an error. */
export function faultOf(error: unknown): Fault {
  const { name, message } = error instanceof Error
    ? error
    : new Error(String(error));
  if (error instanceof Deno.errors.NotCapable) return missingPermission(error);
  if (error instanceof Interruption) return { code: error.exitCode, message };
  const code = name === "RedisReplyError" && isRefused(error)
    ? ExitCode.Permission
    : BY_NAME[name];
  if (code !== undefined) return { code, message };
  // The library's own words about an URL that it can't use.
  if (/^Cannot .* the Redis URL/.test(message)) {
    return { code: ExitCode.Usage, message };
  }
  return { code: ExitCode.Internal, message: `${name}: ${message}` };
}

/** The library names the flag already where a connection needs it. */
function missingPermission({ message }: Error): Fault {
  const code = ExitCode.Permission;
  const [, kind, target] =
    /Requires (\w+) access(?: to "?([^",]+)"?)?/.exec(message) ?? [];
  if (kind === undefined) return { code, message };
  const flag = `--allow-${kind}${target === undefined ? "" : `=${target}`}`;
  return {
    code,
    message: `Cannot go on as a permission is missing: run again with ${flag}`,
  };
}
