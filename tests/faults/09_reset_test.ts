/**
 * Links that end with a reset, or in one direction only, under load.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { RedisClient, RedisConnectionError } from "../../src/redis/mod.ts";
import type { LinkChange } from "../../src/transport/transport.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import type { RawRedis } from "../support/raw_redis.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { until } from "../support/wait.ts";
import { LinkStage, SWIFT } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 10;
const CHANNEL = "c";
/** The number of publishes: more than is written or read at once. */
const UNDER_WAY = 2_000;
/** The number of messages that arrive before the fault; the others are unread or unsent. */
const EARLY = 100;
const FILLING = "x".repeat(200);

const FAULTS: Readonly<Record<string, (proxy: FaultProxy) => void>> = {
  "RST with unread data": (proxy) => proxy.reset(),
  "half-close by the server": (proxy) => proxy.halfClose("toClient"),
  "half-close towards the server": (proxy) => proxy.halfClose("toServer"),
};

type Outcome = "confirmed" | RedisConnectionError["outcome"];
type Outcomes = Record<Outcome, number>;

scenario(
  9,
  "a reset with unread data or a half-close settles every publish with its true outcome and is reported as a gap",
  { needs: needsRedis("Resets and half-closes are") },
  async (report) => {
    const tally = new Tally();
    const totals: Outcomes = { "confirmed": 0, "unknown": 0, "not-sent": 0 };
    const down: number[] = [];
    await using stage = await LinkStage.open();
    const proxy = await stage.proxy();
    await using client = await RedisClient.connect({
      ...SWIFT,
      pingInterval: 60_000, // no PING: the end of the connection must be enough
      url: proxy.url,
    });
    using ear = await stage.server.connect();
    await ear.command("SUBSCRIBE", CHANNEL);
    const changes: LinkChange[] = [];
    const heard: string[] = [];
    let onHeard = (_count: number) => {};
    await client.subscribe([CHANNEL], {
      message: (payload) => {
        heard.push(payload.replace(FILLING, ""));
        onHeard(heard.length);
      },
      link: (change) => void changes.push(change),
    });
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [name, fault] of Object.entries(FAULTS)) {
        await tally.try(`${name}, round ${round}`, async () => {
          changes.length = heard.length = 0;
          onHeard = (count) => {
            if (count === EARLY) fault(proxy);
          };
          const publishes = Array.from(
            { length: UNDER_WAY },
            (_, number) => settle(client, `${number}`),
          );
          const outcomes = await Promise.all(publishes);
          await until(() => changes.length >= 2, { what: "the link" });
          await until(() => proxy.connections === 2, { what: "two links" });
          assertEquals(changes.map(({ state }) => state), ["down", "up"]);
          await stage.subscribers(CHANNEL, 2);
          assertEquals(await client.publish(CHANNEL, "end"), 2);
          const delivered = await messagesUntil("end", ear);
          assertTrue(outcomes, delivered);
          await until(() => heard.includes("end"), { what: "the end" });
          assertHeard(heard, delivered);
          for (const outcome of outcomes) totals[outcome]++;
          const [, up] = changes;
          if (up?.state === "up") down.push(up.downtime);
        });
      }
    }
    const { confirmed, unknown } = totals;
    report(tally.findings(
      `${confirmed} confirmed, ${unknown} unknown, ${
        totals["not-sent"]
      } not sent, none twice; down for ${percentiles(down)}`,
    ));
  },
);

async function settle(client: RedisClient, number: string): Promise<Outcome> {
  try {
    await client.publish(CHANNEL, number + FILLING);
    return "confirmed";
  } catch (error) {
    if (error instanceof RedisConnectionError) return error.outcome;
    throw error;
  }
}

/** The messages that an undisturbed subscriber received. */
async function messagesUntil(end: string, ear: RawRedis): Promise<string[]> {
  const messages: string[] = [];
  for (;;) {
    const [, , payload] = await ear.read() as string[];
    if (payload === end) return messages;
    messages.push(payload!.replace(FILLING, ""));
  }
}

/** A confirmed message arrived, one that was not sent did not, and none arrived twice. */
function assertTrue(
  outcomes: readonly Outcome[],
  delivered: readonly string[],
): void {
  const all = new Set(delivered);
  assertEquals(all.size, delivered.length, "a message was delivered twice");
  outcomes.forEach((outcome, number) => {
    const arrived = all.has(`${number}`);
    if (outcome === "confirmed") assert(arrived, `${number} did not arrive`);
    if (outcome === "not-sent") assert(!arrived, `${number} did arrive`);
  });
}

/** The messages before the gap are in order and complete. */
function assertHeard(
  heard: readonly string[],
  delivered: readonly string[],
): void {
  const before = heard.slice(0, -1);
  assertEquals(before, delivered.slice(0, before.length));
}
