/**
 * The main job, part three: which responses count, and how the others are counted.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { StrayDetail } from "../../src/signals/events.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import { type Cases, seen } from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { eventOf } from "../support/wait.ts";

async function nextStray(exporter: SignalExporter): Promise<StrayDetail> {
  return (await eventOf<CustomEvent<StrayDetail>>(exporter, "stray")).detail;
}

/** As on the wire of 1.0.1, where responses name an event and no signal. */
const UNTOLD = { correlation: "off" } as const;

/** Each case is run at every place. */
export const ANSWERING: Cases = {
  'a response that counts dispatches "ack"': async (stage) => {
    const [exporter, subscriber] = await stage.pair(["start"], UNTOLD);
    const { responderId } = subscriber;
    const answered = eventOf<CustomEvent>(exporter, "ack");
    const arrived = seen(subscriber, "start");
    const publishing = exporter.publishSignal("start");
    await arrived;
    const to = { publisherId: exporter.publisherId, event: "start" };
    await subscriber.respond(to, { ras: 1, message: "done" });
    const { latency, ...detail } = (await answered).detail;
    assertEquals(detail, {
      responderId,
      event: "start",
      ras: 1,
      message: "done",
    });
    const { acks } = await publishing;
    assertEquals(acks.get(responderId)?.latency, latency);
  },

  "a response that arrives twice counts once": async (stage) => {
    const twice = await stage.answering();
    const [exporter, slow] = await stage.pair(["start"]);
    await exporter.initializeAndWait(2, ["start"]);
    const counted = eventOf(exporter, "ack");
    const arrived = seen(slow, "start");
    const publishing = exporter.publishSignal("start");
    await counted;
    const signal = await arrived;
    const stray = nextStray(exporter);
    await twice.respond(signal, { ras: 1 });
    const { responderId, event, ras, reason } = await stray;
    assertEquals(
      [responderId, event, ras, reason],
      [twice.responderId, "start", 1, "duplicate"],
    );
    assert(await stillPending(publishing));
    await slow.respond(signal, { ras: 1 });
    assertEquals((await publishing).code, 0);
    assertEquals(exporter.counts, {
      duplicate: 1,
      conflict: 0,
      unknown: 0,
      late: 0,
      stale: 0,
      malformed: 0,
    });
  },

  "the first of two conflicting responses counts": async (stage) => {
    for (const [first, then, code] of [[1, 0, 0], [0, 1, 1]] as const) {
      const fickle = await stage.answering(({ event }) =>
        event === "start" ? { ras: first } : {}
      );
      const [exporter, slow] = await stage.pair(["start"]);
      await exporter.initializeAndWait(2, ["start"]);
      const counted = eventOf(exporter, "ack");
      const arrived = seen(slow, "start");
      const publishing = exporter.publishSignal("start");
      await counted;
      const signal = await arrived;
      const stray = nextStray(exporter);
      await fickle.respond(signal, { ras: then });
      assertEquals((await stray).reason, "conflict");
      await slow.respond(signal, { ras: 1 });
      const result = await publishing;
      assertEquals(result.code, code);
      const ack = result.acks.get(fickle.responderId);
      assertEquals([ack?.ras, ack?.conflictingRas], [first, then]);
      assertEquals(exporter.counts.conflict, 1);
      await Promise.all([exporter, fickle, slow].map((each) => each.close()));
    }
  },

  "a response of a responder off the roster completes no publish": async (
    stage,
  ) => {
    const [exporter, subscriber] = await stage.pair(["start"]);
    const outsider = await stage.responder();
    const to = { publisherId: exporter.publisherId, event: "start" };
    const arrived = [seen(subscriber, "start"), seen(outsider, "start")];
    const publishing = exporter.publishSignal("start");
    await Promise.all(arrived);
    const stray = nextStray(exporter);
    await outsider.respond(to, { ras: 1 });
    assertEquals((await stray).reason, "unknown");
    assert(await stillPending(publishing));
    await subscriber.respond(to, { ras: 1 });
    assertEquals((await publishing).code, 0);
    assertEquals(exporter.counts.unknown, 1);
  },

  "a response after the timeout is counted as late": async (stage) => {
    const [exporter, subscriber] = await stage.pair(["start", "stop"], UNTOLD);
    const { code } = await exporter.publishSignal("start", { timeout: 20 });
    assertEquals(code, 2);
    const publishing = exporter.publishSignal("stop");
    const stray = nextStray(exporter);
    const { publisherId } = exporter;
    await subscriber.respond({ publisherId, event: "start" }, { ras: 1 });
    assertEquals((await stray).reason, "late");
    assert(await stillPending(publishing));
    assertEquals(exporter.counts.late, 1);
    await subscriber.respond({ publisherId, event: "stop" }, { ras: 1 });
    assertEquals((await publishing).code, 0);
  },

  "a response without ras does not complete a publish": async (stage) => {
    const [exporter, subscriber] = await stage.pair(["start"]);
    const to = { publisherId: exporter.publisherId, event: "start" };
    const arrived = seen(subscriber, "start");
    const publishing = exporter.publishSignal("start");
    await arrived;
    await subscriber.respond(to, { message: "50 %" });
    assert(await stillPending(publishing));
    await subscriber.respond(to, { ras: 1 });
    const { code, messages } = await publishing;
    assertEquals([code, messages], [0, {}]);
    assert(Object.values(exporter.counts).every((count) => count === 0));
  },

  "only a ras of 1 is a success, in each notation of a peer": async (stage) => {
    const exporter = await stage.exporter();
    await exporter.initialize(["start"]);
    const joining = eventOf(exporter, "subscribe");
    const head =
      `{"responder_id": "python", "publisher_id": "${exporter.publisherId}", "event": `;
    await stage.publish("responses", `${head}"initialization"}`);
    await joining;
    const written = {
      "1": 0,
      "1.0": 0,
      "true": 0,
      "0": 1,
      "-1": 1,
      "2": 1,
      "1.5": 1,
      "false": 1,
      "null": 1,
      '"1"': 1,
      "NaN": 1,
      "Infinity": 1,
      "[1]": 1,
      "36893488147419103233": 1,
    };
    for (const [ras, expected] of Object.entries(written)) {
      const publishing = exporter.publishSignal("start");
      await stage.publish("responses", `${head}"start", "ras": ${ras}}`);
      assertEquals([ras, (await publishing).code], [ras, expected]);
    }
  },

  "a response to another exporter or event does not count": async (stage) => {
    const [exporter, subscriber] = await stage.pair(["start"]);
    const [other] = await stage.pair(["start"]);
    const publishing = exporter.publishSignal("start");
    const strays = [nextStray(other), nextStray(exporter)];
    await subscriber.respond(
      { publisherId: other.publisherId, event: "start" },
      { ras: 1 },
    );
    await subscriber.respond(
      { publisherId: exporter.publisherId, event: "Start" },
      { ras: 1 },
    );
    assertEquals(
      (await Promise.all(strays)).map(({ event, reason }) => [event, reason]),
      [["start", "late"], ["Start", "late"]],
    );
    assert(await stillPending(publishing));
    await exporter.shutdown();
    assertEquals((await publishing).code, 2);
  },

  "a malformed response is counted, and the publish still succeeds": async (
    stage,
  ) => {
    const [exporter, subscriber] = await stage.pair(["start"]);
    const { publisherId } = exporter;
    const { responderId } = subscriber;
    const malformed = [
      "1",
      "null",
      "",
      "{",
      '"text"',
      "[]",
      "{}",
      `{"publisher_id": "${publisherId}", "event": "start", "ras": 1}`,
      `{"publisher_id": "${publisherId}", "responder_id": "${responderId}", "event": 7, "ras": 1}`,
      `{"publisher_id": ["${publisherId}"], "responder_id": "${responderId}", "event": "start"}`,
    ];
    const told: (string | undefined)[] = [];
    exporter.addEventListener("malformed", ({ detail }) => {
      assert(detail.reason.length > 0);
      told.push(detail.payload);
    });
    const arrived = seen(subscriber, "start");
    const publishing = exporter.publishSignal("start");
    for (const payload of malformed) await stage.publish("responses", payload);
    assert(await stillPending(publishing, 0));
    await arrived;
    await subscriber.respond({ publisherId, event: "start" }, { ras: 1 });
    assertEquals((await publishing).code, 0);
    assertEquals(told.toSorted(), malformed.toSorted());
    assertEquals(exporter.counts.malformed, malformed.length);
  },
};
