import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { TimedConnection } from "../../src/adapters/connection.ts";
import type { MessageSink } from "../../src/link/connection.ts";
import { RedisConnectionError, RedisRoleError } from "../../src/link/errors.ts";
import {
  type LinkOptions,
  resolveLinkOptions,
} from "../../src/link/options.ts";
import { until } from "../support/wait.ts";
import { failureOf } from "./adapter_stage.ts";
import { FakeClientSource, MASTER, silence } from "./fake_client_source.ts";

interface OpenOptions extends LinkOptions {
  sink?: MessageSink;
  signal?: AbortSignal;
}

function open(
  source: FakeClientSource,
  { sink, signal = new AbortController().signal, ...options }: OpenOptions = {},
): Promise<TimedConnection> {
  const settings = resolveLinkOptions(options);
  return TimedConnection.open(source, settings, { sink, signal });
}

function publish(
  connection: TimedConnection,
  payload: string,
): Promise<unknown> {
  const what = () => "publish";
  return new Promise((take, reject) =>
    connection.publish("news", payload, { what, take, reject })
  );
}

Deno.test("a connection asks for PING and its role before it is used", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  assertEquals(await publish(connection, "hello"), 1);
  const { told } = source.newest;
  assertEquals(told, ["CONNECT", "PING", "ROLE", "PUBLISH news hello"]);
});

Deno.test("a connection to a cluster does not ask for a role, because none matters", async () => {
  const cluster = new FakeClientSource({ mode: "cluster" });
  const { mode } = await open(cluster);
  assertEquals(cluster.newest.told, ["CONNECT", "PING"]);
  assertEquals(mode, "cluster");
});

for (
  const [what, role] of [
    ["refuses ROLE", new Error("NOPERM no ROLE for you")],
    ["knows no ROLE", new Error("ERR unknown command 'ROLE'")],
    ["is KeyDB's active replica", ["active-replica", []]],
    ["says what no server says", "hello"],
  ] as const
) {
  Deno.test(`a server that ${what} is taken for a master`, async () => {
    const source = new FakeClientSource();
    source.reply = (command) => command === "ROLE" ? role : MASTER(command);
    const connection = await open(source);
    assertEquals(connection.cause, undefined);
  });
}

for (const role of ["slave", "replica", "sentinel"]) {
  Deno.test(`a server whose role is ${role} is not opened`, async () => {
    const source = new FakeClientSource();
    source.reply = (command) =>
      command === "ROLE" ? [role, "127.0.0.1", 1] : MASTER(command);
    assertInstanceOf(await failureOf(open(source)), RedisRoleError);
    assertEquals(source.newest.told.at(-1), "destroy");
  });
}

Deno.test("a message that was on its way when the connection was lost has an unknown outcome", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  source.reply = silence;
  const publishing = failureOf(publish(connection, "hello"));
  source.newest.lose();
  const failure = await publishing;
  assertEquals(failure.outcome, "unknown");
  assert(failure.message.includes("gone"), failure.message);
  const later = await failureOf(publish(connection, "too late"));
  assertEquals(later.outcome, "not-sent");
  assertEquals(source.newest.told.at(-1), "destroy");
});

Deno.test("an error reply does not end the connection", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  source.reply = () => new Error("NOPERM not there");
  const failure = await failureOf(publish(connection, "hello"));
  assertEquals([failure.code, failure.outcome], ["NOPERM", "not-sent"]);
  assertEquals(connection.cause, undefined);
});

Deno.test("a command without a reply ends the connection", async () => {
  const source = new FakeClientSource();
  const connection = await open(source, { commandTimeout: 10 });
  source.reply = silence;
  const failure = await failureOf(publish(connection, "hello"));
  assertEquals(failure.outcome, "unknown");
  assert(failure.message.includes("within 10 ms"), failure.message);
  assertInstanceOf(connection.cause, RedisConnectionError);
});

Deno.test("a connection that is watched is asked PING, and ends where no reply comes", async () => {
  const source = new FakeClientSource();
  const connection = await open(source, { pingInterval: 10, pingTimeout: 20 });
  connection.watch();
  const pings = () => source.newest.told.filter((each) => each === "PING");
  await until(() => pings().length > 3, { what: "three PINGs" });
  source.reply = () => new Error("NOPERM no PING for you");
  const asked = pings().length;
  await until(() => pings().length > asked + 3, { what: "three more" });
  assertEquals(connection.cause, undefined);
  source.reply = silence;
  assert((await connection.lost).message.includes("within 20 ms"));
});

Deno.test("a message is a sign of life, and is read as text", async () => {
  const source = new FakeClientSource();
  const lines: string[] = [];
  const connection = await open(source, {
    maxPayload: 1_024,
    sink: {
      message: (channel, payload) => lines.push(`${channel}: ${payload}`),
      unreadable: (channel, reason) => lines.push(`${channel}? ${reason}`),
    },
  });
  const before = connection.heardAt;
  await until(() => performance.now() > before, { what: "time to pass" });
  source.newest.message("nöws", "hé");
  source.newest.message("nöws", new Uint8Array([0xff]));
  source.newest.message("nöws", "x".repeat(1_025));
  assert(connection.heardAt > before);
  assertEquals(lines, [
    "nöws: hé",
    "nöws? it is not valid UTF-8",
    "nöws? it has 1025 bytes, more than 1024",
  ]);
});

Deno.test("opening is given up by its signal, and leaves nothing behind", async () => {
  const source = new FakeClientSource();
  source.reply = silence;
  const reason = new RedisConnectionError("enough");
  const abort = new AbortController();
  const opening = failureOf(open(source, { signal: abort.signal }));
  await until(() => source.newest?.told.length, { what: "a duplicate" });
  abort.abort(reason);
  assertEquals(await opening, reason);
  assertEquals(source.newest.told, ["CONNECT", "destroy"]);
});

Deno.test("closing does not wait for a client that can't be destroyed", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  source.newest.destroy = silence;
  const began = performance.now();
  await connection.close(new Error("enough"));
  assert(performance.now() - began < 5_000);
});
