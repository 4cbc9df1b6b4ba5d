/**
 * A web service that goes into maintenance when an exporter says so, and
 * answers requests according to the state: signals and HTTP in one process.
 *
 *     deno run --allow-net=127.0.0.1 examples/web_handler.ts
 *
 * @module
 */
import { SignalExporter, SignalResponder } from "@dsa/state-signals";
import { Broker } from "@dsa/state-signals/broker";

await using broker = await Broker.listen(); // or a Redis of yours
const redis = broker.url;

// The web service.
let isOpen = true;
await using responder = await SignalResponder.connect({ redis, name: "web" });
const serving = responder.serve({
  "maintenance-begin": (signal) => {
    isOpen = false;
    return `closed for ${signal.tag}`;
  },
  "maintenance-end": () => {
    isOpen = true;
  },
}, { until: "shutdown" });
await using server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  () =>
    new Response(isOpen ? "hello" : "back soon", {
      status: isOpen ? 200 : 503,
    }),
);

// Who operates it, elsewhere.
const address = `http://127.0.0.1:${server.addr.port}`;
async function status(): Promise<number> {
  const response = await fetch(address);
  await response.body?.cancel();
  return response.status;
}
const events = ["maintenance-begin", "maintenance-end"] as const;
await using exporter = await SignalExporter.connect("operator", { redis });
await exporter.initializeAndWait(1, events);
for (const event of events) {
  const { ok } = await exporter.publishSignal(event, { tag: "an upgrade" });
  console.log(
    event,
    ok ? "done;" : "not done;",
    "the web says",
    await status(),
  );
}
await exporter.shutdown();
await serving;
