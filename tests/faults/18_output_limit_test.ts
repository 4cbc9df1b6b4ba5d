import { RedisClient } from "../../src/redis/mod.ts";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { startRole } from "../support/child.ts";
import type { JsonProcess } from "../support/json_process.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import type { ListenerFigures } from "../support/roles/listener.ts";
import { until } from "../support/wait.ts";
import { percentiles, scenario } from "./scenario.ts";
import { signalText } from "./traffic.ts";

const ROUNDS = 3;
const MIB = 1024 * 1024;
/** Far more than the server's limit and the buffers of both sockets. */
const ENOUGH = 256 * MIB;

scenario(
  18,
  "a paused subscriber that the server kills at its output limit reports the gap and subscribes again",
  { needs: needsRedis("[fault 18] is") },
  async (report) => {
    await using server = await RedisServer.start();
    await using publisher = await RedisClient.connect(server.url);
    await using listener = startRole("listener.ts", {
      args: [server.url],
      permissions: [`--allow-net=127.0.0.1:${server.port}`],
    });
    await listener.next({ what: "the listener" });
    const back: number[] = [];
    const sent: number[] = [];
    let held = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      listener.suspend();
      sent.push(await publishUntilKilled(publisher, server));
      listener.resume();
      const resumedAt = performance.now();
      const events = await eventsThrough(listener, "reconnect");
      back.push(performance.now() - resumedAt);
      const confirmed = await server.cli("PUBSUB", "NUMSUB", SIGNAL_CHANNEL);
      await publisher.publish(SIGNAL_CHANNEL, signalText(round));
      const isBack = await lastIs(listener, round);
      if (
        isBack && events === "disconnect,gap,reconnect" &&
        confirmed === `${SIGNAL_CHANNEL}\n1`
      ) held++;
    }
    report({
      tried: ROUNDS,
      held,
      figure: `killed after ${(Math.max(...sent) / MIB).toFixed(0)} MiB, back ${
        percentiles(back)
      } after it went on`,
    });
  },
);

/** Resolves with the number of bytes published until the kill. */
async function publishUntilKilled(
  publisher: RedisClient,
  server: RedisServer,
): Promise<number> {
  const text = signalText(0, MIB);
  for (let sent = 0; sent < ENOUGH; sent += text.length) {
    if (await publisher.publish(SIGNAL_CHANNEL, text) === 0) {
      await until(
        async () => await server.cli("CLIENT", "LIST", "TYPE", "pubsub") === "",
        { what: "the subscriber to be gone" },
      );
      return sent;
    }
  }
  throw new Error("The server did not kill the paused subscriber");
}

async function eventsThrough(
  listener: JsonProcess,
  last: string,
): Promise<string> {
  const events: string[] = [];
  while (events.at(-1) !== last) {
    const line = await listener.next<{ event: string }>({ what: last });
    events.push(line.event);
  }
  return events.join();
}

function lastIs(listener: JsonProcess, sampleNo: number): Promise<boolean> {
  return until(async () => {
    await listener.send("figures");
    const { last } = await listener.next<ListenerFigures>({ what: "figures" });
    return last === sampleNo;
  }, { what: "the first signal after the gap" });
}
