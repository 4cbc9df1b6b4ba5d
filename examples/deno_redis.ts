/**
 * An exporter and a responder over clients of x/redis, `jsr:@db/redis`:
 *
 *     deno run --allow-net=127.0.0.1 examples/deno_redis.ts
 *     deno run --allow-net=127.0.0.1:6379 examples/deno_redis.ts redis://127.0.0.1:6379
 *
 * Without a URL it runs on an embedded broker. It needs the network and nothing
 * else; the first time, Deno fetches x/redis.
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import {
  type DenoRedisClient,
  fromDenoRedis,
} from "@dsa/state-signals/adapters/deno-redis";
import { Broker } from "@dsa/state-signals/broker";

/** The part of x/redis that is used here. */
interface DenoRedis {
  connect(options: {
    hostname: string;
    port: string;
    maxRetryCount: number;
  }): Promise<DenoRedisClient>;
}

// Your code says `import { connect } from "jsr:@db/redis";`. Here it is fetched
// when the example runs, so that all examples can be checked where JSR is not.
const specifier = "jsr:@db/redis@^0.41.0";
const { connect }: DenoRedis = await import(specifier);

const [url] = Deno.args;
await using broker = url === undefined ? await Broker.listen() : undefined;
const { hostname, port } = new URL(url ?? broker!.url);

// A function: its connections are opened, remade and closed for you. Without
// `maxRetryCount: 0`, x/redis would send again what may have arrived already.
await using redis = fromDenoRedis(() =>
  connect({ hostname, port: port || "6379", maxRetryCount: 0 })
);

await using responder = await SignalResponder.connect({
  redis,
  name: "collector",
});
const listening = (async () => {
  for await (const signal of responder) {
    console.log(`${signal.processName} is in state "${signal.event}"`);
    await responder.srespond(signal, 1, "noted");
    if (signal.event === "shutdown") break;
  }
})();

await using exporter = await SignalExporter.connect("fio", { redis });
exporter.addEventListener("reconnect", ({ detail }) => {
  console.log(`x/redis is back after ${detail.downtime} ms`);
});
await exporter.initializeAndWait(1, ["start"]);
const { ok, messages } = await exporter.publishSignal("start");
console.log(ok ? "all have acted on it" : "not all have", messages);
await exporter.shutdown();
await listening;
