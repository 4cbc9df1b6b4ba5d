/**
 * The main job, part two: a signal is sent, and every subscriber answers.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { PublishResult } from "../../src/signals/exporter/publish_result.ts";
import {
  type Cases,
  joinOnly,
  nextOf,
  seen,
  succeed,
} from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { eventOf } from "../support/wait.ts";

/** As on the wire of 1.0.1, where responses name an event and no signal. */
const UNTOLD = { correlation: "off" } as const;

/** Each case is run at every place. */
export const PUBLISHING: Cases = {
  "a publish succeeds when every subscriber succeeds": async (stage) => {
    const responders = [
      await stage.answering(),
      await stage.answering(),
      await stage.answering(),
    ];
    const exporter = await stage.exporter();
    await exporter.initializeAndWait(3, ["start"]);
    const result = await exporter.publishSignal("start");
    assertEquals([result.code, result.ok], [0, true]);
    assertEquals(
      [...result.acks.keys()].toSorted(),
      responders.map(({ responderId }) => responderId).toSorted(),
    );
    for (const { ras, latency } of result.acks.values()) {
      assertEquals(ras, 1);
      assert(latency >= 0 && latency <= result.elapsed);
    }
    assertEquals(result.missing, new Map());
    assertEquals(result.messages, {});
    assertEquals(result.receivers, 3);
  },

  "a publish fails when one subscriber fails": async (stage) => {
    await stage.answering();
    const failing = await stage.answering(() => ({
      ras: 13,
      message: "no space left on dévice",
    }));
    const exporter = await stage.exporter();
    await exporter.initializeAndWait(2, ["start"]);
    const { code, ok, acks, messages, missing } = await exporter
      .publishSignal("start");
    assertEquals([code, ok], [1, false]);
    const ack = acks.get(failing.responderId);
    assertEquals([ack?.ras, ack?.message], [13, "no space left on dévice"]);
    assertEquals(messages, {
      [failing.responderId]: "no space left on dévice",
    });
    assertEquals(missing, new Map());
  },

  "a missing response makes the code 2 despite a failure, and the result has all responses":
    async (
      stage,
    ) => {
      const good = await stage.answering(() => ({ ras: 1, message: "done" }));
      const bad = await stage.answering(() => ({ ras: 0 }));
      const silent = await stage.answering(joinOnly);
      const exporter = await stage.exporter();
      await exporter.initializeAndWait(3, ["start"]);
      const { code, acks, missing, messages, elapsed } = await exporter
        .publishSignal("start", { timeout: 400 });
      assertEquals(code, 2);
      assertEquals(missing, new Map([[silent.responderId, "timeout"]]));
      assertEquals(acks.get(good.responderId)?.ras, 1);
      assertEquals(acks.get(bad.responderId)?.ras, 0);
      assertEquals(messages, { [good.responderId]: "done" });
      assert(elapsed >= 399);
      assert(acks.get(good.responderId)!.latency < elapsed);
    },

  "a publish without subscribers has the code 0, but is not ok and has not waited":
    async (
      stage,
    ) => {
      const exporter = await stage.exporter();
      await exporter.initialize(["start"]);
      const result = await exporter.publishSignal("start");
      const { code, acks, receivers, ok, waited } = result;
      assertEquals([code, acks.size, receivers], [0, 0, 0]);
      assertEquals([ok, waited], [false, false]);
    },

  "the message of a responder off the roster is kept, and its failure does not count":
    async (
      stage,
    ) => {
      const [exporter, subscriber] = await stage.pair(["start"]);
      const outsider = await stage.responder();
      const arrived = seen(subscriber, "start");
      const publishing = exporter.publishSignal("start");
      const stray = eventOf(exporter, "stray");
      const signal = await arrived;
      await outsider.respond(signal, { ras: 0, message: "I have a view too" });
      await stray;
      await subscriber.respond(signal, { ras: 1 });
      const { code, acks, messages } = await publishing;
      assertEquals(code, 0);
      assertEquals([...acks.keys()], [subscriber.responderId]);
      assertEquals(messages, { [outsider.responderId]: "I have a view too" });
    },

  "tag, sample and metadata arrive as they were sent": async (stage) => {
    const signals = (await stage.responder()).listen();
    const exporter = await stage.exporter({ runnerHost: "hôte" });
    const metadata = {
      text: 'naïve 試験 😀 \u0000\u2028"\\',
      numbers: [0, -1.5, 1e-9, 2n ** 70n, -(2n ** 63n)],
      nested: { "a key": [{ deep: [null, true, false, []] }, {}] },
      "": "no key",
    };
    await exporter.publishSignal("start", { sample: 0, tag: "t", metadata });
    await exporter.publishSignal("start", { sample: 2n ** 64n });
    await exporter.publishSignal("start", { sample: 7n, tag: "" });
    assertEquals((await signals.next()).value, {
      publisherId: exporter.publisherId,
      processName: "fio",
      event: "start",
      runnerHost: "hôte",
      sampleNo: 0,
      tag: "t",
      ticket: null,
      metadata,
    });
    const { value: second } = await signals.next();
    assertEquals(second?.sampleNo, 2n ** 64n);
    assertEquals(second?.tag, "No tag specified");
    assertEquals(Object.hasOwn(second!, "metadata"), false);
    const { value: third } = await signals.next();
    assertEquals([third?.sampleNo, third?.tag], [7, ""]);
  },

  "an event that is not legal is refused": async (stage) => {
    const [exporter] = await stage.pair(["start", "stop"]);
    const signals = (await stage.responder()).listen();
    await assertRejects(
      () => exporter.publishSignal("begin" as "start"),
      RangeError,
      'Cannot publish "begin" as it must be one of the legal events: start, stop',
    );
    await exporter.publishSignal("stop", { timeout: 0 });
    assertEquals((await signals.next()).value?.event, "stop");
  },

  'the events "initialization" and "shutdown" are refused': async (stage) => {
    const exporter = await stage.exporter();
    const own = ["initialization", "shutdown"];
    for (const event of own) {
      await assertRejects(() => exporter.publishSignal(event), RangeError);
    }
    await exporter.initialize("any");
    for (const event of own) {
      await assertRejects(() => exporter.publishSignal(event), RangeError);
      await assertRejects(() => exporter.initialize([event]), RangeError);
    }
  },

  "fields that can't be sent are refused, and no signal is sent": async (
    stage,
  ) => {
    const [exporter] = await stage.pair(["start"]);
    const signals = (await stage.responder()).listen();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const unsendable = [
      { metadata: circle },
      { metadata: [] as unknown as Record<string, unknown> },
      { metadata: { f: () => 1 } },
      { sample: 0.5 },
      { tag: 7 as unknown as string },
    ];
    for (const options of unsendable) {
      await assertRejects(
        () => exporter.publishSignal("start", options),
        TypeError,
      );
    }
    await exporter.publishSignal("start", { sample: 1, timeout: 0 });
    assertEquals((await signals.next()).value?.sampleNo, 1);
  },

  "publishSignal() before initialize() warns, accepts any event and waits for no subscriber":
    async (
      stage,
    ) => {
      const signals = (await stage.responder()).listen();
      const exporter = await stage.exporter();
      const { code, acks, receivers } = await exporter.publishSignal(
        "anything",
      );
      assertEquals([code, acks.size, receivers], [0, 0, 1]);
      assertEquals((await signals.next()).value?.event, "anything");
      const warnings = stage.logged.filter((line) =>
        /^warn: .*"anything".*not initialized/.test(line)
      );
      assertEquals(warnings.length, 1);
    },

  "publishes of one event are sent one after the other when responses name no signal, other events do not wait":
    async (stage) => {
      const [exporter, subscriber] = await stage.pair(["a", "b"], UNTOLD);
      const signals = subscriber.listen();
      const first = exporter.publishSignal("a", { sample: 1 });
      const second = exporter.publishSignal("a", { sample: 2 });
      const third = exporter.publishSignal("a", { sample: 3 });
      const other = exporter.publishSignal("b");
      const { value: seen } = await signals.next();
      assertEquals([seen?.event, seen?.sampleNo], ["a", 1]);
      assertEquals((await signals.next()).value?.event, "b");
      const next = signals.next();
      assert(await stillPending(next));

      const answer = (event: string) =>
        subscriber.respond({ publisherId: exporter.publisherId, event }, {
          ras: 1,
        });
      await answer("b");
      assertEquals((await other).ok, true);
      assert(await stillPending(first, 0));
      await answer("a");
      assertEquals((await first).ok, true);
      assertEquals((await next).value?.sampleNo, 2);
      assert(await stillPending(second));
      await answer("a");
      assertEquals((await second).ok, true);
      assertEquals((await signals.next()).value?.sampleNo, 3);
      await answer("a");
      assertEquals((await third).ok, true);
    },

  "a publish that times out gives its turn to the next one": async (stage) => {
    const [exporter, subscriber] = await stage.pair(["start"], UNTOLD);
    const signals = subscriber.listen();
    const first = exporter.publishSignal("start", { timeout: 30 });
    const second = exporter.publishSignal("start", { sample: 2 });
    assertEquals((await first).code, 2);
    await nextOf(signals, "start");
    const signal = await nextOf(signals, "start");
    assertEquals(signal.sampleNo, 2);
    await subscriber.srespond(signal, 1);
    assertEquals((await second).code, 0);
  },

  "a responder that joins during a publish owes it no response": async (
    stage,
  ) => {
    const [exporter, subscriber] = await stage.pair(["start"]);
    const arrived = seen(subscriber, "start");
    const publishing = exporter.publishSignal("start");
    await arrived;
    const joining = eventOf(exporter, "subscribe");
    const late = await stage.responder();
    const { publisherId } = exporter;
    await late.respond({ publisherId, event: "initialization" });
    await joining;
    assert(await stillPending(publishing));
    await subscriber.respond({ publisherId, event: "start" }, { ras: 1 });
    const { code, acks } = await publishing;
    assertEquals([code, [...acks.keys()]], [0, [subscriber.responderId]]);
    assertEquals(exporter.subscribers.size, 2);
  },

  "concurrent publishes of 50 events each get their own responses": async (
    stage,
  ) => {
    const events = Array.from({ length: 50 }, (_, n) => `event-${n}`);
    await stage.answering((signal) => ({
      ...succeed(signal),
      message: signal.event,
    }), { id: "echo" });
    const exporter = await stage.exporter();
    await exporter.initializeAndWait(1, events);
    const results: PublishResult[] = await Promise.all(
      events.map((event) => exporter.publishSignal(event)),
    );
    assertEquals(
      results.map(({ ok, messages }) => [ok, messages.echo]),
      events.map((event) => [true, event]),
    );
  },
};
