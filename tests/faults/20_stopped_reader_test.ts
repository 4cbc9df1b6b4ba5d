import { assert } from "@std/assert";
import { SignalExporter, SignalResponder } from "../../mod.ts";
import { RedisClient } from "../../src/redis/mod.ts";
import { startRole } from "../support/child.ts";
import type { JsonProcess } from "../support/json_process.ts";
import { RawRedis } from "../support/raw_redis.ts";
import type { BrokerFigures } from "../support/roles/broker.ts";
import { percentiles, scenario } from "./scenario.ts";

const READERS = 5;
const KIB = 1024;
const MIB = 1024 * KIB;
const MESSAGE = "x".repeat(64 * KIB);
/** So high that the limit of all clients together does not take effect. */
const MAX_MEMORY = 4_096 * MIB;
/** Each reader may have 32 MiB waiting, but the readers share the bytes. */
const MAX_RSS = 256 * MIB;
/** Far more than a reader may have waiting and both socket buffers hold. */
const ENOUGH = 256 * MIB;

scenario(
  20,
  "readers of the embedded broker that stop reading are dropped at their limit, and other clients are not affected",
  {},
  async (report) => {
    await using process = startRole("broker.ts", {
      args: [JSON.stringify({ maxMemory: MAX_MEMORY })],
      permissions: ["--allow-net=127.0.0.1"],
    });
    const { url, port } = await process.next<{ url: string; port: number }>({
      what: "the broker",
    });
    using _readers = await stoppedReaders(port);
    await using others = await Others.connect(url);
    await using publisher = await RedisClient.connect(url);

    const before = await figuresOf(process);
    const alone = await others.exchangeWhile(rest());
    const flooded = await others.exchangeWhile(
      floodUntilDropped(process, publisher),
    );
    const { dropped, connections, maxRss } = await figuresOf(process);
    assert(flooded.latencies.length > 10, "hardly any signal was exchanged");
    assert(maxRss < MAX_RSS, `the broker took ${inMib(maxRss)}`);
    assert(
      connections === before.connections - READERS,
      `${connections} connections are left`,
    );
    report({
      tried: alone.tried + flooded.tried + READERS,
      held: alone.latencies.length + flooded.latencies.length + dropped,
      figure: `the others' ${percentiles(flooded.latencies)} (${
        percentiles(alone.latencies)
      } before), broker's max RSS ${inMib(maxRss)}`,
    });
  },
);

/** Subscribers that stop reading after the confirmation. */
async function stoppedReaders(port: number): Promise<DisposableStack> {
  const readers = new DisposableStack();
  for (let i = 0; i < READERS; i++) {
    const reader = readers.use(
      await RawRedis.connect({ hostname: "127.0.0.1", port }),
    );
    await reader.command("SUBSCRIBE", "flood");
  }
  return readers;
}

async function floodUntilDropped(
  process: JsonProcess,
  publisher: RedisClient,
): Promise<void> {
  for (let sent = 0; sent < ENOUGH; sent += MESSAGE.length) {
    if (await publisher.publish("flood", MESSAGE) === 0) return;
  }
  const { dropped } = await figuresOf(process);
  throw new Error(`Only ${dropped} of ${READERS} readers were dropped`);
}

/** An exporter and a responder that are not part of the flood. */
class Others implements AsyncDisposable {
  readonly #exporter: SignalExporter;
  readonly #responder: SignalResponder;
  readonly #answering: Promise<void>;

  static async connect(redis: string): Promise<Others> {
    const responder = await SignalResponder.connect({ redis });
    const others = new Others(
      await SignalExporter.connect("fio", { redis }),
      responder,
    );
    await others.#exporter.initializeAndWait(1, ["state"]);
    return others;
  }

  private constructor(exporter: SignalExporter, responder: SignalResponder) {
    this.#exporter = exporter;
    this.#responder = responder;
    this.#answering = (async () => {
      for await (const signal of responder) await responder.srespond(signal, 1);
    })();
  }

  /** One exchange after the other until a promise is fulfilled. */
  async exchangeWhile(
    promise: Promise<void>,
  ): Promise<{ tried: number; latencies: number[] }> {
    let running = true;
    const ended = promise.finally(() => running = false);
    ended.catch(() => {}); // awaited when the loop has ended
    const latencies: number[] = [];
    let tried = 0;
    while (running) {
      tried++;
      const { ok, elapsed } = await this.#exporter.publishSignal("state");
      if (ok) latencies.push(elapsed);
    }
    await ended;
    return { tried, latencies };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exporter.close();
    await this.#responder.close();
    await this.#answering;
  }
}

async function figuresOf(process: JsonProcess): Promise<BrokerFigures> {
  await process.send("figures");
  return await process.next<BrokerFigures>({ what: "the broker's figures" });
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}

function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
