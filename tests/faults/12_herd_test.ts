/**
 * Many clients that lose their links at once.
 *
 * @module
 */

import { assert } from "@std/assert";
import { RedisClient } from "../../src/redis/mod.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { Standstill } from "../support/standstill.ts";
import { until } from "../support/wait.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const CLIENTS = 100;
/** Milliseconds. */
const MIN_BACKOFF = 200;
const OUTAGE = 1_000;
/** Milliseconds after which a link counts as settled: its backoff starts at the minimum. */
const SETTLED = 1_100;
/** Milliseconds that count as one burst. */
const BURST = 20;
/** Without jitter all clients connect at once, in each round. */
const MOST_IN_A_BURST = CLIENTS / 2;
/** Most clients in a span of the first backoff: jitter keeps spreading them. */
const MOST_BACK = CLIENTS * 0.8;
/** Without exponential backoff the number would be half as high again. */
const MOST_A_SECOND = 5 * CLIENTS;

scenario(
  12,
  "100 clients that lose their server at once all come back, spread out in time",
  { needs: needsRedis("Herds of clients are") },
  async (report) => {
    const tally = new Tally();
    await using server = await RedisServer.start();
    await using proxy = await FaultProxy.start({ port: server.port });
    await using clients = new AsyncDisposableStack();
    using standstill = new Standstill();
    const herd = await Promise.all(
      Array.from({ length: CLIENTS }, async () =>
        clients.use(
          await RedisClient.connect({
            url: proxy.url,
            minBackoff: MIN_BACKOFF,
          }),
        )),
    );
    await sleep(SETTLED);

    const before = proxy.acceptedAt.length;
    await server.kill();
    await sleep(OUTAGE);
    await server.restart();
    const restartedAt = performance.now();
    await Promise.all(
      herd.map((client, number) =>
        tally.try(`client ${number}`, () => client.publish("c", "p"))
      ),
    );
    await until(() => proxy.connections === CLIENTS, { what: "the herd" });
    const accepted = proxy.acceptedAt.slice(before);
    const second = peak(accepted, 1_000);
    // What a standstill of the machine has driven together says nothing of the clients.
    const punctual = accepted.filter((at) => !standstill.delayed(at));
    const burst = peak(punctual, BURST);
    const back = peak(
      punctual.filter((at) => at > restartedAt),
      MIN_BACKOFF,
    );
    assert(burst <= MOST_IN_A_BURST, `${burst} connects in ${BURST} ms`);
    assert(
      back <= MOST_BACK,
      `${back} came back in ${MIN_BACKOFF} ms, no more spread than at first`,
    );
    assert(second <= MOST_A_SECOND, `${second} connects in a second`);
    report(tally.findings(
      `peak ${second} connects a second, ${burst} in ${BURST} ms; back: ${back} in ${MIN_BACKOFF} ms`,
    ));
  },
);
/** The largest number of times within one span. */
function peak(times: readonly number[], span: number): number {
  let most = 0;
  let first = 0;
  times.forEach((time, last) => {
    while (times[first]! <= time - span) first++;
    most = Math.max(most, last - first + 1);
  });
  return most;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
