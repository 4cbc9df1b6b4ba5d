/**
 * Turns a command's options for the connection into those of the library.
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

/** The library's message while it waits for a connection. */
const WAITING = /^waiting for /i;

/** What {@linkcode connectionOf} needs. */
export interface ConnectionParts {
  /** The options of the call. */
  readonly args: Arguments;
  /** The credentials from files. */
  readonly credentials: Credentials;
  /** Takes warnings. */
  readonly output: Pick<Output, "note" | "error">;
  /** Ends the attempt to connect. */
  readonly signal: AbortSignal;
}

/**
 * The options of the library: the server, the namespace and the logger.
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

/** Shows warnings and errors, and why the library waits for a connection. */
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

/** The URL in the environment, if the permission is granted already: the user must not be prompted. */
function fromEnvironment(): string | undefined {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: VARIABLE,
  });
  // An empty variable counts as unset, because a shell's `VARIABLE= command` means that.
  return state === "granted" ? Deno.env.get(VARIABLE) || undefined : undefined;
}
