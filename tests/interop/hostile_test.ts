import { assertEquals } from "@std/assert";
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
  SignalExporter,
  SignalResponder,
} from "../../mod.ts";
import { vectors } from "../protocol/vectors.ts";
import {
  needsPython,
  PythonClient,
  PythonExporter,
  PythonResponder,
} from "../support/python_peer.ts";
import { SERVERS } from "./servers.ts";

const ignorePython = needsPython("Hostile payloads from Python").ignore;

const PUBLISHER = "fio-0f7c2c9e-8b6e-4d53-9d77-3d9d2a6f2f11";

/** Bytes that are no text, and texts that nest too deeply or take long to read. */
const ABUSE: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
  new Uint8Array([0xed, 0xa0, 0x80]),
  "[".repeat(100_000),
  '{"metadata":'.repeat(100_000),
  `{"sample_no":${"9".repeat(100_000)}}`,
  `"${"\\".repeat(99_999)}`,
  '{"__proto__":null,"publisher_id":"p","constructor":{"prototype":1}}',
];

function marker(tag: string): string {
  return JSON.stringify({
    publisher_id: PUBLISHER,
    process_name: "fio",
    event: "marker",
    runner_host: "node-1",
    sample_no: -1,
    tag,
  });
}

for (const server of SERVERS) {
  const ignore = ignorePython || server.ignore;

  Deno.test({
    name:
      `a responder of this module survives every payload that Python publishes, over ${server.name}`,
    ignore,
    async fn() {
      await using running = await server.start();
      const redis = running.url;
      await using python = await PythonClient.connect(redis);
      await using responder = await SignalResponder.connect({ redis });
      const signals = responder.listen();

      let refused = 0;
      for (const each of vectors.responder_accepts) {
        await python.publish(SIGNAL_CHANNEL, each.payload);
        await python.publish(SIGNAL_CHANNEL, marker(each.case));
        let yielded = 0;
        while ((await signals.next()).value.tag !== each.case) yielded++;
        const { yields = [] } = each.python;
        const expected = typeof yields === "string" ? 1 : yields.length;
        assertEquals(yielded, expected, each.case);
        refused += 1 - expected;
      }
      for (
        const payload of [
          ...ABUSE,
          ...vectors.exporter_accepts.map(({ payload }) => payload),
        ]
      ) {
        await python.publish(SIGNAL_CHANNEL, payload);
        refused++;
      }
      await python.publish(SIGNAL_CHANNEL, marker("the end"));
      assertEquals((await signals.next()).value.tag, "the end");
      assertEquals(responder.counts, { malformed: refused, dropped: 0 });

      const answering = (async () => {
        for await (const signal of signals) await responder.srespond(signal, 1);
      })();
      await using exporter = await PythonExporter.connect(redis);
      assertEquals(await exporter.initializeAndWait(1, ["start"]), true);
      assertEquals((await exporter.publishSignal("start")).code, 0);
      await responder.close();
      await answering;
    },
  });

  Deno.test({
    name:
      `an exporter of this module survives every payload that Python publishes, over ${server.name}`,
    ignore,
    async fn() {
      await using running = await server.start();
      const redis = running.url;
      await using python = await PythonClient.connect(redis);
      await using responder = await PythonResponder.connect(redis);
      await responder.listen({ initialization: {}, "*": null });
      await using exporter = await SignalExporter.connect("fio", { redis });
      await exporter.initializeAndWait(1, ["benchmark-start"]);

      const publishing = exporter.publishSignal("benchmark-start");
      for (
        const payload of [
          ...vectors.exporter_accepts.map(({ payload }) => payload),
          ...vectors.responder_accepts.map(({ payload }) => payload),
          ...ABUSE,
        ]
      ) {
        await python.publish(
          RESPONSE_CHANNEL,
          typeof payload === "string"
            ? payload.replaceAll(PUBLISHER, exporter.publisherId)
            : payload,
        );
      }
      const { publisherId } = exporter;
      await responder.respond({ publisherId, event: "benchmark-start" }, {
        ras: 1,
        message: "still here",
      });
      const { code, acks, messages } = await publishing;
      assertEquals([code, [...acks.keys()], messages[responder.responderId]], [
        0,
        [responder.responderId],
        "still here",
      ]);
      assertEquals([...exporter.subscribers], [responder.responderId]);
    },
  });
}
