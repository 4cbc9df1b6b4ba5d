/**
 * What every client with an adapter has in common, on a real Redis: it stays as
 * it was, and nothing of ours stays behind.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import {
  ADAPTER_CLIENTS,
  type AdapterClient,
} from "../support/adapter_clients.ts";
import { freePort } from "../support/free_port.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { RemoteResponder } from "../support/remote_responder.ts";
import { stillPending } from "../support/still_pending.ts";
import { until, within } from "../support/wait.ts";
import {
  AdapterStage,
  failureOf,
  Listener,
  SLACK,
  SWIFT,
} from "./adapter_stage.ts";

const CASES: Readonly<
  Record<string, (client: AdapterClient) => Promise<void>>
> = {
  "the client is left as it was": leftAlone,
  "its end is the transport's end": endWithOwner,
  "bytes that are no text are told of": unreadable,
  "a server that is not there yet is waited for": lateServer,
  "closing does not wait for a server that answers nobody": closeWhileMute,
  "a responder that is killed is lost by proof, long before the timeout":
    loseKilled,
};

for (const client of ADAPTER_CLIENTS) {
  for (const [name, run] of Object.entries(CASES)) {
    Deno.test({
      name: `${client.name}: ${name}`,
      ...needsRedis("Existing clients are"),
      fn: () => run(client),
    });
  }
}

/** How many clients are connected, beside who asks. */
async function connections(server: RedisServer): Promise<number> {
  const list = await server.cli("CLIENT", "LIST");
  return list.trim().split("\n").length - 1;
}

async function loseKilled(client: AdapterClient): Promise<void> {
  await using stage = await AdapterStage.open(client);
  await using exporter = await SignalExporter.connect("fio", {
    redis: stage.transport(),
    heartbeatTimeout: 60_000,
  });
  await using responder = await RemoteResponder.start(stage.server);
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  const publishing = exporter.publishSignal("start", {
    metadata: { number: 1, mute: true },
    timeout: 60_000,
  });
  await until(() => responder.acted(1), { what: "the responder to act" });
  await responder.kill();
  const since = performance.now();
  const { missing } = await publishing;
  assertEquals([...missing.values()], ["lost"]);
  const noticed = performance.now() - since;
  assert(noticed < SLACK, `noticed after ${noticed} ms`);
}

async function leftAlone({ create }: AdapterClient): Promise<void> {
  await using server = await RedisServer.start();
  await using client = create(server.url);
  await client.connect();
  const transport = client.transport();
  const listener = new Listener();
  const subscription = await transport.subscribe(["news"], listener);
  await transport.publish("news", "hello");
  await until(() => listener.messages.length > 0, { what: "the message" });
  assertEquals(await connections(server), 3);
  await subscription.close();
  assertEquals(await server.cli("PUBSUB", "CHANNELS"), "");
  await transport.close();
  await until(async () => await connections(server) === 1, {
    what: "our connections to be closed",
  });
  assertEquals(await client.ping(), "PONG");
  assertEquals(listener.changes, []);
}

async function endWithOwner({ create }: AdapterClient): Promise<void> {
  await using server = await RedisServer.start();
  const client = create(server.url);
  await client.connect();
  await using transport = client.transport();
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  await client[Symbol.asyncDispose]();
  const { cause } = await listener.changed("closed");
  assert(cause.message.includes("closed by its owner"), cause.message);
  await until(async () => await connections(server) === 0, {
    what: "every connection to be closed",
  });
}

async function unreadable(client: AdapterClient): Promise<void> {
  await using stage = await AdapterStage.open(client);
  const listener = new Listener();
  await stage.transport().subscribe(["news"], listener);
  await stage.server.cli(
    ...["EVAL", "redis.call('PUBLISH', 'news', '\\255\\254')", "0"],
  );
  await stage.server.cli("PUBLISH", "news", "\ufeffhé\u0000");
  await until(() => listener.messages.length > 0, { what: "the message" });
  assertEquals(listener.unread, ["it is not valid UTF-8"]);
  assertEquals(listener.messages, ["\ufeffhé\u0000"]);
}

async function lateServer({ create }: AdapterClient): Promise<void> {
  const port = freePort();
  await using client = create(`redis://127.0.0.1:${port}`);
  await using transport = client.transport(SWIFT);
  const failure = await failureOf(
    transport.publish("news", "1", { timeout: 50 }),
  );
  assertEquals(failure.outcome, "not-sent");
  const abort = new AbortController();
  const { signal } = abort;
  const withdrawn = failureOf(transport.publish("news", "2", { signal }));
  const listener = new Listener();
  const subscribing = transport.subscribe(["news"], listener);
  assert(await stillPending(subscribing));
  abort.abort(new Error("changed my mind"));
  assertEquals((await withdrawn).message, "changed my mind");
  await using _server = await RedisServer.start({ port });
  await subscribing;
  assertEquals(await transport.publish("news", "3"), 1);
  await until(() => listener.messages.length > 0, { what: "the message" });
  assertEquals(listener.messages, ["3"]);
}

async function closeWhileMute(client: AdapterClient): Promise<void> {
  await using stage = await AdapterStage.open(client);
  stage.server.suspend();
  const transport = stage.transport(undefined, { handshakeTimeout: 60_000 });
  const failures = [
    failureOf(transport.publish("news", "never")),
    failureOf(transport.subscribe(["news"], new Listener())),
  ];
  assert(await stillPending(Promise.race(failures), 100));
  await within(transport.close(), { what: "the transport to close" });
  for (const { message } of await Promise.all(failures)) {
    assert(message.includes("closed"), message);
  }
  stage.server.resume();
}
