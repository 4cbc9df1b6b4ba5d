import { assertEquals, assertRejects } from "@std/assert";
import { SignalExporter, SignalResponder } from "../../mod.ts";
import {
  needsPython,
  PythonExporter,
  PythonResponder,
} from "../support/python_peer.ts";
import { REFERENCE_SERVER, SERVERS } from "./servers.ts";
import { METADATA, type MetadataCase, SAMPLES, TEXTS } from "./values.ts";
import { WireLog } from "./wire_log.ts";

const ignorePython = needsPython("Payloads shared with Python").ignore;
const [plainText] = TEXTS;

for (const server of SERVERS) {
  const ignore = ignorePython || server.ignore;

  Deno.test({
    name:
      `Python reads every field that this module sends, over ${server.name}`,
    ignore,
    async fn() {
      await using running = await server.start();
      await using log = await WireLog.start(running.url);
      await using python = await PythonResponder.connect(running.url);
      await python.listen();
      await using ours = await SignalExporter.connect(plainText.text, {
        redis: running.url,
        runnerHost: plainText.text,
        logLevel: "ERROR",
      });
      const common = {
        publisher_id: plainText.python.replace(
          /'$/,
          `${ours.publisherId.slice(plainText.text.length)}'`,
        ),
        process_name: plainText.python,
        event: "'state'",
        runner_host: plainText.python,
        sample_no: "-1",
        tag: "'No tag specified'",
        metadata: "None",
      };
      for (const { text, python: literal } of TEXTS) {
        await ours.publishSignal(text, { tag: text });
        assertEquals(await python.nextLiterals(), {
          ...common,
          event: literal,
          tag: literal,
        });
      }
      for (const { metadata, python: literal } of METADATA) {
        await ours.publishSignal("state", { metadata });
        assertEquals(await python.nextLiterals(), {
          ...common,
          metadata: literal,
        });
      }
      for (const { sample, python: literal } of SAMPLES) {
        await ours.publishSignal("state", { sample });
        assertEquals(await python.nextLiterals(), {
          ...common,
          sample_no: literal,
        });
      }
      const sent = await log.assertSafeForPython();
      assertEquals(
        sent.length,
        TEXTS.length + METADATA.length + SAMPLES.length,
      );
    },
  });

  Deno.test({
    name:
      `this module reads every field that Python sends, over ${server.name}`,
    ignore,
    async fn() {
      await using running = await server.start();
      await using ours = await SignalResponder.connect({ redis: running.url });
      await using python = await PythonExporter.connect(running.url, {
        name: plainText.text,
        runnerHost: plainText.text,
      });
      const signals = ours.listen();
      const read = async () => (await signals.next()).value;
      const common = {
        publisherId: python.publisherId,
        processName: plainText.text,
        event: "state",
        runnerHost: plainText.text,
        sampleNo: -1,
        tag: "No tag specified",
        ticket: null,
      };
      for (const { text } of TEXTS) {
        await python.publishJson(JSON.stringify({ event: text, tag: text }));
        assertEquals(await read(), { ...common, event: text, tag: text });
      }
      const nonFinite: MetadataCase = {
        metadata: { nan: NaN, inf: Infinity, minus: -Infinity },
        json: '{"nan":NaN,"inf":Infinity,"minus":-Infinity}',
        python: "",
      };
      for (const { metadata, json } of [...METADATA, nonFinite]) {
        await python.publishJson(`{"event":"state","metadata":${json}}`);
        assertEquals(await read(), { ...common, metadata });
      }
      for (const { sample, python: literal } of SAMPLES) {
        if (sample === 0) continue; // Python sends 0 as -1.
        await python.publishJson(`{"event":"state","sample":${literal}}`);
        assertEquals(await read(), { ...common, sampleNo: sample });
      }
      assertEquals(ours.counts, { malformed: 0, dropped: 0 });
    },
  });

  Deno.test({
    name:
      `messages and names arrive unchanged between Python and this module, over ${server.name}`,
    ignore,
    async fn() {
      await using running = await server.start();
      const redis = running.url;
      await using log = await WireLog.start(redis);
      const name = plainText.text;
      await using ourExporter = await SignalExporter.connect("ours", { redis });
      await using pythonExporter = await PythonExporter.connect(redis);
      await using ours = await SignalResponder.connect({ redis, name });
      await using python = await PythonResponder.connect(redis, { name });
      let said = "";
      const answering = (async () => {
        for await (const signal of ours) {
          await ours.respond(signal, { ras: 1, message: said });
        }
      })();
      await python.listen({ "*": { ras: 1 } });
      for (const exporter of [ourExporter, pythonExporter]) {
        await exporter.initializeAndWait(2, ["say"]);
      }
      for (const { text } of TEXTS) {
        said = text;
        await python.listen({ "*": { ras: 1, message: text } });
        for (const exporter of [ourExporter, pythonExporter]) {
          const { code, messages } = await exporter.publishSignal("say");
          assertEquals([code, messages], [0, {
            [ours.responderId]: text,
            [python.responderId]: text,
          }]);
        }
      }
      await log.assertSafeForPython();
      await ours.close();
      await answering;
    },
  });
}

const REFUSED_SIGNALS: Record<string, unknown>[] = [
  { tag: 3 },
  { sample: 1.5 },
  { sample: NaN },
  { sample: 2 ** 53 },
  { sample: "1" },
  { metadata: null },
  { metadata: ["a list"] },
  { metadata: "a text" },
  { metadata: { notFinite: NaN } },
  { metadata: { toJSON: () => "a text" } },
];

const REFUSED_ANSWERS: Record<string, unknown>[] = [
  { ras: 1.5 },
  { ras: NaN },
  { ras: "1" },
  { ras: null },
  { message: 3 },
  { message: null },
];

Deno.test({
  name:
    "a signal or response that would end a listener of Python is refused before it is sent",
  async fn() {
    await using running = await REFERENCE_SERVER.start();
    await using log = await WireLog.start(running.url);
    const redis = running.url;
    await using exporter = await SignalExporter.connect("ours", {
      redis,
      logLevel: "ERROR",
    });
    await using responder = await SignalResponder.connect({ redis });
    for (const options of REFUSED_SIGNALS) {
      await assertRejects(
        () => exporter.publishSignal("state", options),
        TypeError,
        undefined,
        Deno.inspect(options),
      );
    }
    const to = { publisherId: exporter.publisherId, event: "state" };
    for (const options of REFUSED_ANSWERS) {
      await assertRejects(
        () => responder.respond(to, options),
        TypeError,
        undefined,
        Deno.inspect(options),
      );
    }
    const greeting = await log.take(); // the hello, on a channel that Python does not read
    assertEquals(greeting.map(({ channel }) => channel), [
      "state-signals:control",
    ]);
  },
});
