/**
 * A consumer that keeps up is never overtaken by the reads of its own link.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { encodeSignal } from "../support/payloads.ts";

const SIGNALS = 60_000;

Deno.test(
  "a loop that only counts loses no signal of a backlog",
  needsRedis("A consumer of a backlog"),
  async () => {
    await using server = await RedisServer.start();
    await using responder = await SignalResponder.connect({
      redis: server.url,
      queueCapacity: 10_000,
    });
    const payload = encodeSignal({
      publisherId: "fio-1",
      processName: "fio",
      event: "tick",
      runnerHost: "host",
      sampleNo: 0,
      tag: "t",
    });
    const publisher = new Deno.Command("redis-benchmark", {
      args: [
        ...["-p", `${server.port}`, "-q", "-c", "1", "-P", "256"],
        ...["-n", `${SIGNALS}`, "PUBLISH", "event-signal-pubsub", payload],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    // Nothing is read meanwhile, so that all of it waits when reading goes on.
    const until = performance.now() + 500;
    while (performance.now() < until);
    let seen = 0;
    for await (const _ of responder) {
      if (++seen + responder.counts.dropped === SIGNALS) break;
    }
    assertEquals(responder.counts.dropped, 0);
    await publisher.status;
  },
);
