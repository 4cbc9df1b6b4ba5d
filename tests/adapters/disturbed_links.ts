/**
 * Fault scenarios in which the link goes mute or is cut in the middle: 4 to 7.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { AdapterClient } from "../support/adapter_clients.ts";
import { type Random, withRandom } from "../support/random.ts";
import { until, within } from "../support/wait.ts";
import {
  AdapterStage,
  failureOf,
  Listener,
  SLACK,
  SWIFT,
} from "./adapter_stage.ts";
import { type LinkScenario, spread } from "./link_scenario.ts";

const LOST_REPLIES = 10;
const ROUNDS = 20;

/** All of them. */
export const DISTURBED_LINKS: readonly LinkScenario[] = [
  {
    number: 4,
    title: "a stopped server that takes connections: a deadline, then unsent",
    run: stoppedServer,
  },
  {
    number: 5,
    title: "mute both ways, then one way: noticed by a PING, and remade",
    async run(client) {
      const found = [];
      for (const direction of ["both", "toServer", "toClient"] as const) {
        found.push(await goMute(client, direction));
      }
      return `noticed after ${spread(found)}`;
    },
  },
  {
    number: 6,
    title: "cut between PUBLISH and its reply: unknown, never sent again",
    run: loseReplies,
  },
  {
    number: 7,
    title: "cut while it logs in or subscribes again: one subscription left",
    run: (client) => withRandom((random) => cutHandshakes(client, random)),
  },
];

async function stoppedServer(client: AdapterClient): Promise<string> {
  await using stage = await AdapterStage.open(client);
  stage.server.suspend();
  const transport = stage.transport(undefined, { connectTimeout: 700 });
  const began = performance.now();
  const [published, subscribed] = await Promise.all([
    failureOf(transport.publish("news", "never", { timeout: 700 })),
    failureOf(transport.subscribe(["news"], new Listener())),
  ]);
  const elapsed = performance.now() - began;
  assert(elapsed < 700 + SLACK, `failed after ${elapsed} ms`);
  assertEquals(published.outcome, "not-sent");
  for (const { message } of [published, subscribed]) {
    assert(/was not ready within|did not reply within/.test(message), message);
  }
  stage.server.resume();
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  await transport.publish("news", "now");
  await until(() => listener.messages.length > 0, { what: "the message" });
  assertEquals(listener.messages, ["now"]);
  return `failed after ${elapsed.toFixed(0)} ms of 700 ms`;
}

/** Resolves with the milliseconds until the mute link was told to be down. */
async function goMute(
  client: AdapterClient,
  direction: "both" | "toServer" | "toClient",
): Promise<number> {
  await using stage = await AdapterStage.open(client);
  const proxy = await stage.proxy();
  const transport = stage.transport(proxy.url);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  await transport.publish("news", "1");
  const began = performance.now();
  proxy.blackhole(direction);
  await listener.changed("down");
  const noticed = performance.now() - began;
  const { pingInterval, pingTimeout } = SWIFT;
  assert(noticed < pingInterval + pingTimeout + SLACK, `after ${noticed} ms`);
  const failure = await failureOf(
    transport.publish("news", "2", { timeout: 300 }),
  );
  assert(failure.outcome !== undefined, failure.message);
  await proxy.heal();
  await listener.changed("up");
  await transport.publish("news", "3");
  await until(() => listener.messages.at(-1) === "3", { what: "the message" });
  return noticed;
}

async function loseReplies(client: AdapterClient): Promise<string> {
  await using stage = await AdapterStage.open(client);
  const proxy = await stage.proxy();
  const publisher = stage.transport(proxy.url);
  const listener = new Listener();
  await stage.transport().subscribe(["news"], listener);
  await publisher.publish("news", "first");
  const expected = ["first"];
  for (let round = 1; round <= LOST_REPLIES; round++) {
    const payload = `lost reply ${round}`;
    const cut = proxy.cutAfter("toServer", (text) => text.includes(payload));
    const { outcome } = await failureOf(publisher.publish("news", payload));
    await cut;
    assertEquals(outcome, "unknown");
    // Whatever would go out again goes before this.
    await publisher.publish("news", `after ${round}`);
    expected.push(payload, `after ${round}`);
  }
  await until(() => listener.messages.length >= expected.length, {
    what: "every message",
  });
  assertEquals(listener.messages, expected);
  return `${LOST_REPLIES} replies lost, ${LOST_REPLIES} delivered once`;
}

async function cutHandshakes(
  client: AdapterClient,
  random: Random,
): Promise<string> {
  const { connections: expected = 1, relogs = true } = client;
  await using stage = await AdapterStage.open(
    client,
    relogs ? { password: "sesame" } : {},
  );
  const proxy = await stage.proxy();
  const login = relogs ? ":sesame@" : "";
  const url = `redis://${login}127.0.0.1:${proxy.port}`;
  const listener = new Listener();
  const transport = stage.transport(url);
  const subscription = await transport.subscribe(["a", "b"], listener);
  let connections = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const direction = round % 2 === 0 ? "toServer" : "toClient";
    // Within the login, or after the first of two confirmations.
    const enough = round % 4 < 2
      ? random.int(1, direction === "toServer" ? 80 : 20)
      : (text: string) => /subscribe/i.test(text);
    const before = proxy.acceptedAt.length;
    const cut = proxy.cutAfter(direction, enough);
    proxy.cut();
    await within(cut, { what: `the cut of round ${round}` });
    await until(
      async () =>
        proxy.connections === expected &&
        listener.changes.at(-1)?.state === "up" &&
        await stage.subscribers("a") === 1 &&
        await stage.subscribers("b") === 1,
      { what: `one subscription after round ${round}` },
    );
    connections += proxy.acceptedAt.length - before;
  }
  await subscription.close();
  assertEquals(await stage.subscribers("a"), 0);
  return `one subscription ${ROUNDS}/${ROUNDS}, ${connections} connections`;
}
