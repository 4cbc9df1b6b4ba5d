import { assert } from "@std/assert";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { RedisClient } from "../../src/redis/mod.ts";
import { startRole } from "../support/child.ts";
import type { JsonProcess } from "../support/json_process.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import type { ListenerFigures } from "../support/roles/listener.ts";
import { until } from "../support/wait.ts";
import { scenario } from "./scenario.ts";
import { signalText } from "./traffic.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const CAPACITY = 200;
const SIGNALS = 12_000;
const SIZE = 32 * KIB;
/** Of 375 MiB that are published; most of the growth is garbage. */
const MAX_GROWTH = 192 * MIB;
/** Signals in flight, which stay below the output limit of the server. */
const BATCH = 200;

scenario(
  19,
  "a listener that takes no signals holds a bounded queue, and every dropped signal is counted and reported",
  { needs: needsRedis("[fault 19] is") },
  async (report) => {
    await using server = await RedisServer.start();
    await using publisher = await RedisClient.connect(server.url);
    await using listener = startRole("listener.ts", {
      args: [
        server.url,
        JSON.stringify({ idle: true, queueCapacity: CAPACITY }),
      ],
      permissions: [`--allow-net=127.0.0.1:${server.port}`],
    });
    const { rss } = await listener.next<{ rss: number }>({
      what: "the listener",
    });
    for (let published = 0; published < SIGNALS; published += BATCH) {
      await Promise.all(
        Array.from(
          { length: BATCH },
          (_, i) =>
            publisher.publish(SIGNAL_CHANNEL, signalText(published + i, SIZE)),
        ),
      );
      const due = Math.max(0, published + BATCH - CAPACITY);
      await figuresWhen(listener, ({ dropped }) => dropped >= due);
    }
    await listener.send("take");
    const { taken, first, last, dropped, overflows, maxRss } =
      await figuresWhen(listener, ({ last }) => last === SIGNALS - 1);
    assert(dropped === overflows, `${dropped} dropped, ${overflows} reported`);
    assert(
      maxRss - rss < MAX_GROWTH,
      `max RSS grew by ${inMib(maxRss - rss)}`,
    );
    assert(taken === CAPACITY && first === SIGNALS - CAPACITY && last !== null);
    report({
      tried: SIGNALS,
      held: taken + overflows,
      figure: `${overflows} dropped and reported, max RSS ${inMib(maxRss)} (${
        inMib(rss)
      } before)`,
    });
  },
);

function figuresWhen(
  listener: JsonProcess,
  condition: (figures: ListenerFigures) => boolean,
): Promise<ListenerFigures> {
  return until(async () => {
    await listener.send("figures");
    const figures = await listener.next<ListenerFigures>({ what: "figures" });
    return condition(figures) && figures;
  }, { what: "the listener's figures to be as they must" });
}

function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
