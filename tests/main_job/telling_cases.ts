/**
 * The main job, part six: the extension that peers of this module use beside the
 * wire of 1.0.1, also on a server that forbids its channels.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { peerName } from "../../src/protocol/peer_name.ts";
import type { Signal } from "../../src/protocol/signal/signal.ts";
import type { PublishResult } from "../../src/signals/exporter/publish_result.ts";
import { type Cases, joinOnly, nextOf } from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { eventOf, until } from "../support/wait.ts";

/** Each case is run at every place. */
export const TELLING: Cases = {
  "concurrent publishes of one event each get their own responses": async (
    stage,
  ) => {
    const [exporter, subscriber] = await stage.pair(["start"]);
    const signals = subscriber.listen();
    const publishing: Promise<PublishResult>[] = [];
    const arrived: Signal[] = [];
    for (let sample = 0; sample < 20; sample++) {
      publishing.push(exporter.publishSignal("start", { sample }));
    }
    while (arrived.length < 20) arrived.push(await nextOf(signals, "start"));
    assertEquals(
      arrived.map(({ sampleNo }) => sampleNo),
      publishing.map((_, sample) => sample),
    );
    for (const signal of arrived.toReversed()) {
      const { sampleNo } = signal;
      await subscriber.srespond(signal, Number(sampleNo) % 2, `${sampleNo}`);
    }
    const { responderId } = subscriber;
    assertEquals(
      (await Promise.all(publishing)).map(({ code, messages }) =>
        [code, messages[responderId]] as const
      ),
      publishing.map((_, sample) => [1 - sample % 2, `${sample}`] as const),
    );
  },

  "a response to an earlier signal of the event is stale and does not count":
    async (
      stage,
    ) => {
      const [exporter, subscriber] = await stage.pair(["start"]);
      const signals = subscriber.listen();
      const missed = await exporter.publishSignal("start", { timeout: 5 });
      assertEquals(missed.code, 2);
      const publishing = exporter.publishSignal("start");
      const late = await nextOf(signals, "start");
      const current = await nextOf(signals, "start");
      const stray = eventOf<CustomEvent>(exporter, "stray");
      await subscriber.srespond(late, 1);
      assertEquals((await stray).detail.reason, "stale");
      assert(await stillPending(publishing));
      await subscriber.srespond(current, 0);
      assertEquals((await publishing).code, 1);
      assertEquals([exporter.counts.stale, exporter.counts.late], [1, 0]);
    },

  "a response by publisher and event is for the only unanswered signal, or refused":
    async (stage) => {
      const [exporter, subscriber] = await stage.pair(["start"]);
      const signals = subscriber.listen();
      const to = { publisherId: exporter.publisherId, event: "start" };
      const older = exporter.publishSignal("start");
      const newer = exporter.publishSignal("start");
      const first = await nextOf(signals, "start");
      await nextOf(signals, "start");
      await assertRejects(
        () => subscriber.respond(to, { ras: 0 }),
        Error,
        "pass the signal itself",
      );
      await subscriber.srespond(first, 1);
      assertEquals((await older).code, 0);
      assert(await stillPending(newer));
      await subscriber.respond(to, { ras: 0 });
      assertEquals((await newer).code, 1);
    },

  "with a peer of 1.0.1 on the roster, publishes of one event are sent one after the other":
    async (stage) => {
      const [exporter, ours] = await stage.pair(["start"]);
      const signals = ours.listen();
      const { publisherId } = exporter;
      const answerAsPython = (event: string, ras: string) =>
        stage.publish(
          "responses",
          `{"responder_id": "python", "publisher_id": "${publisherId}", "event": "${event}"${ras}}`,
        );
      const joining = eventOf(exporter, "subscribe");
      await answerAsPython("initialization", "");
      await joining;
      const first = exporter.publishSignal("start", { sample: 1 });
      const second = exporter.publishSignal("start", { sample: 2 });
      const signal = await nextOf(signals, "start");
      const next = nextOf(signals, "start");
      await ours.srespond(signal, 1);
      assert(await stillPending(next));
      await answerAsPython("start", ', "ras": 1');
      assertEquals((await first).code, 0);
      await ours.srespond(await next, 1);
      await answerAsPython("start", ', "ras": 0');
      assertEquals((await second).acks.get("python")?.ras, 0);
    },

  "the extension is not visible in the metadata of a signal": async (stage) => {
    const [exporter, subscriber] = await stage.pair(["start"]);
    const signals = subscriber.listen();
    for (const metadata of [undefined, {}, { a: [1, { b: "c" }] }]) {
      await exporter.publishSignal("start", { metadata, timeout: 0 });
      const signal = await nextOf(signals, "start");
      assertEquals(signal.metadata, metadata);
      assertEquals("metadata" in signal, metadata !== undefined);
    }
  },

  "a responder that closes leaves the roster and owes no response": async (
    stage,
  ) => {
    const [exporter, leaving] = await stage.pair(["start"]);
    const publishing = exporter.publishSignal("start", { timeout: Infinity });
    const gone = eventOf<CustomEvent>(exporter, "unsubscribe");
    await leaving.close();
    const { responderId } = leaving;
    assertEquals((await gone).detail, { responderId, reason: "left" });
    assertEquals((await publishing).missing, new Map([[responderId, "left"]]));
    assertEquals([...exporter.subscribers], []);
    assertEquals((await exporter.publishSignal("start")).code, 0);
  },

  "a request to stop reaches the exporter, and its reason comes back in shutdown":
    async (stage) => {
      const [exporter, subscriber] = await stage.pair(["start"]);
      const signals = subscriber.listen();
      exporter.publishSignal("start", { timeout: 0 });
      const signal = await nextOf(signals, "start");
      if (!stage.hasOwnChannels) {
        const asking = () => subscriber.requestStop(signal, "the disk is full");
        return void await assertRejects(asking, Error, "holds no inbox");
      }
      const asked = eventOf<CustomEvent>(exporter, "stop-requested");
      await subscriber.requestStop(signal, "the disk is full");
      const { responderId } = subscriber;
      const { detail } = await asked;
      assertEquals(detail, {
        responderId,
        name: peerName(responderId),
        reason: "the disk is full",
      });
      assert(exporter.initialized);
      await exporter.shutdown({ reason: detail.reason });
      const { metadata } = await nextOf(signals, "shutdown");
      assertEquals(metadata, { reason: "the disk is full" });
    },

  "peers without permission for the own channels log that once, and publishes still work":
    async (
      stage,
    ) => {
      const complaints = () =>
        stage.logged.filter((line) =>
          /^warn: (Exporters will|Responders will|Can't answer)/.test(line)
        );
      await stage.answering();
      await stage.answering(joinOnly);
      const exporter = await stage.exporter();
      assert(await exporter.initializeAndWait(2, ["start"]));
      const expected = stage.hasOwnChannels ? 0 : 4;
      await until(() => complaints().length === expected, {
        what: `${expected} complaints`,
      });
      const { acks, missing } = await exporter.publishSignal("start", {
        timeout: 100,
      });
      assertEquals([acks.size, [...missing.values()]], [1, ["timeout"]]);
      await exporter.shutdown();
      await exporter.initializeAndWait(2, ["start"]);
      assertEquals(complaints().length, expected);
    },
};
