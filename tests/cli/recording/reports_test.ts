/**
 * What exporters report to a recorder: the timeline and the exporter agree.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { RecordingReader } from "../../../src/cli/recording/recording_reader.ts";
import { TimelineBuilder } from "../../../src/cli/timeline/builder.ts";
import type { Lane, Timeline } from "../../../src/cli/timeline/model.ts";
import { controlChannel } from "../../../src/protocol/extension/own_channels.ts";
import { RedisClient } from "../../../src/redis/client.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import type { PublishResult } from "../../../src/signals/exporter/publish_result.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import {
  needsPython,
  PythonExporter,
  PythonResponder,
} from "../../support/python_peer.ts";
import { RemoteResponder } from "../../support/remote_responder.ts";
import { until } from "../../support/wait.ts";
import { Cli } from "../cli.ts";
import { brokenRules } from "../timeline/trace_rules.ts";
import { toChromeTrace } from "../../../src/cli/timeline/chrome_trace.ts";

/** Records what is done, to the end. */
async function recorded(
  url: string,
  run: () => Promise<unknown>,
): Promise<Timeline> {
  const file = await Deno.makeTempFile();
  await Deno.remove(file);
  try {
    await using watcher = await RedisClient.connect(url);
    const listeners = async () =>
      (await watcher.countSubscribers([controlChannel()]))[0]!;
    const before = await listeners();
    await using cli = Cli.start(["record", file, "--redis", url], {
      values: { FILE: file },
    });
    await until(async () => await listeners() > before, {
      what: "the recorder to listen",
      timeout: 20_000,
    });
    await run();
    // The last report is on its way.
    await delay(300);
    const { code, stderr } = await cli.interrupt();
    assertEquals({ code, stderr }, { code: 130, stderr: "" });
    const reader = new RecordingReader();
    const builder = new TimelineBuilder();
    for await (const entry of reader.read(await Deno.open(file), file)) {
      builder.add(entry);
    }
    assertEquals(reader.skipped, 0);
    const timeline = builder.build(reader.started);
    assertEquals(brokenRules(toChromeTrace(timeline).traceEvents), []);
    return timeline;
  } finally {
    await Deno.remove(file).catch(() => {});
  }
}

/** The subscribers whose answers to a signal are missing, with the reasons, in the order of the names. */
function missingIn(lane: Lane, signal: number): string[] {
  return lane.missing.filter((each) => each.signal === signal)
    .map(({ responder, why }) => `${lane.responders[responder]!.id} ${why}`)
    .sort();
}

/** The same of a result, without those that were not needed. */
function missingOf({ missing }: PublishResult): string[] {
  return [...missing].filter(([, why]) => why !== "unneeded")
    .map(([id, why]) => `${id} ${why}`).sort();
}

/** Checks that each publish stands in the lane as its caller was told. */
function assertAgrees(lane: Lane, results: Map<string, PublishResult>) {
  assertEquals(lane.derived, undefined);
  for (const [event, result] of results) {
    const signal = lane.signals.findIndex((each) => each.event === event);
    const { code, acks, missing } = result;
    assertEquals(
      lane.signals[signal]!.result,
      `code ${code}: ${acks.size} acknowledged, ${missing.size} missing`,
      event,
    );
    assertEquals(missingIn(lane, signal), missingOf(result), event);
  }
}

function reportedIn(lane: Lane): string[] {
  return lane.answers.filter(({ reported }) => reported)
    .map(({ kind, responder }) => `${lane.responders[responder]!.id} ${kind}`);
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(
    `the timeline agrees with the exporter on ${name}`,
    { ignore },
    async () => {
      await using server = await start();
      const redis = server.url;
      const results = new Map<string, PublishResult>();
      const ended: string[] = [];
      const timeline = await recorded(redis, async () => {
        await using good = await SignalResponder.connect({
          redis,
          name: "good",
        });
        await using mute = await SignalResponder.connect({
          redis,
          name: "mute",
        });
        const gone = await SignalResponder.connect({ redis, name: "gone" });
        const serving = [
          good.serve({ "*": () => "done" }),
          mute.serve({}),
          gone.serve({ "*": () => "done" }),
        ];
        await using exporter = await SignalExporter.connect<string>("fio", {
          redis,
          evictAfterMisses: 1,
        });
        exporter.addEventListener("unsubscribe", ({ detail }) => {
          ended.push(`${detail.responderId} ${detail.reason}`);
        });
        const events = ["a", "b", "c", "d", "e"];
        await exporter.initializeAndWait(3, events, { expected: ["ghost"] });
        const publish = async (event: string, options: object = {}) => {
          const result = await exporter.publishSignal(event, {
            timeout: 400,
            ...options,
          });
          results.set(event, result);
        };
        // One is enough: the others are not missing.
        await publish("a", { until: { count: 1 } });
        await publish("b");
        await gone.close();
        await until(() => exporter.subscribers.size === 1, { what: "goodbye" });
        await publish("c");
        exporter.remove(good.responderId);
        await publish("d");
        await exporter.shutdown();
        await Promise.all([good.close(), mute.close()]);
        await Promise.all(serving);
      });
      const [lane] = timeline.lanes;
      assertAgrees(lane!, results);
      assertEquals(reportedIn(lane!), ended);
      assertEquals(ended.map((each) => each.split(" ")[1]), [
        "evicted",
        "evicted",
        "left",
        "removed",
      ]);
    },
  );
}

Deno.test("a recorder that comes late and one that is lost learn the rest", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const redis = server.url;
  const results = new Map<string, PublishResult>();
  await using exporter = await SignalExporter.connect<string>("fio", {
    redis,
    onLost: "evict",
  });
  const { hostname, port } = new URL(redis);
  await using remote = await RemoteResponder.start({
    hostname,
    port: Number(port),
  });
  await exporter.initializeAndWait(1, ["tick", "tock"], {
    expected: ["ghost"],
  });
  const under = exporter.publishSignal("tick", { timeout: 1_500 });
  const timeline = await recorded(redis, async () => {
    results.set(
      "tock",
      await (async () => {
        remote.suspend();
        const result = exporter.publishSignal("tock", { timeout: 4_000 });
        await under;
        await remote[Symbol.asyncDispose]();
        return await result;
      })(),
    );
  });
  const [lane] = timeline.lanes;
  assertAgrees(lane!, results);
  assertEquals(
    missingIn(lane!, 0),
    [
      "ghost timeout",
      `${remote.responderId} lost`,
    ].sort(),
  );
  assertEquals(reportedIn(lane!), [`${remote.responderId} lost`]);
});

Deno.test("a redelivery is in the recording", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using proxy = await FaultProxy.start({
    port: Number(new URL(server.url).port),
  });
  const results = new Map<string, PublishResult>();
  const timeline = await recorded(server.url, async () => {
    await using responder = await SignalResponder.connect({
      redis: proxy.url,
      name: "far",
    });
    const redis = server.url;
    await using exporter = await SignalExporter.connect("fio", { redis });
    const serving = responder.serve({
      start: async (_, { signal }) => {
        if (!signal.aborted) await delay(800);
        return "done";
      },
    });
    await exporter.initializeAndWait(1, ["start"]);
    const result = exporter.publishSignal("start", { timeout: 5_000 });
    await delay(100);
    proxy.reset();
    results.set("start", await result);
    await responder.close();
    await serving;
  });
  assertAgrees(timeline.lanes[0]!, results);
  assert(
    reportedIn(timeline.lanes[0]!).some((each) => each.endsWith("redelivered")),
    reportedIn(timeline.lanes[0]!).join(),
  );
});

Deno.test("without a recorder nothing is reported, and after one no more", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const redis = server.url;
  await using client = await RedisClient.connect(redis);
  const control: string[] = [];
  const others: string[] = [];
  await client.subscribe([controlChannel()], {
    message: (text) => control.push(text),
  });
  await client.subscribe(["event-signal-pubsub", "event-signal-response"], {
    message: (text) => others.push(text),
  });
  const reports = () => control.filter((text) => text.includes('"report"'));
  await using responder = await SignalResponder.connect({ redis, name: "a" });
  const serving = responder.serve({ "*": () => "done" });
  await using exporter = await SignalExporter.connect<string>("fio", { redis });
  await exporter.initializeAndWait(1, ["start"]);
  await exporter.publishSignal("start");
  assertEquals(reports(), []);
  await recorded(redis, async () => {
    await until(() => reports().length > 0, { what: "the roster" });
    await exporter.publishSignal("start");
    await until(() => reports().length > 1, { what: "the result" });
  });
  const before = reports().length;
  await exporter.publishSignal("start");
  await exporter.publishSignal("start");
  assertEquals(reports().length, before);
  assertEquals(others.filter((text) => /report|recorder/.test(text)), []);
  await responder.close();
  await serving;
});

const python = needsPython("What a recorder sees of Python peers is");

Deno.test(
  "Python peers see nothing of it, and what is derived is marked",
  python,
  async () => {
    await using server = await EMBEDDED_BROKER.start();
    const redis = server.url;
    await using client = await RedisClient.connect(redis);
    const heard: string[] = [];
    await client.subscribe(["event-signal-pubsub", "event-signal-response"], {
      message: (text) => heard.push(text),
    });
    const results = new Map<string, PublishResult>();
    const timeline = await recorded(redis, async () => {
      await using responder = await PythonResponder.connect(redis, {
        name: "py",
      });
      await responder.listen({ "*": { ras: 1 }, mute: null });
      await using exporter = await SignalExporter.connect<string>("fio", {
        redis,
      });
      await exporter.initializeAndWait(1, ["start", "mute"], {
        periodic: true,
      });
      for (const event of ["start", "mute"]) {
        results.set(
          event,
          await exporter.publishSignal(event, { timeout: 500 }),
        );
      }
      await using other = await PythonExporter.connect(redis, {
        name: "pyfio",
      });
      await other.initialize(["start"]);
      await exporter.shutdown();
    });
    const lane = (name: string) =>
      timeline.lanes.find(({ processName }) => processName === name)!;
    assertAgrees(lane("fio"), results);
    assertEquals(lane("pyfio").derived, true);
    assert(
      toChromeTrace(timeline).traceEvents.some(({ name, args }) =>
        name === "process_labels" && String(args.labels).includes("derived")
      ),
    );
    assertEquals(heard.filter((text) => /report|recorder/.test(text)), []);
  },
);
