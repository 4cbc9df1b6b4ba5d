/**
 * Publishers that end after `initialization`, before their first state: on the
 * wire nothing says yet that they hold an inbox.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  AbandonedError,
  SignalExporter,
  SignalResponder,
} from "../../../mod.ts";
import { USUAL } from "../../../src/internal/intervals.ts";
import { detectionTimes } from "../../support/detection_times.ts";
import { SimulatedNetwork } from "../../support/simulated_network.ts";

const SLACK = 10;
const logLevel = "CRITICAL";

async function exporterOf(
  network: SimulatedNetwork,
  process: string,
): Promise<SignalExporter<"go">> {
  return await network.finish(
    SignalExporter.connect<"go">("fio", {
      redis: network.url(process),
      logLevel,
    }),
  );
}

for (const countSubscribers of [true, false]) {
  const how = countSubscribers ? "" : " where the server does not count";
  const { counted, uncounted } = detectionTimes(USUAL);
  const { publisher: most } = countSubscribers ? counted : uncounted;

  Deno.test(`a responder${how} that is locked on an exporter that dies before its first state is free within ${most} ms`, async () => {
    await using network = new SimulatedNetwork();
    const responder = await network.finish(
      SignalResponder.connect({
        redis: network.url("responder"),
        unlockLost: true,
        countSubscribers,
        logLevel,
      }),
    );
    let locked: string | undefined;
    const reading = (async () => {
      for await (const signal of responder) {
        locked ??= signal.publisherId;
        responder.lockId(locked);
        await responder.respond(signal, { ras: 1 });
      }
    })();
    const lost: [string, number][] = [];
    responder.addEventListener(
      "publisher-lost",
      ({ detail }) => lost.push([detail.publisherId, network.now]),
    );
    const first = await exporterOf(network, "first");
    assert(await network.finish(first.initializeAndWait(1, ["go"])));
    assertEquals(locked, first.publisherId);
    await network.pass(1); // the responder has counted it
    const since = network.now;
    network.kill("first");
    await network.pass(most + SLACK);
    assertEquals(lost.map(([id]) => id), [first.publisherId]);
    assert(lost[0]![1] > since);

    const second = await exporterOf(network, "second");
    locked = second.publisherId;
    assert(await network.finish(second.initializeAndWait(1, ["go"])));
    await network.finish(second.shutdown());
    // What was only met, and has shut down, is not lost when it closes.
    await network.finish(second.close());
    await network.pass(60_000);
    assertEquals(lost.length, 1);
    await network.finish(responder.close());
    await network.finish(reading);
    await network.finish(first.close());
  });

  Deno.test(`serving${how} until the shutdown of an exporter that dies before its first state ends within ${most} ms`, async () => {
    await using network = new SimulatedNetwork();
    const responder = await network.finish(
      SignalResponder.connect({
        redis: network.url("responder"),
        countSubscribers,
        logLevel,
      }),
    );
    const serving = responder.serve({ go: () => {} }, { until: "shutdown" });
    const rejected = assertRejects(() => serving, AbandonedError);
    const exporter = await exporterOf(network, "exporter");
    assert(await network.finish(exporter.initializeAndWait(1, ["go"])));
    await network.pass(1); // the responder has counted it
    network.kill("exporter");
    await network.finish(rejected, most + SLACK);
    await network.finish(responder.close());
    await network.finish(exporter.close());
  });
}

Deno.test("an exporter whose initialization is answered after its shutdown is not lost when it closes", async () => {
  await using network = new SimulatedNetwork();
  const responder = await network.finish(
    SignalResponder.connect({ redis: network.url("responder"), logLevel }),
  );
  let losses = 0;
  responder.addEventListener("publisher-lost", () => losses++);
  const exporter = await exporterOf(network, "exporter");
  await network.finish(exporter.initialize(["go"]));
  await network.finish(exporter.shutdown());
  await network.pass(1_000);
  const signals = responder.listen();
  const { value: signal } = await network.finish(signals.next());
  assertEquals(signal!.event, "initialization");
  await network.finish(responder.respond(signal!));
  await network.pass(10_000);
  await network.finish(exporter.close());
  await network.pass(60_000);
  assertEquals(losses, 0);
  await network.finish(responder.close());
});

Deno.test("a responder that closes while it counts a publisher leaves no timer behind", async () => {
  await using network = new SimulatedNetwork();
  const responder = await network.finish(
    SignalResponder.connect({ redis: network.url("responder"), logLevel }),
  );
  const exporter = await exporterOf(network, "exporter");
  await network.finish(exporter.initialize(["go"]));
  const { value: signal } = await network.finish(responder.listen().next());
  const answered = responder.respond(signal!);
  await Promise.resolve(); // the question is on its way
  await network.finish(responder.close());
  await network.finish(answered);
  await network.finish(exporter.close());
});

Deno.test("an exporter that waits for hours between its initialization and its first state is not lost", async () => {
  await using network = new SimulatedNetwork();
  const responder = await network.finish(
    SignalResponder.connect({ redis: network.url("responder"), logLevel }),
  );
  let losses = 0;
  responder.addEventListener("publisher-lost", () => losses++);
  const serving = responder.serve({ go: () => {} });
  const exporter = await exporterOf(network, "exporter");
  assert(await network.finish(exporter.initializeAndWait(1, ["go"])));
  await network.pass(2 * 3_600_000);
  assertEquals(losses, 0);
  assert((await network.finish(exporter.publishSignal("go"))).ok);
  await network.finish(exporter.close());
  await network.finish(responder.close());
  await network.finish(serving);
});
