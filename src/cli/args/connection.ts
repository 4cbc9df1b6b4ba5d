/**
 * From a command's options to the library's.
 *
 * @module
 */
import { checkConnection } from "../../connect.ts";
import type { ConnectOptions } from "../../connect_options.ts";
import type { Logger } from "../../internal/logger.ts";
import { line, paint } from "../output/line.ts";
import type { Output } from "../output/output.ts";
import type { Arguments } from "./arguments.ts";
import type { Credentials } from "./credentials.ts";
import { UsageError } from "./usage_error.ts";

const VARIABLE = "STATE_SIGNALS_REDIS";

/** What the library says of a connection that is long in coming. */
const WAITING = /^waiting for /i;

/** What a connection is made of. */
export interface ConnectionParts {
  /** What the command was called with. */
  readonly args: Arguments;
  /** What its files say. */
  readonly credentials: Credentials;
  /** Takes warnings. */
  readonly output: Pick<Output, "note" | "error">;
  /** Ends the attempt to connect. */
  readonly signal: AbortSignal;
}

/**
 * Where the signals are, and how the library reports.
 *
 * @throws {UsageError} If one of the options can't be used.
 */
export function connectionOf(
  { args, credentials, output, signal }: ConnectionParts,
): ConnectOptions {
  const url = args.text("redis") ?? fromEnvironment();
  const namespace = args.text("namespace");
  const options: ConnectOptions = {
    ...(Object.keys(credentials).length > 0
      ? { redis: { ...(url === undefined ? {} : { url }), ...credentials } }
      : url === undefined
      ? {}
      : { redis: url }),
    ...(namespace === undefined ? {} : { namespace }),
    connectTimeout: args.time("connect-timeout") ?? 10_000,
    logger: loggerTo(output),
    logLevel: "INFO",
    signal,
  };
  try {
    checkConnection(options);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return options;
}

/** Shows warnings and errors, and why a connection is waited for. */
function loggerTo(output: Pick<Output, "note" | "error">): Logger {
  return {
    debug: () => {},
    info: (message) => {
      if (WAITING.test(message)) output.note(line`${message}`);
    },
    warn: (message) =>
      void output.note(
        WAITING.test(message)
          ? line`${message}`
          : line`${paint("yellow", "warning:")} ${message}`,
      ),
    error: (message) =>
      void output.error(line`${paint("red", "error:")} ${message}`),
  };
}

/** Looks only where that is granted already, because the user is not to be asked. */
function fromEnvironment(): string | undefined {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: VARIABLE,
  });
  // One that is empty counts as unset, as a shell's `VARIABLE= command` means it.
  return state === "granted" ? Deno.env.get(VARIABLE) || undefined : undefined;
}
