/**
 * An exporter and a responder over a client of npm:redis that is there already:
 *
 *     deno run --allow-net=127.0.0.1 --allow-env=REDIS_DEBUG_MAINTENANCE examples/node_redis.ts
 *     deno run --allow-net=HOST:6379 --allow-env=REDIS_DEBUG_MAINTENANCE examples/node_redis.ts redis://HOST:6379
 *
 * Without a URL it runs on an embedded broker. By RESP3, node-redis reads that
 * one variable to know whether to log its maintenance notifications; by RESP2,
 * or with `maintNotifications: "disabled"`, it needs the network and nothing else.
 *
 * @module
 */
import { createClient } from "redis";
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { fromNodeRedis } from "@dsa/state-signals/adapters/node-redis";
import { Broker } from "@dsa/state-signals/broker";

const [url] = Deno.args;
await using broker = url === undefined ? await Broker.listen() : undefined;

// Your client, with your TLS, credentials and RESP version.
const client = createClient({ url: url ?? broker!.url, RESP: 3 });
client.on("error", (error) => console.error(error.message));
await client.connect();
// Closed last: what is opened below says goodbye over duplicates of it.
await using _client = { [Symbol.asyncDispose]: () => client.close() };

// It stays as it is; what is opened beside it is closed again here.
await using redis = fromNodeRedis(client);

await using responder = await SignalResponder.connect({ redis });
const listening = (async () => {
  for await (const signal of responder) {
    await responder.srespond(signal, 1, "noted");
    if (signal.event === "shutdown") break;
  }
})();

await using exporter = await SignalExporter.connect("fio", { redis });
await exporter.initializeAndWait(1, ["start"]);
const { ok, messages } = await exporter.publishSignal("start");
console.log(ok ? "all have acted on it:" : "not all have:", messages);
await exporter.shutdown();
await listening;

console.log("the client still answers:", await client.ping());
