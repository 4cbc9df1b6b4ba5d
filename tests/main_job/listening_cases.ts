/**
 * The main job, part five: responders see every signal that passes their locks.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Signal } from "../../src/protocol/signal/signal.ts";
import type { OverflowDetail } from "../../src/signals/events.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { Cases } from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { eventOf, until } from "../support/wait.ts";

/** Publishes samples one after the other, without subscribers. */
async function publishSamples(
  exporter: SignalExporter,
  from: number,
  to: number,
): Promise<void> {
  for (let sample = from; sample <= to; sample++) {
    await exporter.publishSignal("sample", { sample });
  }
}

async function take(
  signals: AsyncIterator<Signal>,
  count: number,
): Promise<(number | bigint)[]> {
  const taken: (number | bigint)[] = [];
  while (taken.length < count) {
    const { value } = await signals.next();
    taken.push(value.sampleNo);
  }
  return taken;
}

/** Each case is run at every place. */
export const LISTENING: Cases = {
  "signals that arrive before the first listener are kept": async (stage) => {
    const responder = await stage.responder();
    const exporter = await stage.exporter();
    await publishSamples(exporter, 1, 5);
    assertEquals(await take(responder.listen(), 5), [1, 2, 3, 4, 5]);
  },

  "two concurrent listeners both see every signal": async (stage) => {
    const responder = await stage.responder();
    const exporter = await stage.exporter();
    const one = responder.listen();
    const other = responder.listen();
    await publishSamples(exporter, 1, 5);
    assertEquals(await take(one, 5), [1, 2, 3, 4, 5]);
    assertEquals(await take(other, 5), [1, 2, 3, 4, 5]);
  },

  "a loop that begins after a break misses no signal": async (stage) => {
    const responder = await stage.responder();
    const exporter = await stage.exporter();
    await publishSamples(exporter, 1, 4);
    const seen: (number | bigint)[] = [];
    for await (const { sampleNo } of responder) {
      seen.push(sampleNo);
      if (sampleNo === 2) break;
    }
    await publishSamples(exporter, 5, 6);
    for await (const { sampleNo } of responder) {
      seen.push(sampleNo);
      if (sampleNo === 6) break;
    }
    assertEquals(seen, [1, 2, 3, 4, 5, 6]);
  },

  "a listener that leaves takes no signal from a listener that stays": async (
    stage,
  ) => {
    const responder = await stage.responder();
    const exporter = await stage.exporter();
    const stays = responder.listen();
    const leaves = responder.listen();
    await publishSamples(exporter, 1, 2);
    assertEquals(await take(leaves, 1), [1]);
    await leaves.return?.();
    await publishSamples(exporter, 3, 3);
    assertEquals(await take(stays, 3), [1, 2, 3]);
    assertEquals((await leaves.next()).done, true);
  },

  'a full queue drops its oldest signal and dispatches "overflow"': async (
    stage,
  ) => {
    const warnings: string[] = [];
    const ignore = () => {};
    const responder = await stage.responder({
      queueCapacity: 2,
      logger: {
        debug: ignore,
        info: ignore,
        warn: (line) => warnings.push(line),
        error: ignore,
      },
    });
    const exporter = await stage.exporter();
    const told: [number | bigint, number][] = [];
    responder.addEventListener("overflow", ({ detail }) => {
      const { signal, dropped }: OverflowDetail = detail;
      told.push([signal.sampleNo, dropped]);
    });
    await publishSamples(exporter, 1, 5);
    await until(() => told.length === 3, { what: "three to be dropped" });
    assertEquals(told, [[1, 1], [2, 2], [3, 3]]);
    assertEquals(responder.counts, { malformed: 0, dropped: 3 });
    const slow = responder.listen();
    assertEquals(await take(slow, 2), [4, 5]);
    await publishSamples(exporter, 6, 8);
    await until(() => told.length === 4, { what: "one more to be dropped" });
    assertEquals(await take(slow, 2), [7, 8]);
    const drops = warnings.filter((line) => line.startsWith('Dropped "'));
    assertEquals(drops.length, 1, "the first drop is logged, no later one");
  },

  "a malformed signal is counted, and the next signal is yielded": async (
    stage,
  ) => {
    const responder = await stage.responder();
    const signals = responder.listen();
    const fields =
      '"publisher_id": "p", "process_name": "fio", "event": "e", "runner_host": "h"';
    const malformed = [
      "1",
      "null",
      "",
      "not JSON",
      "[1, 2]",
      `{${fields}, "sample_no": -1}`,
      `{${fields}, "sample_no": -1, "tag": null}`,
      `{${fields}, "sample_no": 1.5, "tag": ""}`,
      `{${fields}, "sample_no": "1", "tag": ""}`,
      `{${fields}, "sample_no": 1, "tag": "", "metadata": []}`,
      `{${fields}, "sample_no": 1, "tag": "", "more": 1}`,
    ];
    const told: (string | undefined)[] = [];
    responder.addEventListener("malformed", ({ detail }) => {
      assert(detail.reason.length > 0);
      told.push(detail.payload);
    });
    for (const payload of malformed) await stage.publish("signals", payload);
    await stage.publish(
      "signals",
      `{${fields}, "sample_no": 7, "tag": "", "metadata": {"__proto__": 1}}`,
    );
    assertEquals((await signals.next()).value?.sampleNo, 7);
    await until(() => told.length === malformed.length, {
      what: "an event for every malformed message",
    });
    assertEquals(told.toSorted(), malformed.toSorted());
    assertEquals(responder.counts.malformed, malformed.length);
    assertEquals("polluted" in {}, false);
  },

  "a lock passes the signals of one tag, one publisher, or both": async (
    stage,
  ) => {
    const responder = await stage.responder();
    const mine = await stage.exporter();
    const others = await stage.exporter();
    const signals = responder.listen();
    const publishAll = async (round: number) => {
      for (const exporter of [others, mine]) {
        for (const tag of ["red", "blue"]) {
          await exporter.publishSignal(`${round}`, { tag });
        }
      }
      await mine.publishSignal(`${round} ends`, { tag: "blue" });
    };
    const seenIn = async (round: number) => {
      const seen: string[] = [];
      for (;;) {
        const { value } = await signals.next();
        if (value!.event === `${round} ends`) return seen;
        const who = value!.publisherId === mine.publisherId ? "mine" : "others";
        seen.push(`${who} ${value!.tag}`);
      }
    };

    await publishAll(1);
    responder.lockTag("blue");
    assertEquals((await seenIn(1)).toSorted(), ["mine blue", "others blue"]);
    responder.lockId(mine.publisherId);
    await publishAll(2);
    assertEquals(await seenIn(2), ["mine blue"]);
    responder.unlock();
    responder.lockId(mine.publisherId);
    await publishAll(3);
    assertEquals(await seenIn(3), ["mine red", "mine blue"]);
    responder.unlock();
    await publishAll(4);
    assertEquals((await seenIn(4)).length, 4);
  },

  "a lock filters the signals of a loop that already waits": async (stage) => {
    const responder = await stage.responder();
    const exporter = await stage.exporter();
    const next = responder.listen().next();
    responder.lockTag("mine");
    await exporter.publishSignal("start", { tag: "others" });
    assert(await stillPending(next));
    await exporter.publishSignal("start", { tag: "mine" });
    assertEquals((await next).value?.tag, "mine");
  },

  "a responder answers by signal or by publisher and event": async (stage) => {
    const exporter = await stage.exporter();
    const joining = eventOf(exporter, "subscribe");
    const responder = await stage.responder({ name: "collector" });
    const signals = responder.listen();
    await exporter.initialize(["start"]);
    await responder.srespond((await signals.next()).value!);
    await joining;
    const first = exporter.publishSignal("start");
    await responder.srespond((await signals.next()).value!, 1, "by signal");
    const { responderId } = responder;
    assertEquals((await first).messages, { [responderId]: "by signal" });
    const second = exporter.publishSignal("start");
    await signals.next();
    await responder.respond(
      { publisherId: exporter.publisherId, event: "start" },
      { ras: 0, message: "by name" },
    );
    assertEquals((await second).messages, { [responderId]: "by name" });
    assert(/^collector-[0-9a-f-]{36}-resp$/.test(responderId));
  },

  "a response that can't be sent is refused with the name of its field": async (
    stage,
  ) => {
    const responder = await stage.responder();
    const to = { publisherId: "p", event: "e" };
    await assertRejects(
      () => responder.respond(to, { ras: 0.5 }),
      TypeError,
      "ras",
    );
    await assertRejects(
      () => responder.respond(to, { message: 1 as unknown as string }),
      TypeError,
      "message",
    );
  },

  "listen() ends when its signal aborts, and the queue goes to the next listener":
    async (
      stage,
    ) => {
      const responder = await stage.responder();
      const exporter = await stage.exporter();
      const reason = new Error("the user has lost patience");
      const abort = new AbortController();
      await publishSamples(exporter, 1, 3);
      const seen: (number | bigint)[] = [];
      const failure = await assertRejects(async () => {
        for await (
          const { sampleNo } of responder.listen({ signal: abort.signal })
        ) {
          seen.push(sampleNo);
          if (sampleNo === 2) abort.abort(reason);
        }
      });
      assertEquals(failure, reason);
      assertEquals(seen, [1, 2]);
      await publishSamples(exporter, 4, 4);
      assertEquals(await take(responder.listen(), 2), [3, 4]);
    },

  "listen() that waits is rejected when its signal aborts": async (stage) => {
    const responder = await stage.responder();
    const abort = new AbortController();
    const next = responder.listen({ signal: abort.signal }).next();
    assert(await stillPending(next));
    abort.abort();
    await assertRejects(() => next, DOMException);
    const aborted = responder.listen({ signal: abort.signal });
    await assertRejects(() => aborted.next(), DOMException);
    assertEquals((await aborted.next()).done, true);
  },

  "close() ends every loop after its queued signals": async (stage) => {
    const responder = await stage.responder();
    const exporter = await stage.exporter();
    const waiting = responder.listen();
    const next = waiting.next();
    const behind = responder.listen();
    await publishSamples(exporter, 1, 2);
    assertEquals((await next).value?.sampleNo, 1);
    assertEquals(await take(waiting, 1), [2]);
    const ended = waiting.next();
    await responder.close();
    assertEquals((await ended).done, true);
    assertEquals(await take(behind, 2), [1, 2]);
    assertEquals((await behind.next()).done, true);
    assertEquals((await responder.listen().next()).done, true);
  },
};
