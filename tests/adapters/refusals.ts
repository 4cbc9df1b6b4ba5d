/**
 * Fault scenarios in which the server refuses, or changes its role: 15 and 16.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { AdapterClient } from "../support/adapter_clients.ts";
import { RedisServer } from "../support/redis_server.ts";
import { joinOnly } from "../support/stage.ts";
import { eventOf, until } from "../support/wait.ts";
import { AdapterStage, failureOf, Listener, SLACK } from "./adapter_stage.ts";
import type { LinkScenario } from "./link_scenario.ts";

/** All of them. */
export const REFUSALS: readonly LinkScenario[] = [
  {
    number: 15,
    title: "no or wrong password, user off, channel forbidden: typed, no retry",
    async run(client) {
      await withoutPassword(client);
      const tries = await withWrongPassword(client);
      await switchedOff(client);
      await forbidden(client);
      return `4/4, connections with a wrong password ${tries} for 2 calls`;
    },
  },
  {
    number: 16,
    title: "the server becomes a replica: noticed in a wait, then unsent",
    run: changeRoles,
  },
];

async function withoutPassword(client: AdapterClient): Promise<void> {
  await using stage = await AdapterStage.open(client, { password: "sesame" });
  const transport = stage.transport(`redis://127.0.0.1:${stage.server.port}`);
  const failure = await failureOf(transport.publish("news", "1"));
  assertEquals([failure.code, failure.outcome], ["NOAUTH", "not-sent"]);
}

/** Resolves with how often the server was dialled. */
async function withWrongPassword(client: AdapterClient): Promise<number> {
  await using stage = await AdapterStage.open(client, { password: "sesame" });
  const proxy = await stage.proxy();
  const transport = stage.transport(
    `redis://:open-barley@127.0.0.1:${proxy.port}`,
  );
  const failures = await Promise.all([
    failureOf(transport.publish("news", "1")),
    failureOf(transport.subscribe(["news"], new Listener())),
  ]);
  for (const { code, message } of failures) {
    assertEquals(code, "WRONGPASS");
    assert(!message.includes("barley"), message);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals(proxy.acceptedAt.length, 2);
  return proxy.acceptedAt.length;
}

async function switchedOff(client: AdapterClient): Promise<void> {
  await using stage = await AdapterStage.open(client, {
    acl: [reader(client)],
  });
  const { server } = stage;
  const transport = stage.transport(server.urlAs("signals", "sesame"));
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  await server.cli("ACL", "SETUSER", "signals", "off");
  await server.cli("CLIENT", "KILL", "USER", "signals");
  const { cause } = await listener.changed("closed");
  assertEquals((cause as { code?: string }).code, "WRONGPASS");
  const { code } = await failureOf(transport.publish("news", "1"));
  assertEquals(code, "WRONGPASS");
}

/** A user who may listen to nothing but the news. */
function reader({ acl = "" }: AdapterClient): string {
  return `signals on >sesame resetchannels &news -@all +@all ${acl}`.trim();
}

/** A channel that is forbidden refuses the others, and no later subscription. */
export async function forbidden(client: AdapterClient): Promise<void> {
  await using stage = await AdapterStage.open(client, {
    acl: [reader(client)],
  });
  const transport = stage.transport(stage.server.urlAs("signals", "sesame"));
  const listener = new Listener();
  const both = await failureOf(
    transport.subscribe(["news", "gossip"], listener),
  );
  assertEquals(both.code, "NOPERM");
  assert(both.message.includes("gossip"), both.message);
  assertEquals(await stage.subscribers("news"), 0);
  const published = await failureOf(transport.publish("gossip", "1"));
  assertEquals([published.code, published.outcome], ["NOPERM", "not-sent"]);
  assert(published.message.includes("gossip"), published.message);
  await transport.subscribe(["news"], listener);
  await transport.publish("news", "1");
  await until(() => listener.messages.length > 0, { what: "the message" });
}

async function changeRoles(client: AdapterClient): Promise<string> {
  await using stage = await AdapterStage.open(client);
  const { server } = stage;
  await using other = await RedisServer.start({ replicaOf: server });
  const signals = stage.signals();
  await signals.answering(joinOnly);
  const exporter = await signals.exporter();
  await exporter.initializeAndWait(1, ["start"]);
  const down = eventOf(exporter, "disconnect");
  const began = performance.now();
  const publishing = exporter.publishSignal("start", { timeout: 20_000 });
  await other.cli("REPLICAOF", "NO", "ONE");
  await server.cli("REPLICAOF", "127.0.0.1", String(other.port));
  const { ok, missing } = await publishing;
  const noticed = performance.now() - began;
  assertEquals([ok, ...missing.values()], [false, "disconnected"]);
  assert(noticed < 1_000 + SLACK, `noticed after ${noticed} ms`);
  await down;
  const { outcome } = await failureOf(
    exporter.publishSignal("start", { timeout: 300 }),
  );
  assertEquals(outcome, "not-sent");
  await server.cli("REPLICAOF", "NO", "ONE");
  const { ok: okThen, missing: missingThen } = await exporter.publishSignal(
    "start",
    { timeout: 2_000 },
  );
  // The link that brings the responses may be back a moment later.
  const [reason] = missingThen.values();
  assert(!okThen && (reason === "timeout" || reason === "disconnected"));
  return `noticed after ${noticed.toFixed(0)} ms of a wait of 20 s`;
}
