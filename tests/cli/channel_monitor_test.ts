import { assert, assertEquals } from "@std/assert";
import {
  ChannelMonitor,
  type Observation,
} from "../../src/cli/channel_monitor.ts";
import { channelsOf } from "../../src/protocol/channels.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";

const { signals, responses } = channelsOf();

/** What a monitor hears in all, once it is closed. */
async function observedBy(
  monitor: ChannelMonitor,
  meanwhile: () => Promise<unknown>,
): Promise<Observation[]> {
  await meanwhile();
  const end = new AbortController();
  const heard: Observation[] = [];
  for await (const each of monitor.listen(end.signal)) {
    heard.push(each);
    if (each.kind === "malformed") end.abort();
  }
  return heard;
}

Deno.test("a monitor hears signals as they were meant, and answers", async () => {
  const redis = new MemoryTransport();
  await using monitor = await ChannelMonitor.open({ redis }, {
    responses: true,
  });
  const heard = await observedBy(monitor, async () => {
    await using responder = await SignalResponder.connect({ redis });
    const served = responder.serve({ start: () => "done" });
    await using exporter = await SignalExporter.connect("fio", { redis });
    await exporter.initializeAndWait(1, ["start"]);
    await exporter.publishSignal("start");
    await redis.publish(signals, "x");
    await responder.close();
    await served;
  });
  const started = heard.flatMap((each) =>
    each.kind === "signal" && each.signal.event === "start" ? [each.signal] : []
  );
  assertEquals(started.map(({ metadata }) => metadata), [undefined]);
  assert(
    heard.some((each) =>
      each.kind === "response" && each.response.message === "done"
    ),
  );
  assertEquals(heard.at(-1)?.kind, "malformed");
});

Deno.test("a monitor for signals hears no answers", async () => {
  const redis = new MemoryTransport();
  await using monitor = await ChannelMonitor.open({ redis }, {
    responses: false,
  });
  const heard = await observedBy(monitor, async () => {
    await redis.publish(responses, "{}");
    await redis.publish(signals, "{}");
  });
  assertEquals(heard.map(({ kind }) => kind), ["malformed"]);
});

Deno.test("a reader that is too slow gets the number of dropped observations", async () => {
  const redis = new MemoryTransport();
  await using monitor = await ChannelMonitor.open({ redis }, {
    responses: true,
    capacity: 2,
  });
  for (const text of ["1", "2", "3", "4", "5"]) {
    await redis.publish(signals, text);
  }
  const heard: Observation[] = [];
  for await (const each of monitor.listen(new AbortController().signal)) {
    heard.push(each);
    if (heard.length === 3) break;
  }
  assertEquals(
    heard.map((each) => {
      if (each.kind === "malformed") return each.payload;
      return each.kind === "dropped" ? each.count : undefined;
    }),
    [3, "4", "5"],
  );
});

Deno.test("what waits to be read is bounded in bytes", async () => {
  const redis = new MemoryTransport();
  await using monitor = await ChannelMonitor.open({ redis }, {
    responses: true,
    maxBytes: 2_500,
  });
  for (const text of ["1", "2", "3", "4"]) {
    await redis.publish(signals, text.repeat(1_000));
  }
  // One message alone may have more.
  await redis.publish(responses, "5".repeat(9_000));
  await redis.publish(signals, "6");
  const heard: Observation[] = [];
  for await (const each of monitor.listen(new AbortController().signal)) {
    heard.push(each);
    if (heard.length === 2) break;
  }
  assertEquals(
    heard.map((each) => {
      if (each.kind === "malformed") return each.payload;
      return each.kind === "dropped" ? each.count : undefined;
    }),
    [5, "6"],
  );
});
