/**
 * Requests to stop, and the reason of a stop, beside Python peers.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { SignalExporter, SignalResponder } from "../../mod.ts";
import {
  needsPython,
  PythonExporter,
  PythonResponder,
} from "../support/python_peer.ts";
import { eventOf } from "../support/wait.ts";
import { SERVERS } from "./servers.ts";

const noPython = needsPython("A stop beside Python peers").ignore;

for (const { name, ignore, start } of SERVERS) {
  Deno.test({
    name:
      `a Python responder finds the reason of a stop in the metadata of shutdown and nothing else, over ${name}`,
    ignore: noPython || ignore,
    async fn() {
      await using server = await start();
      const redis = server.url;
      await using python = await PythonResponder.connect(redis);
      await python.listen({ "*": { ras: 1 } });
      await using responder = await SignalResponder.connect({ redis });
      const serving = responder.serve({ start: () => {} });
      await using exporter = await SignalExporter.connect("fio", { redis });
      await exporter.initializeAndWait(2, ["start"], { periodic: true });
      const asked = eventOf<CustomEvent>(exporter, "stop-requested");
      await responder.requestStop(exporter.publisherId, "the disk is full");
      const { reason } = (await asked).detail;
      const { ok } = await exporter.publishSignal("start");
      assertEquals(ok, true);
      await exporter.shutdown({ reason });
      const seen = [];
      do seen.push(await python.nextSignal()); while (
        seen.at(-1)!.event !== "shutdown"
      );
      const { metadata } = seen.at(-1)!;
      assertEquals(metadata, { reason: "the disk is full" });
      const events = new Set(seen.map(({ event }) => event));
      assertEquals([...events], ["initialization", "start", "shutdown"]);
      await responder.close();
      await serving;
    },
  });

  Deno.test({
    name:
      `a request to stop that goes to a Python exporter is rejected, and the exporter works on, over ${name}`,
    ignore: noPython || ignore,
    async fn() {
      await using server = await start();
      const redis = server.url;
      await using python = await PythonExporter.connect(redis);
      await using responder = await SignalResponder.connect({ redis });
      const serving = responder.serve({ start: () => {} });
      await python.initializeAndWait(1, ["start"], { periodic: true });
      await assertRejects(
        () =>
          responder.requestStop(python.publisherId, "full", { timeout: 500 }),
        Error,
        "or a peer of 1.0.1",
      );
      assertEquals((await python.publishSignal("start")).code, 0);
      await responder.close();
      await serving;
    },
  });
}
