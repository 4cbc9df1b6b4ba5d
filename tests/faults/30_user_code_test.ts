/**
 * User code that throws, never returns, closes, aborts, or sets timeouts that are
 * too long for a timer, during a publish.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { PublishResult } from "../../src/signals/exporter/publish_result.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { type Cases, joinOnly, seen } from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { uncaught } from "../support/uncaught.ts";
import { eventOf, until } from "../support/wait.ts";
import { stageOn } from "./redis_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

const ROUNDS = 5;

/** Milliseconds from each close or abort to the end of its publish. */
const ends: number[] = [];

scenario(
  30,
  "a publish does not hang, whatever a listener, a loop, a close, an abort or a timeout of the user does",
  { needs: needsRedis("The user's handlers are") },
  async (report) => {
    const tally = new Tally();
    await using server = await RedisServer.start();
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [name, run] of Object.entries(CASES)) {
        await tally.try(`${name}, round ${round}`, async () => {
          await using stage = stageOn(server, { shared: true });
          await run(stage);
        });
      }
    }
    report(
      tally.findings(`close and abort end a publish in ${percentiles(ends)}`),
    );
  },
);

const CASES: Cases = {
  "a listener that throws does not affect the publish": async (stage) => {
    const [exporter, responder] = await stage.pair(["start"]);
    const bug = new Error("a bug in a listener");
    const fail = () => {
      throw bug;
    };
    exporter.addEventListener("ack", fail);
    exporter.addEventListener("stray", fail);
    exporter.addEventListener("malformed", fail);
    const uncaught = await uncaughtIn(async () => {
      await stage.publish("responses", "not JSON");
      const arriving = seen(responder, "start");
      const publishing = exporter.publishSignal("start");
      const signal = await arriving;
      await responder.srespond(signal, 1);
      assert((await publishing).ok);
      await responder.srespond(signal, 1);
      await until(() => exporter.counts.stale === 1, { what: "the stray" });
    });
    assertEquals(uncaught, [bug, bug, bug]);
  },

  "a listener that never returns is not waited for": async (stage) => {
    const [exporter, responder] = await stage.pair(["start"]);
    const { promise: never } = Promise.withResolvers<void>();
    exporter.addEventListener("ack", () => never);
    const arriving = seen(responder, "start");
    const publishing = exporter.publishSignal("start");
    await responder.srespond(await arriving, 1);
    assert((await publishing).ok);
  },

  "a loop that throws ends only itself, and the next loop answers": async (
    stage,
  ) => {
    const [exporter, responder] = await stage.pair(["start"]);
    const bug = new Error("a bug in a loop");
    const failing = assertRejects(async () => {
      for await (const { event } of responder.listen()) {
        if (event === "start") throw bug;
      }
    });
    assertEquals(
      await missesIn(exporter.publishSignal("start", { timeout: 50 })),
      ["timeout"],
    );
    assertEquals(await failing, bug);
    const publishing = exporter.publishSignal("start", { sample: 2 });
    for await (const signal of responder.listen()) {
      if (signal.sampleNo !== 2) continue;
      await responder.srespond(signal, 1);
      break;
    }
    assert((await publishing).ok);
  },

  "a loop that never returns delays neither another loop nor close()": async (
    stage,
  ) => {
    const [exporter, responder] = await stage.pair(["start"]);
    const stuck = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const loop = (async () => {
      for await (const _ of responder.listen()) {
        reached.resolve();
        await stuck.promise;
      }
    })();
    const other = responder.listen();
    assertEquals(
      await missesIn(exporter.publishSignal("start", { timeout: 50 })),
      ["timeout"],
    );
    await reached.promise;
    assertEquals((await other.next()).value?.event, "start");
    await settledSoon(responder.close());
    stuck.resolve();
    await loop;
  },

  "close() ends a publish, and a publish after it is refused": async (
    stage,
  ) => {
    const [exporter] = await stage.pair(["start"]);
    const publishing = exporter.publishSignal("start", { timeout: Infinity });
    assert(await stillPending(publishing, 10));
    const closing = exporter.close();
    assertEquals(await settledSoon(missesIn(publishing)), ["closed"]);
    await closing;
    await assertRejects(
      () => exporter.publishSignal("start"),
      Error,
      "is closed",
    );
  },

  "an abort ends a publish, and the next publish of the event is sent": async (
    stage,
  ) => {
    const [exporter, responder] = await stage.pair(["start"]);
    const signals = responder.listen();
    const abort = new AbortController();
    const reason = new Error("the user has lost patience");
    const { signal } = abort;
    const publishing = exporter.publishSignal("start", { signal });
    await signals.next();
    const refused = assertRejects(() => publishing);
    abort.abort(reason);
    assertEquals(await settledSoon(refused), reason);
    const next = exporter.publishSignal("start");
    const { value } = await signals.next();
    await responder.srespond(value!, 1);
    assert((await next).ok);
  },

  "a responder that closes during a publish is missing at once": async (
    stage,
  ) => {
    const exporter = await stage.exporter<"start">();
    const joined = eventOf(exporter, "subscribe");
    const responder = await stage.answering(joinOnly);
    await exporter.initialize(["start"]);
    await joined;
    const publishing = exporter.publishSignal("start", { timeout: Infinity });
    const closing = responder.close();
    assertEquals(await settledSoon(missesIn(publishing)), ["left"]);
    await closing;
  },

  "a timeout of 0 ends a publish at once": async (stage) => {
    const [exporter] = await stage.pair(["start"]);
    const publishing = exporter.publishSignal("start", { timeout: 0 });
    assertEquals(await settledSoon(missesIn(publishing)), ["timeout"]);
  },

  "a timeout that is too long for a timer does not end a publish": async (
    stage,
  ) => {
    const [exporter, responder] = await stage.pair(["start"]);
    for (const timeout of [2 ** 31, 1e15, Infinity]) {
      const arriving = seen(responder, "start");
      const publishing = exporter.publishSignal("start", { timeout });
      assert(await stillPending(publishing, 10));
      await responder.srespond(await arriving, 1);
      assert((await publishing).ok);
    }
  },
};

/** The missing reasons of a publish without responses. */
async function missesIn(publishing: Promise<PublishResult>): Promise<string[]> {
  const { code, acks, missing } = await publishing;
  assertEquals([code, acks.size], [2, 0]);
  return [...missing.values()];
}

/** Settles with the promise and notes the time that it takes. */
async function settledSoon<T>(promise: Promise<T>): Promise<T> {
  const since = performance.now();
  try {
    return await promise;
  } finally {
    ends.push(performance.now() - since);
  }
}

/** The uncaught errors during a run; they do not end the process. */
async function uncaughtIn(run: () => Promise<void>): Promise<unknown[]> {
  using reported = uncaught();
  await run();
  return reported.errors;
}
