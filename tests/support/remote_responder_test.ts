import { assertEquals } from "@std/assert";
import { Broker } from "../../src/broker/mod.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { RemoteResponder } from "./remote_responder.ts";
import { until } from "./wait.ts";

Deno.test("a remote responder answers with the signal's number and records its acts until forget()", async () => {
  await using broker = Broker.listen();
  const { hostname, port } = new URL(broker.url);
  const redis = { hostname, port: Number(port) };
  await using remote = await RemoteResponder.start(redis);
  const { responderId } = remote;
  await using exporter = await SignalExporter.connect("fio", { redis });
  assertEquals(await exporter.initializeAndWait(1, ["start"]), true);
  const publish = (number: number, more = {}) =>
    exporter.publishSignal("start", {
      metadata: { number, ...more },
      timeout: "mute" in more ? 200 : 20_000,
    });
  assertEquals((await publish(1)).messages, { [responderId]: "1" });
  assertEquals((await publish(2, { asked: 0 })).code, 1);
  assertEquals((await publish(3, { mute: true })).code, 2);
  await until(() => remote.acted(3), { what: "the last act" });
  assertEquals([1, 2, 3, 4].map((n) => remote.acted(n)), [1, 0, 1, undefined]);
  assertEquals(remote.forget(3), true);
  assertEquals([2, 3].map((n) => remote.acted(n)), [undefined, 1]);
  assertEquals(remote.forget(4), false);
});
