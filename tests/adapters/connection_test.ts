import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  AdapterError,
  AdapterReplicaError,
} from "../../src/adapters/adapter_error.ts";
import {
  type MessageHandler,
  TimedConnection,
} from "../../src/adapters/connection.ts";
import {
  type AdapterOptions,
  resolveAdapterOptions,
} from "../../src/link/options.ts";
import { until } from "../support/wait.ts";
import { failureOf } from "./adapter_stage.ts";
import { FakeClientSource, MASTER, silence } from "./fake_client_source.ts";

interface OpenOptions extends AdapterOptions {
  inbox?: MessageHandler;
  signal?: AbortSignal;
}

function open(
  source: FakeClientSource,
  { inbox, signal = new AbortController().signal, ...options }: OpenOptions =
    {},
): Promise<TimedConnection> {
  const settings = resolveAdapterOptions(options);
  return TimedConnection.open(source, settings, inbox, signal);
}

Deno.test("a connection that publishes asks for the role first", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  assertEquals(await connection.publish("news", "hello"), 1);
  const { told } = source.newest;
  assertEquals(told, ["CONNECT", "PING", "ROLE", "PUBLISH news hello"]);
});

Deno.test("where the role does not matter, nobody asks for it", async () => {
  const cluster = new FakeClientSource({ masterOnly: false });
  await open(cluster);
  assertEquals(cluster.newest.told, ["CONNECT", "PING"]);
  const source = new FakeClientSource();
  await open(source, { inbox: () => {} });
  assertEquals(source.newest.told, ["CONNECT", "PING"]);
});

Deno.test("a server that may not tell its role is taken for a master", async () => {
  const source = new FakeClientSource();
  source.reply = (command) =>
    command === "ROLE" ? new Error("NOPERM no ROLE for you") : MASTER(command);
  const connection = await open(source);
  await connection.verify();
  assertEquals(source.newest.told, ["CONNECT", "PING", "ROLE"]);
  assertEquals(connection.cause, undefined);
});

Deno.test("a replica is not opened, and is left when it becomes one", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  source.reply = (command) =>
    command === "ROLE" ? ["slave", "127.0.0.1", 1] : MASTER(command);
  await connection.verify();
  assertInstanceOf(connection.cause, AdapterReplicaError);
  assertInstanceOf(await failureOf(open(source)), AdapterReplicaError);
  for (const { told } of source.duplicates) {
    assertEquals(told.at(-1), "destroy");
  }
});

Deno.test("what was on its way when the connection was lost is unknown", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  source.reply = silence;
  const publishing = failureOf(connection.publish("news", "hello"));
  source.newest.lose();
  const failure = await publishing;
  assertEquals(failure.outcome, "unknown");
  assert(failure.message.includes("gone"), failure.message);
  const later = await failureOf(connection.publish("news", "too late"));
  assertEquals(later.outcome, "not-sent");
  assertEquals(source.newest.told.at(-1), "destroy");
});

Deno.test("a reply that says no is no reason to end the connection", async () => {
  const source = new FakeClientSource();
  const connection = await open(source);
  source.reply = () => new Error("NOPERM not there");
  const failure = await failureOf(connection.publish("news", "hello"));
  assertEquals([failure.code, failure.outcome], ["NOPERM", "not-sent"]);
  await connection.probe();
  assertEquals(connection.cause, undefined);
});

Deno.test("a command that gets no reply ends the connection", async () => {
  const source = new FakeClientSource();
  const connection = await open(source, { commandTimeout: 10 });
  source.reply = silence;
  const failure = await failureOf(connection.publish("news", "hello"));
  assertEquals(failure.outcome, "unknown");
  assert(failure.message.includes("within 10 ms"), failure.message);
  assertInstanceOf(connection.cause, AdapterError);
});

Deno.test("a PING that gets no reply ends the connection", async () => {
  const source = new FakeClientSource();
  const connection = await open(source, { pingTimeout: 10 });
  source.reply = silence;
  await connection.probe();
  assert((await connection.lost).message.includes("within 10 ms"));
});

Deno.test("what arrives is a sign of life", async () => {
  const source = new FakeClientSource();
  const messages: string[] = [];
  const connection = await open(source, {
    inbox: (_, payload) => {
      messages.push(new TextDecoder().decode(payload));
    },
  });
  const before = connection.heardAt;
  await until(() => performance.now() > before, { what: "time to pass" });
  source.newest.message("news", "hello");
  assert(connection.heardAt > before);
  assertEquals(messages, ["hello"]);
});

Deno.test("opening is given up when told to, and leaves nothing behind", async () => {
  const source = new FakeClientSource();
  source.reply = silence;
  const reason = new AdapterError("enough");
  const abort = new AbortController();
  const opening = failureOf(open(source, { signal: abort.signal }));
  await until(() => source.newest?.told.length, { what: "a duplicate" });
  abort.abort(reason);
  assertEquals(await opening, reason);
  assertEquals(source.newest.told, ["CONNECT", "destroy"]);
});
