/**
 * Fault scenarios in which the link is lost at once: 1, 2, 3 and 10.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { DeliveryError } from "../../src/transport/transport.ts";
import type { AdapterClient } from "../support/adapter_clients.ts";
import { eventOf, until } from "../support/wait.ts";
import { AdapterStage, Listener } from "./adapter_stage.ts";
import { type LinkScenario, spread } from "./link_scenario.ts";

const KILLS = 3;
const AWAY = [100, 1_000, 5_000];
const LOAD = 1_000;

/** All of them. */
export const LOST_LINKS: readonly LinkScenario[] = [
  {
    number: 1,
    title: "SIGKILL in a wait: missing as disconnected, no false success",
    async run(client) {
      for (let round = 0; round < KILLS; round++) await dieInWait(client);
      return `false successes 0/${KILLS}`;
    },
  },
  {
    number: 2,
    title: "SIGKILL and restart: subscribed again before anyone is told",
    async run(client) {
      const back = await Promise.all(AWAY.map((ms) => comeBack(client, ms)));
      return `${back.length}/${AWAY.length}, back after ${spread(back)}`;
    },
  },
  {
    number: 3,
    title: "SIGTERM, CLIENT KILL in a wait: told on both sides, then as before",
    async run(client) {
      const clientKill = await interruptWait(
        client,
        ({ server }) => server.cli("CLIENT", "KILL", "TYPE", "pubsub"),
      );
      const sigterm = await interruptWait(client, async ({ server }) => {
        await server.kill("SIGTERM");
        await server.restart();
      });
      return `down for ${spread([...clientKill, ...sigterm])}`;
    },
  },
  {
    number: 10,
    title: `the server dies under ${LOAD} messages a second: all accounted for`,
    run: dieUnderLoad,
  },
];

async function dieInWait(client: AdapterClient): Promise<void> {
  await using stage = await AdapterStage.open(client);
  const [exporter] = await stage.signals().pair(["start"]);
  const publishing = exporter.publishSignal("start", { timeout: 400 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await stage.server.kill();
  const { ok, missing } = await publishing;
  assertEquals(ok, false);
  assertEquals([...missing.values()], ["disconnected"]);
}

/** Resolves with the milliseconds from the server's return to the link's. */
async function comeBack(client: AdapterClient, away: number): Promise<number> {
  await using stage = await AdapterStage.open(client);
  const transport = stage.transport();
  const listener = new Listener();
  const link = listener.link.bind(listener);
  let told = Promise.resolve([NaN, NaN]);
  listener.link = (change) => {
    link(change);
    if (change.state !== "up") return;
    const at = performance.now();
    told = stage.subscribers("news").then((count) => [count, at]);
  };
  await transport.subscribe(["news"], listener);
  await stage.server.kill();
  await new Promise((resolve) => setTimeout(resolve, away));
  await stage.server.restart();
  const restartedAt = performance.now();
  await listener.changed("up");
  const [count, at] = await told;
  assertEquals(count, 1);
  assertEquals(await transport.publish("news", "again"), 1);
  await until(() => listener.messages.length > 0, { what: "the message" });
  return Math.max(0, at! - restartedAt);
}

/** Resolves with the milliseconds for which each side was told to be down. */
async function interruptWait(
  client: AdapterClient,
  interrupt: (stage: AdapterStage) => Promise<unknown>,
): Promise<number[]> {
  await using stage = await AdapterStage.open(client);
  const signals = stage.signals();
  const responder = await signals.responder();
  const exporter = await signals.exporter();
  const joined = eventOf(exporter, "subscribe");
  await exporter.initialize(["start", "stop"]);
  const listening = responder.listen();
  await responder.srespond((await listening.next()).value!);
  await joined;
  const told = [exporter, responder].flatMap((side) =>
    ["disconnect", "gap", "reconnect"].map((type) => eventOf(side, type))
  );
  const publishing = exporter.publishSignal("start", { timeout: 1_500 });
  assertEquals((await listening.next()).value?.event, "start");
  await interrupt(stage);
  const events = await Promise.all(told) as CustomEvent[];
  const { ok, missing } = await publishing;
  assertEquals([ok, ...missing.values()], [false, "disconnected"]);
  const next = exporter.publishSignal("stop", { timeout: 5_000 });
  // An exporter that is back initializes again.
  for await (const signal of listening) {
    if (signal.event !== "stop") continue;
    await responder.srespond(signal, 1);
    break;
  }
  assert((await next).ok, "nobody answered after the link was back");
  return events.filter(({ type }) => type === "reconnect").map((
    { detail },
  ) => detail.downtime);
}

async function dieUnderLoad(client: AdapterClient): Promise<string> {
  await using stage = await AdapterStage.open(client);
  const publisher = stage.transport();
  const listener = new Listener();
  await stage.transport().subscribe(["load"], listener);
  const confirmed = new Set<number>();
  const failed = { "not-sent": 0, unknown: 0 };
  const publishes: Promise<unknown>[] = [];
  let sent = 0;
  const publish = () => {
    const number = sent++;
    publishes.push(
      publisher.publish("load", String(number), { timeout: 100 }).then(
        () => confirmed.add(number),
        (error: DeliveryError) => failed[error.outcome]++,
      ),
    );
  };
  const clock = setInterval(() => {
    for (let each = 0; each < LOAD / 100; each++) publish();
  }, 10);
  await until(() => listener.messages.length > 300, { what: "the load" });
  await stage.server.kill();
  await until(() => failed["not-sent"] > 0, { what: "a publish to fail" });
  const before = listener.messages.length;
  await stage.server.restart();
  await listener.changed("up");
  await until(() => listener.messages.length > before + 300, {
    what: "the load to go on",
  });
  clearInterval(clock);
  await Promise.all(publishes);
  const last = Math.max(...confirmed);
  await until(() => listener.messages.includes(String(last)), {
    what: "the last message",
  });

  const received = listener.messages.map(Number);
  assertEquals(new Set(received).size, received.length, "delivered twice");
  assertEquals(received.toSorted((a, b) => a - b), received);
  assertEquals(listener.changes.map(({ state }) => state), ["down", "up"]);
  const gapFrom = received[before - 1]!;
  const gapTo = received[before]!;
  const heard = new Set(received);
  const lost = [...confirmed].filter((number) => !heard.has(number));
  const outside = lost.filter((number) => number < gapFrom || number > gapTo);
  assertEquals(outside, [], "lost and not told of");
  assertEquals(confirmed.size + failed["not-sent"] + failed.unknown, sent);
  return `sent ${sent}: confirmed ${confirmed.size} (${lost.length} of them lost, in the gap), not sent ${
    failed["not-sent"]
  }, unknown ${failed.unknown}`;
}
