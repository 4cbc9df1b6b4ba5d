import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  AdapterError,
  ReplicaError,
} from "../../src/adapters/adapter_error.ts";
import { Connection, type Inbox } from "../../src/adapters/connection.ts";
import {
  type AdapterOptions,
  resolveAdapterOptions,
} from "../../src/adapters/options.ts";
import { until } from "../support/wait.ts";
import { failureOf } from "./adapter_stage.ts";
import { FakeOriginal, MASTER, silence } from "./fake_client_source.ts";

interface OpenOptions extends AdapterOptions {
  inbox?: Inbox;
  signal?: AbortSignal;
}

function open(
  original: FakeOriginal,
  { inbox, signal = new AbortController().signal, ...options }: OpenOptions =
    {},
): Promise<Connection> {
  const settings = resolveAdapterOptions(options);
  return Connection.open(original, settings, inbox, signal);
}

Deno.test("a connection that publishes asks for the role first", async () => {
  const original = new FakeOriginal();
  const connection = await open(original);
  assertEquals(await connection.publish("news", "hello"), 1);
  const { told } = original.newest;
  assertEquals(told, ["CONNECT", "PING", "ROLE", "PUBLISH news hello"]);
});

Deno.test("where the role does not matter, nobody asks for it", async () => {
  const cluster = new FakeOriginal({ masterOnly: false });
  await open(cluster);
  assertEquals(cluster.newest.told, ["CONNECT", "PING"]);
  const original = new FakeOriginal();
  await open(original, { inbox: () => {} });
  assertEquals(original.newest.told, ["CONNECT", "PING"]);
});

Deno.test("a server that may not tell its role is taken for a master", async () => {
  const original = new FakeOriginal();
  original.reply = (command) =>
    command === "ROLE" ? new Error("NOPERM no ROLE for you") : MASTER(command);
  const connection = await open(original);
  await connection.verify();
  assertEquals(original.newest.told, ["CONNECT", "PING", "ROLE"]);
  assertEquals(connection.cause, undefined);
});

Deno.test("a replica is not opened, and is left when it becomes one", async () => {
  const original = new FakeOriginal();
  const connection = await open(original);
  original.reply = (command) =>
    command === "ROLE" ? ["slave", "127.0.0.1", 1] : MASTER(command);
  await connection.verify();
  assertInstanceOf(connection.cause, ReplicaError);
  assertInstanceOf(await failureOf(open(original)), ReplicaError);
  for (const { told } of original.duplicates) {
    assertEquals(told.at(-1), "destroy");
  }
});

Deno.test("what was on its way when the connection was lost is unknown", async () => {
  const original = new FakeOriginal();
  const connection = await open(original);
  original.reply = silence;
  const publishing = failureOf(connection.publish("news", "hello"));
  original.newest.lose();
  const failure = await publishing;
  assertEquals(failure.outcome, "unknown");
  assert(failure.message.includes("gone"), failure.message);
  const later = await failureOf(connection.publish("news", "too late"));
  assertEquals(later.outcome, "not-sent");
  assertEquals(original.newest.told.at(-1), "destroy");
});

Deno.test("a reply that says no is no reason to end the connection", async () => {
  const original = new FakeOriginal();
  const connection = await open(original);
  original.reply = () => new Error("NOPERM not there");
  const failure = await failureOf(connection.publish("news", "hello"));
  assertEquals([failure.code, failure.outcome], ["NOPERM", "not-sent"]);
  await connection.probe();
  assertEquals(connection.cause, undefined);
});

Deno.test("a command that gets no reply ends the connection", async () => {
  const original = new FakeOriginal();
  const connection = await open(original, { commandTimeout: 10 });
  original.reply = silence;
  const failure = await failureOf(connection.publish("news", "hello"));
  assertEquals(failure.outcome, "unknown");
  assert(failure.message.includes("within 10 ms"), failure.message);
  assertInstanceOf(connection.cause, AdapterError);
});

Deno.test("a PING that gets no reply ends the connection", async () => {
  const original = new FakeOriginal();
  const connection = await open(original, { pingTimeout: 10 });
  original.reply = silence;
  await connection.probe();
  assert((await connection.lost).message.includes("within 10 ms"));
});

Deno.test("what arrives is a sign of life", async () => {
  const original = new FakeOriginal();
  const messages: string[] = [];
  const connection = await open(original, {
    inbox: (_, payload) => {
      messages.push(new TextDecoder().decode(payload));
    },
  });
  const before = connection.heardAt;
  await until(() => performance.now() > before, { what: "time to pass" });
  original.newest.message("news", "hello");
  assert(connection.heardAt > before);
  assertEquals(messages, ["hello"]);
});

Deno.test("opening is given up when told to, and leaves nothing behind", async () => {
  const original = new FakeOriginal();
  original.reply = silence;
  const reason = new AdapterError("enough");
  const abort = new AbortController();
  const opening = failureOf(open(original, { signal: abort.signal }));
  await until(() => original.newest?.told.length, { what: "a duplicate" });
  abort.abort(reason);
  assertEquals(await opening, reason);
  assertEquals(original.newest.told, ["CONNECT", "destroy"]);
});
