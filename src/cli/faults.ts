/**
 * Turns an error into a message and an exit code.
 *
 * @module
 */
import { isRefused } from "../transport/outcome.ts";
import { ExitCode } from "./exit_codes.ts";
import { Interruption } from "./process/interruption.ts";

/** The last message and the exit code of a command that failed. */
export interface Fault {
  /** The exit code. */
  readonly code: ExitCode;
  /** Why the command failed. */
  readonly message: string;
}

/** Exit codes by the name of the error, because the command line does not import the Redis client. */
const BY_NAME: Readonly<Record<string, ExitCode>> = {
  UsageError: ExitCode.Usage,
  WriteError: ExitCode.Internal,
  AbandonedError: ExitCode.Missing,
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

/** The message and the exit code of an error. */
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
  if (isUnusable(error)) {
    return { code: ExitCode.Usage, message };
  }
  return { code: ExitCode.Internal, message: `${name}: ${message}` };
}

/** Whether the library says that it can't use what it was called with, such as an option or a URL. */
function isUnusable(error: unknown): boolean {
  return (error instanceof TypeError || error instanceof RangeError) &&
    /^Cannot (use .* as|.* the Redis URL)/.test(error.message);
}

/** The fault of a missing permission. If a connection needs it, the library's message names the flag. */
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
