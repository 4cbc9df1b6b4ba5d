import { assert, assertEquals } from "@std/assert";
import { RESPONSE_CHANNEL, SIGNAL_CHANNEL } from "../../mod.ts";
import type { WireMessage } from "../interop/wire_rules.ts";
import type { PythonResponder, PythonSignal } from "../support/python_peer.ts";
import { RawRedis } from "../support/raw_redis.ts";
import { eventOf, until } from "../support/wait.ts";
import { isTicketed } from "./forbidden.ts";
import { Reader } from "./reader.ts";
import { onEveryServer, type TrustStage } from "./trust_stage.ts";

const PYTHON = { python: true };
const ANSWERS = { initialization: {}, "*": { ras: 1, message: "ok" } };
const METADATA = [undefined, {}, { nested: { list: [1, null] } }] as const;

onEveryServer(
  "with Python responders only, signals have the user's metadata and no ticket",
  async (stage) => {
    const pythons = [await stage.python(ANSWERS), await stage.python(ANSWERS)];
    const exporter = await stage.exporterOf(2, ["start"]);
    for (const metadata of METADATA) {
      const { ok } = await exporter.publishSignal("start", {
        ...(metadata === undefined ? {} : { metadata }),
      });
      assert(ok);
    }
    await exporter.shutdown();
    for (const python of pythons) {
      const signals = await readUpToShutdown(python);
      const shown = signals.filter(({ event }) => event === "start")
        .map(({ metadata }) => metadata);
      assertEquals(shown, [null, {}, { nested: { list: [1, null] } }]);
    }
    const messages = await stage.traffic();
    assertEquals(messages.filter(isTicketed), []);
    assertEquals(ownChannels(messages), []);
  },
  PYTHON,
);

onEveryServer(
  "beside a responder of this module, Python sees the user's metadata and the ticket, and no message of the own channels",
  async (stage) => {
    const python = await stage.python(ANSWERS);
    const responder = await stage.responder();
    const reader = new Reader(responder);
    // The exporter pings the responder while it works.
    const exporter = await stage.exporterOf(2, ["start"], {
      heartbeatTimeout: 3_000,
      countSubscribers: false,
    });
    for (const metadata of METADATA) {
      const publishing = exporter.publishSignal("start", {
        ...(metadata === undefined ? {} : { metadata }),
      });
      const signal = await reader.next("start");
      assertEquals(signal.metadata, metadata);
      if (metadata === undefined) await pinged(stage, responder.responderId);
      await responder.srespond(signal, 1);
      assert((await publishing).ok);
    }
    await exporter.shutdown();
    const signals = await readUpToShutdown(python);
    for (const [index, signal] of startsOf(signals).entries()) {
      const { _ss, ...rest } = signal.metadata ?? {};
      assert(_ss !== undefined, "there was no ticket");
      assertEquals(rest, METADATA[index] ?? {});
    }
    assertEquals(signals.length, countSignals(await stage.allTraffic()));
    await assertHeldByOneAlone(stage, responder.responderId);
  },
  PYTHON,
);

onEveryServer(
  "a Python exporter survives the messages of responders of this module to other exporters",
  async (stage) => {
    const link = await stage.proxy();
    const responder = await stage.responder({
      redis: { url: link.url, minBackoff: 5, maxBackoff: 50 },
    });
    const reader = new Reader(responder);
    const leaver = await stage.responder();
    new Reader(leaver);
    const python = await stage.pythonExporter();
    assert(await python.initializeAndWait(2, ["start"], { periodic: true }));
    const exporter = await stage.exporterOf(2, ["start"]);

    // One responder sends "back", the other one "leave".
    const reconnected = eventOf(responder, "reconnect");
    link.cut();
    await reconnected;
    await leaver.close();
    await until(() => exporter.subscribers.size === 1, {
      what: "the leave",
    });
    assertEquals((await python.subscribers()).length, 2);

    const publishing = python.publishSignal("start", { timeout: 3_000 });
    const signal = await reader.next("start");
    await responder.respond(signal, { message: "at work" });
    await responder.srespond(signal, 1, "done");
    assertEquals(await publishing, {
      // Python does not understand the leave, so the leaver is missed until the timeout.
      code: 2,
      messages: { [responder.responderId]: "done" },
    });
    await python.shutdown();
    assert(await python.initializeAndWait(1, ["start"]));
    const again = python.publishSignal("start");
    await responder.srespond(await reader.next("start"), 1, "again");
    assertEquals(await again, {
      code: 0,
      messages: { [responder.responderId]: "again" },
    });
  },
  PYTHON,
);

/** Every signal that a Python responder yields, up to "shutdown". */
async function readUpToShutdown(
  python: PythonResponder,
): Promise<PythonSignal[]> {
  const signals: PythonSignal[] = [];
  for (;;) {
    const signal = await python.nextSignal();
    signals.push(signal);
    if (signal.event === "shutdown") return signals;
  }
}

function startsOf(signals: readonly PythonSignal[]): PythonSignal[] {
  return signals.filter(({ event }) => event === "start");
}

function countSignals(messages: readonly WireMessage[]): number {
  return messages.filter(({ channel }) => channel === SIGNAL_CHANNEL).length;
}

/** The channels of messages except the channels that Python knows. */
function ownChannels(messages: readonly WireMessage[]): string[] {
  return messages.map(({ channel }) => channel).filter((channel) =>
    channel !== SIGNAL_CHANNEL && channel !== RESPONSE_CHANNEL &&
    channel !== "end-of-log"
  );
}

/** Waits until a responder was pinged on its inbox. */
async function pinged(stage: TrustStage, responderId: string): Promise<void> {
  await until(
    async () =>
      ownChannels(await stage.traffic())
        .some((channel) => channel.endsWith(responderId)),
    { what: "a ping" },
  );
}

/** Asserts that a responder's inbox has exactly one subscriber. */
async function assertHeldByOneAlone(
  stage: TrustStage,
  responderId: string,
): Promise<void> {
  const { hostname, port } = new URL(stage.url);
  using redis = await RawRedis.connect({ hostname, port: Number(port) });
  const [channel] = ownChannels(await stage.allTraffic()).filter((each) =>
    each.endsWith(`:${responderId}`)
  );
  const reply = await redis.command("PUBSUB", "NUMSUB", channel!);
  assertEquals(reply, [channel!, 1]);
}
