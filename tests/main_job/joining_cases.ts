/**
 * The main job, part one: subscribers are asked for, join, and are released.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { peerName } from "../../src/protocol/peer_name.ts";
import { type Cases, joinOnly } from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { eventOf, until } from "../support/wait.ts";

/** Each case is run at every place. */
export const JOINING: Cases = {
  "initialize() publishes the signal and waits for no subscriber": async (
    stage,
  ) => {
    const signals = (await stage.responder()).listen();
    const exporter = await stage.exporter({ runnerHost: "node-1" });
    assertEquals(exporter.initialized, false);
    await exporter.initialize(["start"], { tag: "group-7" });
    assertEquals(exporter.initialized, true);
    assertEquals((await signals.next()).value, {
      publisherId: exporter.publisherId,
      processName: "fio",
      event: "initialization",
      runnerHost: "node-1",
      sampleNo: -1,
      tag: "group-7",
      ticket: null,
    });
    assertEquals([...exporter.subscribers], []);
  },

  "initializeAndWait(1) resolves with the first subscriber": async (stage) => {
    const responder = await stage.answering();
    const exporter = await stage.exporter();
    assertEquals(await exporter.initializeAndWait(1, ["start"]), true);
    assertEquals([...exporter.subscribers], [responder.responderId]);
  },

  "initializeAndWait(3) resolves with the third subscriber": async (stage) => {
    const first = [await stage.answering(), await stage.answering()];
    const last = await stage.responder();
    const exporter = await stage.exporter();
    const joined: string[] = [];
    exporter.addEventListener(
      "subscribe",
      ({ detail }) => joined.push(detail.responderId),
    );
    const waiting = exporter.initializeAndWait(3, ["start"]);
    await until(() => joined.length === 2, { what: "two subscribers" });
    assert(await stillPending(waiting));
    const { publisherId } = exporter;
    await last.respond({ publisherId, event: "initialization" });
    assertEquals(await waiting, true);
    const everybody = [...first, last].map(({ responderId }) => responderId);
    assertEquals(joined.toSorted(), everybody.toSorted());
    assertEquals([...exporter.subscribers], joined);
  },

  "initializeAndWait() is false when fewer subscribers join in time": async (
    stage,
  ) => {
    await stage.answering();
    const exporter = await stage.exporter();
    const enough = await exporter.initializeAndWait(2, ["start"], {
      timeout: 50,
    });
    assertEquals(enough, false);
    assertEquals(exporter.initialized, true);
    await until(() => exporter.subscribers.size === 1, {
      what: "the only subscriber",
    });
  },

  "initializeAndWait(0) resolves at once": async (stage) => {
    const exporter = await stage.exporter();
    const enough = await exporter.initializeAndWait(0, ["start"], {
      timeout: Infinity,
    });
    assertEquals(enough, true);
    assertEquals(exporter.initialized, true);
  },

  "with `periodic`, a responder that starts late joins": async (stage) => {
    const exporter = await stage.exporter();
    const waiting = exporter.initializeAndWait(1, ["start"], {
      periodic: 20,
    });
    assert(await stillPending(waiting));
    const late = await stage.answering();
    assertEquals(await waiting, true);
    assertEquals([...exporter.subscribers], [late.responderId]);
  },

  "without `periodic`, the initialization is published once": async (
    stage,
  ) => {
    const signals = (await stage.responder()).listen();
    const exporter = await stage.exporter();
    const enough = await exporter.initializeAndWait(1, ["start"], {
      timeout: 60,
    });
    assertEquals(enough, false);
    await exporter.shutdown();
    assertEquals((await signals.next()).value?.event, "initialization");
    assertEquals((await signals.next()).value?.event, "shutdown");
  },

  "the initialization is not repeated after the wait": async (stage) => {
    const signals = (await stage.responder()).listen();
    const exporter = await stage.exporter();
    await exporter.initializeAndWait(1, ["start"], {
      timeout: 50,
      periodic: 5,
    });
    await exporter.publishSignal("start");
    let repeated = 0;
    for await (const { event } of signals) {
      if (event === "start") break;
      repeated++;
    }
    assert(repeated > 1);
    assert(await stillPending(signalsAfter(await stage.responder()), 30));
  },

  "expected responders are subscribers from the start": async (stage) => {
    const exporter = await stage.exporter();
    // An expected responder counts for the wait only after its response.
    const enough = await exporter.initializeAndWait(2, ["start"], {
      expected: ["a", "b"],
      timeout: 20,
    });
    assertEquals(enough, false);
    assertEquals([...exporter.subscribers], ["a", "b"]);
    const { code, missing } = await exporter.publishSignal("start", {
      timeout: 20,
    });
    assertEquals(code, 2);
    assertEquals(missing, new Map([["a", "timeout"], ["b", "timeout"]]));
  },

  "an expected responder counts without having joined": async (
    stage,
  ) => {
    await stage.answering(
      ({ event }) => event === "start" ? { ras: 1 } : undefined,
      { id: "the-expected-one" },
    );
    const exporter = await stage.exporter();
    await exporter.initialize(["start"], { expected: ["the-expected-one"] });
    assertEquals((await exporter.publishSignal("start")).ok, true);
  },

  "a responder may join at any time": async (stage) => {
    const exporter = await stage.exporter();
    await exporter.initialize(["start"]);
    const joining = eventOf<CustomEvent>(exporter, "subscribe");
    const { publisherId } = exporter;
    const late = await stage.responder();
    await late.respond({ publisherId, event: "initialization" });
    assertEquals((await joining).detail, {
      responderId: late.responderId,
      name: peerName(late.responderId),
    });
    assertEquals(exporter.subscribers.has(late.responderId), true);
  },

  "a responder that joins another exporter does not join this one": async (
    stage,
  ) => {
    const exporter = await stage.exporter();
    const other = await stage.exporter();
    await exporter.initialize(["start"]);
    await other.initialize(["start"]);
    const responder = await stage.responder();
    const joining = eventOf(other, "subscribe");
    const { publisherId } = other;
    await responder.respond({ publisherId, event: "initialization" });
    await joining;
    assertEquals(exporter.subscribers.size, 0);
  },

  "shutdown() publishes the signal and clears the roster": async (stage) => {
    const [exporter] = await stage.pair(["start"]);
    const signals = (await stage.responder()).listen();
    await exporter.shutdown({ tag: "the end" });
    const { value } = await signals.next();
    assertEquals([value?.event, value?.tag], ["shutdown", "the end"]);
    assertEquals(exporter.initialized, false);
    assertEquals(exporter.subscribers.size, 0);
  },

  "no responder joins between shutdown() and the next initialize()": async (
    stage,
  ) => {
    const [exporter, responder] = await stage.pair(["start"]);
    await exporter.shutdown();
    await responder.respond({
      publisherId: exporter.publisherId,
      event: "initialization",
    });
    // The stray response arrives after the initialization, which dispatches no event.
    const stray = eventOf(exporter, "stray");
    await responder.respond(
      { publisherId: exporter.publisherId, event: "start" },
      { ras: 1 },
    );
    await stray;
    assertEquals(exporter.subscribers.size, 0);
  },

  "an exporter may be initialized again after shutdown()": async (stage) => {
    const responder = await stage.answering();
    const exporter = await stage.exporter();
    await exporter.initializeAndWait(1, ["start"]);
    await exporter.shutdown();
    assertEquals(await exporter.initializeAndWait(1, ["stop"]), true);
    const { ok, acks } = await exporter.publishSignal("stop");
    assertEquals([ok, [...acks.keys()]], [true, [responder.responderId]]);
    await assertRejects(() => exporter.publishSignal("start"), RangeError);
  },

  "initialize() without shutdown() before it replaces the legal events": async (
    stage,
  ) => {
    const responder = await stage.answering();
    const exporter = await stage.exporter();
    await exporter.initializeAndWait(1, ["start"]);
    await exporter.initialize(["stop"]);
    assertEquals([...exporter.subscribers], [responder.responderId]);
    await assertRejects(() => exporter.publishSignal("start"), RangeError);
    assertEquals((await exporter.publishSignal("stop")).ok, true);
  },

  "a publish waits for a responder that has joined after initialize()": async (
    stage,
  ) => {
    await stage.answering(joinOnly);
    const exporter = await stage.exporter();
    const joining = eventOf(exporter, "subscribe");
    await exporter.initialize(["start"]);
    await joining;
    const { code } = await exporter.publishSignal("start", { timeout: 20 });
    assertEquals(code, 2);
  },
};

function signalsAfter(
  responder: AsyncIterable<unknown>,
): Promise<IteratorResult<unknown>> {
  return responder[Symbol.asyncIterator]().next();
}
