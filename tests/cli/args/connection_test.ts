import { assertEquals, assertThrows } from "@std/assert";
import { Arguments } from "../../../src/cli/args/arguments.ts";
import { connectionOf } from "../../../src/cli/args/connection.ts";
import type { Credentials } from "../../../src/cli/args/credentials.ts";
import { UsageError } from "../../../src/cli/args/usage_error.ts";
import type { Line } from "../../../src/cli/output/line.ts";

/** The connection of a call, and what is said about it. */
function connect(
  options: Record<string, string>,
  credentials: Credentials = {},
) {
  const notes: string[] = [];
  const errors: string[] = [];
  const to = (said: string[]) => (line: Line) => {
    said.push(line.render(false));
    return Promise.resolve();
  };
  const connection = connectionOf({
    args: new Arguments(options),
    credentials,
    output: { note: to(notes), error: to(errors) },
    signal: new AbortController().signal,
  });
  return { connection, notes, errors };
}

Deno.test("credentials from files go beside the URL", () => {
  const url = "redis://host";
  assertEquals(connect({ redis: url }).connection.redis, url);
  assertEquals(
    connect({ redis: url }, { password: "sesame" }).connection.redis,
    { url, password: "sesame" },
  );
});

Deno.test("a server that can't be meant is a wrong call, before anything is done", () => {
  const cases: [string, Credentials][] = [
    ["redis://host/abc", {}],
    ["redis://host/1/2", {}],
    ["redis://host/-1", {}],
    ["redis://host/99999999999", {}],
    ["redis+unix:///socket?db=x", {}],
    ["redis://host:0", {}],
    ["redis://host:99999", {}],
    ["http://host", {}],
    ["", {}],
    ["redis+unix:///socket", { tls: { caCerts: ["PEM"] } }],
  ];
  for (const [redis, credentials] of cases) {
    assertThrows(() => connect({ redis }, credentials), UsageError, "Cannot");
  }
});

Deno.test("the reason of a wait for a connection is shown at every level", () => {
  const { connection, notes, errors } = connect({});
  const { logger, logLevel } = connection;
  assertEquals(logLevel, "INFO");
  logger!.info("Waiting for redis://host:6379: connection refused");
  logger!.warn("waiting for redis://host:6379: connection refused");
  logger!.warn("something else");
  logger!.info("something else");
  logger!.debug("something else");
  logger!.error("it failed");
  assertEquals(notes, [
    "Waiting for redis://host:6379: connection refused",
    "waiting for redis://host:6379: connection refused",
    "warning: something else",
  ]);
  assertEquals(errors, ["error: it failed"]);
});
