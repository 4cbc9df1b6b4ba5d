/**
 * An exporter and a responder over a client of npm:ioredis that is there already:
 *
 *     deno run --allow-net=127.0.0.1 --allow-env examples/ioredis.ts
 *     deno run --allow-net=HOST:6379 --allow-env examples/ioredis.ts redis://HOST:6379
 *
 * Without a URL it runs on an embedded broker. ioredis needs the whole
 * environment, as npm:debug, which it logs by, looks through all variables for
 * those that begin with DEBUG_ when it is loaded.
 *
 * @module
 */
import { Redis } from "ioredis";
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { fromIoredis } from "@dsa/state-signals/adapters/ioredis";
import { Broker } from "@dsa/state-signals/broker";

const [url] = Deno.args;
await using broker = url === undefined ? await Broker.listen() : undefined;

// Your client, with your TLS, credentials and sentinels.
const client = new Redis(url ?? broker!.url);
client.on("error", (error) => console.error(error.message));
// Closed last: what is opened below says goodbye over duplicates of it.
using _client = { [Symbol.dispose]: () => client.disconnect() };

// It stays as it is; what is opened beside it is closed again here.
await using redis = fromIoredis(client);

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
