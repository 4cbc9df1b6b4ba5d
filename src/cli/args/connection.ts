/**
 * From a command's options to the library's.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect_options.ts";
import type { Arguments } from "./arguments.ts";
import { line, paint } from "../output/line.ts";
import type { Output } from "../output/output.ts";

const VARIABLE = "STATE_SIGNALS_REDIS";

/**
 * Where the signals are, and how the library reports.
 *
 * @param args What the command was called with.
 * @param output Takes warnings.
 * @param signal Ends the attempt to connect.
 * @throws {UsageError} If the time to connect is none.
 */
export function connectionOf(
  args: Arguments,
  output: Output,
  signal: AbortSignal,
): ConnectOptions {
  const redis = args.text("redis") ?? fromEnvironment();
  const namespace = args.text("namespace");
  return {
    ...(redis === undefined ? {} : { redis }),
    ...(namespace === undefined ? {} : { namespace }),
    connectTimeout: args.time("connect-timeout") ?? 10_000,
    logger: {
      debug: () => {},
      info: () => {},
      warn: (message) =>
        void output.note(line`${paint("yellow", "warning:")} ${message}`),
      error: (message) =>
        void output.note(line`${paint("red", "error:")} ${message}`),
    },
    signal,
  };
}

/** Looks only where that is granted already: nobody is asked. */
function fromEnvironment(): string | undefined {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: VARIABLE,
  });
  return state === "granted" ? Deno.env.get(VARIABLE) : undefined;
}
