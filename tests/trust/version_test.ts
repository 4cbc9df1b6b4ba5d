/**
 * Peers whose extension has another version: an exporter and a responder, each
 * on its own broker, and a bridge between the brokers that rewrites the version.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { RESPONSE_CHANNEL, SIGNAL_CHANNEL } from "../../mod.ts";
import { Broker } from "../../src/broker/mod.ts";
import { RedisClient } from "../../src/redis/mod.ts";
import { Stage } from "../support/stage.ts";

/** The kinds of messages to which the bridge gives another version. */
interface Foreign {
  readonly signals: boolean;
  readonly responses: boolean;
}

/** Two brokers and the forwarding between them. */
class Bridge implements AsyncDisposable {
  readonly #brokers: readonly Broker[];
  readonly #clients: readonly RedisClient[];
  /** The kinds of messages that are rewritten now. */
  foreign: Foreign = { signals: false, responses: false };

  static async open(): Promise<Bridge> {
    const brokers = [Broker.listen(), Broker.listen()];
    const clients = await Promise.all(
      brokers.map(({ url }) => RedisClient.connect(url)),
    );
    const bridge = new Bridge(brokers, clients);
    const [exporters, responders] = clients as [RedisClient, RedisClient];
    await Promise.all([
      bridge.#carry(SIGNAL_CHANNEL, "signals", exporters, responders),
      bridge.#carry(RESPONSE_CHANNEL, "responses", responders, exporters),
    ]);
    return bridge;
  }

  private constructor(
    brokers: readonly Broker[],
    clients: readonly RedisClient[],
  ) {
    this.#brokers = brokers;
    this.#clients = clients;
  }

  get exporters(): string {
    return this.#brokers[0]!.url;
  }

  get responders(): string {
    return this.#brokers[1]!.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [...this.#clients, ...this.#brokers]) await each.close();
  }

  async #carry(
    channel: string,
    what: keyof Foreign,
    from: RedisClient,
    to: RedisClient,
  ): Promise<void> {
    await from.subscribe([channel], {
      message: (payload) => {
        const text = this.foreign[what]
          ? payload.replace('"_ss":{"v":2', '"_ss":{"v":99')
          : payload;
        to.publish(channel, text).catch(() => {}); // the end of the test
      },
    });
  }
}

function stageAt(url: string): Stage {
  return new Stage({
    redis: { url },
    namespaces: false,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

const VERSION = /must have version 2/;

for (
  const foreign of [
    { signals: true, responses: false },
    { signals: false, responses: true },
    { signals: true, responses: true },
  ]
) {
  const which = Object.entries(foreign).filter(([, is]) => is)
    .map(([what]) => what).join(" and ");
  Deno.test(`${which} of extension version 99 are acted on but count for no publish, and each peer logs the version once`, async () => {
    await using bridge = await Bridge.open();
    await using here = stageAt(bridge.exporters);
    await using there = stageAt(bridge.responders);
    bridge.foreign = foreign;
    const acted: (number | bigint)[] = [];
    const responder = await there.answering(({ event, sampleNo }) => {
      if (event === "start") acted.push(sampleNo);
      return { ras: 1, message: `acted on ${sampleNo}` };
    });
    const exporter = await here.exporter();
    const joined = await exporter.initializeAndWait(1, ["start"], {
      periodic: 50,
      timeout: 10_000,
    });
    assert(joined, "the responder did not join");
    for (const sample of [1, 2, 3]) {
      const result = await exporter.publishSignal("start", {
        sample,
        timeout: 300,
      });
      const { ok, code, acks, missing, messages } = result;
      // A responder that can't read the ticket names no signal.
      assertEquals([ok, code, acks.size, messages], [false, 2, 0, {}]);
      assertEquals([...missing], [[responder.responderId, "uncertain"]]);
    }
    assertEquals(acted, [1, 2, 3]);
    const told = [here, there].map(({ logged }) =>
      logged.filter((line) => VERSION.test(line)).length
    );
    assertEquals(told, [Number(foreign.responses), Number(foreign.signals)]);

    // The same processes understand each other once the versions match.
    bridge.foreign = { signals: false, responses: false };
    const { ok } = await exporter.publishSignal("start", { sample: 4 });
    assert(ok);
  });
}
