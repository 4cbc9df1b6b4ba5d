/**
 * A link that is cut between a PUBLISH and its reply.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { RedisClient, RedisConnectionError } from "../../src/redis/mod.ts";
import type { DeliveryError } from "../../src/transport/transport.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import type { RawRedis } from "../support/raw_redis.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { joinOnly, succeed } from "../support/stage.ts";
import { LinkStage, SWIFT } from "./link_stage.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 10;

scenario(
  6,
  "a PUBLISH whose reply is cut off has an unknown outcome and is not sent again",
  { needs: needsRedis("Replies that are cut off are") },
  async (report) => {
    const tally = new Tally();
    const deliveries: number[] = [];
    await using stage = await LinkStage.open();
    using ear = await stage.server.connect();
    await ear.command("SUBSCRIBE", SIGNAL_CHANNEL);
    const count = async (text: string) => {
      const delivered = await deliveriesOf(text, ear, stage);
      deliveries.push(delivered);
      assertEquals(delivered, 1);
    };

    const proxy = await stage.proxy();
    await using client = await RedisClient.connect({
      ...SWIFT,
      url: proxy.url,
    });
    for (let round = 1; round <= ROUNDS; round++) {
      await tally.try(`message, round ${round}`, async () => {
        const text = `message ${round}`;
        const cut = cutAfterPublish(proxy, text);
        const error = await assertRejects(
          () => client.publish(SIGNAL_CHANNEL, text),
          RedisConnectionError,
        );
        assertEquals(error.outcome, "unknown");
        await cut;
        await client.publish(SIGNAL_CHANNEL, "the link is back");
        await count(text);
      });
    }

    const { party: exporter, proxy: link } = await stage.exporter();
    for (let round = 1; round <= ROUNDS; round++) {
      await tally.try(
        `signal without subscribers, round ${round}`,
        async () => {
          const tag = `unheard ${round}`;
          const cut = cutAfterPublish(link, tag);
          const error: DeliveryError = await assertRejects(
            () => exporter.publishSignal("start", { tag }),
          );
          assertEquals(error.outcome, "unknown");
          await cut;
          await count(tag);
        },
      );
    }
    await stage.responder(succeed);
    assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
    for (let round = 1; round <= ROUNDS; round++) {
      await tally.try(`signal that is answered, round ${round}`, async () => {
        const tag = `answered ${round}`;
        const cut = cutAfterPublish(link, tag);
        const { ok, acks, receivers } = await exporter.publishSignal("start", {
          tag,
        });
        assertEquals([ok, acks.size, receivers], [true, 1, undefined]);
        await cut;
        await count(tag);
      });
    }
    const { party: mute } = await stage.responder(joinOnly);
    assert(await exporter.initializeAndWait(2, ["start"], { periodic: 100 }));
    await tally.try("signal that one subscriber does not answer", async () => {
      const tag = "not answered";
      const cut = cutAfterPublish(link, tag);
      const { acks, missing } = await exporter.publishSignal("start", {
        tag,
        timeout: 300,
      });
      assertEquals(acks.size, 1);
      assertEquals([...missing], [[mute.responderId, "disconnected"]]);
      await cut;
      await count(tag);
    });
    report(tally.findings(
      `deliveries ${Math.min(...deliveries)} to ${
        Math.max(...deliveries)
      } in ${deliveries.length} cuts`,
    ));
  },
);

function cutAfterPublish(proxy: FaultProxy, text: string): Promise<void> {
  return proxy.cutAfter("toServer", (sent) => {
    const at = sent.indexOf(text);
    return at >= 0 && sent.indexOf("\r\n", at) >= 0;
  });
}

/** The number of messages with this text before a marker that is published now. */
async function deliveriesOf(
  text: string,
  ear: RawRedis,
  { server }: LinkStage,
): Promise<number> {
  const end = `end of ${text}`;
  await server.cli("PUBLISH", SIGNAL_CHANNEL, end);
  for (let count = 0;;) {
    const [, , message] = await ear.read() as string[];
    if (message === end) return count;
    if (message?.includes(text)) count++;
  }
}
