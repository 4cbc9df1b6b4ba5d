import { assertEquals } from "@std/assert";
import { waitForState } from "../../src/cli/state_wait.ts";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";
import type { Sink, Transport } from "../../src/transport/transport.ts";
import { until } from "../support/wait.ts";

/** What is wrong with a {@linkcode faulty} transport. */
interface Fault {
  /** Whether signals get lost. */
  isDeaf?: boolean;
  /** Called before each question. */
  asked?: () => Promise<void> | void;
  /** Hears signals. */
  sink?: Sink;
}

/** A transport whose faults a test decides on. */
function faulty(inner: MemoryTransport, fault: Fault): Transport {
  return {
    name: "faulty",
    publish: async (channel, payload) => {
      await fault.asked?.();
      return await inner.publish(channel, payload);
    },
    subscribe: (channels, sink) => {
      if (!channels.includes(SIGNAL_CHANNEL)) {
        return inner.subscribe(channels, sink);
      }
      fault.sink = sink;
      return inner.subscribe(channels, {
        message: (payload, channel) => {
          if (!fault.isDeaf) sink.message(payload, channel);
        },
      });
    },
    close: () => Promise.resolve(),
  };
}

function waiting(inner: MemoryTransport, fault: Fault) {
  return waitForState({ redis: faulty(inner, fault) }, {
    process: "fio",
    event: "start",
    tag: undefined,
    timeout: 10_000,
    ended: new AbortController().signal,
  });
}

Deno.test("a state that begins between subscription and question is seen", async () => {
  const redis = new MemoryTransport();
  await using fio = await SignalExporter.connect("fio", { redis });
  await fio.initialize("any");
  const { reached } = await waiting(redis, {
    asked: async () => void await fio.publishSignal("start"),
  });
  assertEquals(reached?.state, "start");
});

Deno.test("a state that began while the link was down is asked for when the link is back", async () => {
  const redis = new MemoryTransport();
  await using fio = await SignalExporter.connect("fio", { redis });
  await fio.initialize("any");
  let questions = 0;
  const fault: Fault = { asked: () => void questions++ };
  const wait = waiting(redis, fault);
  await until(() => questions === 1, { what: "the first question" });
  // Its roll call is over after half a second.
  await new Promise((resolve) => setTimeout(resolve, 700));
  fault.isDeaf = true;
  await fio.publishSignal("start");
  fault.sink!.link!({ state: "up", downtime: 10 });
  const { reached } = await wait;
  assertEquals([reached?.state, reached?.by], ["start", "roll-call"]);
});

Deno.test("a question that is lost is asked again", async () => {
  const redis = new MemoryTransport();
  await using fio = await SignalExporter.connect("fio", { redis });
  await fio.initialize("any");
  await fio.publishSignal("start");
  let questions = 0;
  const { reached } = await waiting(redis, {
    asked: () => {
      if (++questions === 1) throw new Error("the link is lost");
    },
  });
  assertEquals([reached?.by, questions], ["roll-call", 2]);
});
