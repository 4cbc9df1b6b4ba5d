/**
 * The main job, part four: every wait ends, at its timeout or earlier.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { SignalResponder } from "../../src/signals/responder/responder.ts";
import { type Cases, joinOnly, nextOf, seen } from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { eventOf } from "../support/wait.ts";

const REASON = new Error("the user has lost patience");

/** As on the wire of 1.0.1, where responses name an event and no signal. */
const UNTOLD = { correlation: "off" } as const;

/** Each case is run at every place. */
export const WAITING: Cases = {
  "a timeout of 0 ends publishSignal() and initializeAndWait() at once": async (
    stage,
  ) => {
    const [exporter, { responderId }] = await stage.pair(["start"]);
    const { code, missing } = await exporter.publishSignal("start", {
      timeout: 0,
    });
    assertEquals(code, 2);
    assertEquals(missing, new Map([[responderId, "timeout"]]));
    assertEquals(
      await exporter.initializeAndWait(2, ["start"], { timeout: 0 }),
      false,
    );
  },

  "a publish without subscribers succeeds with a timeout of 0": async (
    stage,
  ) => {
    const exporter = await stage.exporter();
    await exporter.initialize(["start"]);
    const { code, receivers } = await exporter.publishSignal("start", {
      timeout: 0,
    });
    assertEquals([code, receivers], [0, 0]);
  },

  "a timeout that is too long for the platform's timers does not end early":
    async (stage) => {
      const [exporter, subscriber] = await stage.pair(["start"]);
      for (const timeout of [2 ** 31, 1e15, Infinity]) {
        const arrived = seen(subscriber, "start");
        const publishing = exporter.publishSignal("start", { timeout });
        await arrived;
        assert(await stillPending(publishing));
        await subscriber.respond({
          publisherId: exporter.publisherId,
          event: "start",
        }, { ras: 1 });
        assertEquals((await publishing).code, 0);

        const abort = new AbortController();
        const joining = exporter.initializeAndWait(2, ["start"], {
          timeout,
          periodic: 2 ** 31,
          signal: abort.signal,
        });
        assert(await stillPending(joining));
        abort.abort(REASON);
        assertEquals(await assertRejects(() => joining), REASON);
      }
    },

  "a time span that is negative, NaN or no number is refused": async (
    stage,
  ) => {
    const [exporter] = await stage.pair(["start"]);
    for (const timeout of [-1, NaN]) {
      await assertRejects(
        () => exporter.publishSignal("start", { timeout }),
        RangeError,
      );
      await assertRejects(
        () => exporter.initializeAndWait(1, ["start"], { timeout }),
        RangeError,
      );
      await assertRejects(
        () => exporter.initializeAndWait(1, ["start"], { periodic: timeout }),
        RangeError,
      );
    }
    await assertRejects(
      () =>
        exporter.publishSignal("start", {
          timeout: "1" as unknown as number,
        }),
      TypeError,
    );
  },

  "initializeAndWait() is rejected when its signal aborts": async (stage) => {
    const exporter = await stage.exporter();
    const abort = new AbortController();
    const { signal } = abort;
    const waiting = exporter.initializeAndWait(1, ["start"], { signal });
    assert(await stillPending(waiting));
    abort.abort(REASON);
    assertEquals(await assertRejects(() => waiting), REASON);
  },

  "publishSignal() is rejected when its signal aborts, and the next publish is sent":
    async (
      stage,
    ) => {
      const [exporter, subscriber] = await stage.pair(["start"], UNTOLD);
      // Of the subscriber itself: its answer must follow the one to `initialization`.
      const signals = subscriber.listen();
      const abort = new AbortController();
      const first = exporter.publishSignal("start", { signal: abort.signal });
      const second = exporter.publishSignal("start", { sample: 2 });
      await signals.next();
      abort.abort(REASON);
      assertEquals(await assertRejects(() => first), REASON);
      const signal = await nextOf(signals, "start");
      assertEquals(signal.sampleNo, 2);
      await subscriber.srespond(signal, 1);
      assertEquals((await second).ok, true);
    },

  "a publish that is aborted before its turn is not sent": async (stage) => {
    const [exporter, subscriber] = await stage.pair(["start"], UNTOLD);
    const signals = (await stage.responder()).listen();
    const abort = new AbortController();
    const first = exporter.publishSignal("start", { sample: 1 });
    const second = exporter.publishSignal("start", {
      sample: 2,
      signal: abort.signal,
    });
    const third = exporter.publishSignal("start", { sample: 3 });
    const { value } = await signals.next();
    abort.abort(REASON);
    assertEquals(await assertRejects(() => second), REASON);
    assert(await stillPending(third));
    await subscriber.srespond(value!, 1);
    assertEquals((await first).ok, true);
    assertEquals((await signals.next()).value?.sampleNo, 3);
    await subscriber.srespond(value!, 1);
    assertEquals((await third).ok, true);
  },

  "a call with an aborted signal is rejected and sends no message": async (
    stage,
  ) => {
    const exporter = await stage.exporter();
    const signals = (await stage.responder()).listen();
    const signal = AbortSignal.abort(REASON);
    const begun = [
      () => exporter.initializeAndWait(1, ["start"], { signal }),
      () => exporter.publishSignal("start", { signal }),
      () => stage.exporter({ signal }),
      () => stage.responder({ signal }),
    ];
    for (const begin of begun) {
      assertEquals(
        await assertRejects(begin as () => Promise<unknown>),
        REASON,
      );
    }
    await exporter.publishSignal("stop");
    assertEquals((await signals.next()).value?.event, "stop");
  },

  "close() ends a publish with the responses so far": async (stage) => {
    const good = await stage.answering();
    const silent = await stage.answering(joinOnly);
    const exporter = await stage.exporter(UNTOLD);
    await exporter.initializeAndWait(2, ["start"]);
    const counted = eventOf(exporter, "ack");
    const publishing = exporter.publishSignal("start");
    const queued = exporter.publishSignal("start");
    const refused = assertRejects(() => queued, Error, "is closed");
    await counted;
    await exporter.close();
    const { code, acks, missing } = await publishing;
    assertEquals(code, 2);
    assertEquals([...acks.keys()], [good.responderId]);
    assertEquals(missing, new Map([[silent.responderId, "closed"]]));
    await refused;
  },

  "shutdown() ends a publish with the responses so far": async (stage) => {
    const [exporter, { responderId }] = await stage.pair(["start"]);
    const publishing = exporter.publishSignal("start");
    await exporter.shutdown();
    const { code, missing } = await publishing;
    assertEquals(code, 2);
    assertEquals(missing, new Map([[responderId, "shutdown"]]));
  },

  "close() rejects initializeAndWait()": async (stage) => {
    const exporter = await stage.exporter();
    const waiting = exporter.initializeAndWait(1, ["start"], {
      timeout: Infinity,
    });
    const refused = assertRejects(() => waiting, Error, "closed");
    assert(await stillPending(waiting));
    await exporter.close();
    await refused;
  },

  "shutdown() rejects initializeAndWait()": async (stage) => {
    const exporter = await stage.exporter();
    const waiting = exporter.initializeAndWait(1, ["start"], {
      timeout: Infinity,
    });
    const refused = assertRejects(() => waiting, Error, "shutdown");
    assert(await stillPending(waiting));
    await exporter.shutdown();
    await refused;
  },

  "a publish that waits for its turn during shutdown() is rejected and not sent":
    async (stage) => {
      const [exporter] = await stage.pair(["start"], UNTOLD);
      const signals = (await stage.responder()).listen();
      const first = exporter.publishSignal("start");
      const second = exporter.publishSignal("start");
      const refused = assertRejects(() => second, Error, "was shut down");
      await exporter.shutdown();
      assertEquals((await first).code, 2);
      await refused;
      assertEquals((await signals.next()).value?.event, "start");
      assertEquals((await signals.next()).value?.event, "shutdown");
    },

  "a closed exporter refuses every call except close()": async (stage) => {
    const exporter = await stage.exporter();
    await exporter.initialize(["start"]);
    await Promise.all([exporter.close(), exporter.close()]);
    await exporter.close();
    assertEquals(exporter.initialized, false);
    const attempts = [
      () => exporter.publishSignal("start"),
      () => exporter.initialize(["start"]),
      () => exporter.initializeAndWait(1, ["start"]),
      () => exporter.shutdown(),
    ];
    for (const attempt of attempts) {
      await assertRejects(
        attempt as () => Promise<unknown>,
        Error,
        "is closed",
      );
    }
  },

  "a closed responder refuses every call that needs it, ends its loops quietly, and may be closed again":
    async (
      stage,
    ) => {
      const responder = await stage.responder();
      const serving = responder.serve({});
      const listening = responder.listen().next();
      await Promise.all([responder.close(), responder.close()]);
      await responder.close();
      await serving;
      assertEquals((await listening).done, true);
      const attempts = [
        () => responder.respond({ publisherId: "p", event: "e" }),
        () => responder.serve({}),
        () => responder.requestStop("p", "full"),
      ];
      for (const attempt of attempts) {
        await assertRejects(
          attempt,
          Error,
          `as the responder ${responder.responderId} is closed`,
        );
      }
      assertEquals((await responder.listen().next()).done, true);
    },

  "`await using` closes exporter and responder without a shutdown signal":
    async (stage) => {
      const signals = (await stage.responder()).listen();
      let exporter: SignalExporter;
      let responder: SignalResponder;
      {
        await using scopedExporter = await stage.exporter();
        await using scopedResponder = await stage.responder();
        [exporter, responder] = [scopedExporter, scopedResponder];
        await exporter.initialize(["start"]);
        const { value } = await responder.listen().next();
        assertEquals(value?.event, "initialization");
      }
      await assertRejects(() => exporter.shutdown(), Error, "is closed");
      assertEquals((await responder.listen().next()).done, true);
      await (await stage.exporter()).publishSignal("after");
      assertEquals((await signals.next()).value?.event, "initialization");
      assertEquals((await signals.next()).value?.event, "after");
    },
};
