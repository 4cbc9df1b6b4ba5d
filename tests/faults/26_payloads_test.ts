/**
 * Payloads that may arrive as a signal or a response and must not end a listener.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import type { SignalResponder } from "../../src/signals/responder/responder.ts";
import { needsRedis } from "../support/redis_binary.ts";
import type { RedisServer } from "../support/redis_server.ts";
import type { Stage } from "../support/stage.ts";
import { eventOf } from "../support/wait.ts";
import {
  HOSTILE_RESPONSES,
  HOSTILE_SIGNALS,
  type HostileResponse,
  type HostileSignal,
  INVALID_UTF8,
} from "./hostile_payloads.ts";
import { onRedis } from "./redis_stage.ts";
import { scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

scenario(
  26,
  "every hostile payload is yielded, or rejected and counted, and the listener goes on",
  { needs: needsRedis("Hostile payloads are") },
  async (report) => {
    const tally = new Tally();
    const before = Reflect.ownKeys(Object.prototype);
    for (const protocol of [2, 3] as const) {
      await onRedis((stage, server) => receiveAll(stage, server, tally), {
        protocol,
      });
    }
    await tally.try("no prototype is polluted", () => {
      assertEquals(Reflect.ownKeys(Object.prototype), before);
      assertEquals(Object.keys(Object.prototype), []);
    });
    report(tally.findings(
      `${HOSTILE_SIGNALS.length} signals and ${HOSTILE_RESPONSES.length} responses, by RESP2 and RESP3`,
    ));
  },
);

async function receiveAll(
  stage: Stage,
  server: RedisServer,
  tally: Tally,
): Promise<void> {
  const responder = await stage.responder();
  for (const signal of HOSTILE_SIGNALS) {
    await tally.try(signal.case, () => receiveSignal(stage, responder, signal));
  }
  const exporter = await stage.exporter<"start">();
  for (const response of HOSTILE_RESPONSES) {
    await tally.try(
      response.case,
      () => receiveResponse(stage, response),
    );
  }
  await tally.try("invalid UTF-8", async () => {
    const told = eventOf(responder, "malformed");
    await publishBytes(server, SIGNAL_CHANNEL, INVALID_UTF8);
    await told;
  });
  await tally.try("the main job, after all that", async () => {
    const tag = "after all that";
    responder.lockTag(tag);
    const job = doMainJob(responder);
    assert(await exporter.initializeAndWait(1, ["start"], { tag }));
    assert((await exporter.publishSignal("start", { tag })).ok);
    await job;
  });
}

async function doMainJob(responder: SignalResponder): Promise<void> {
  for await (const signal of responder) {
    await responder.srespond(signal, 1);
    if (signal.event === "start") return;
  }
}

async function receiveSignal(
  stage: Stage,
  responder: SignalResponder,
  { payload, yields }: HostileSignal,
): Promise<void> {
  const signals = responder.listen();
  const { malformed } = responder.counts;
  await stage.publish("signals", payload);
  await stage.publish("signals", MARKER);
  const events: string[] = [];
  for await (const { event, metadata = {} } of signals) {
    if (event === "marker") break;
    assertStrictEquals(Object.getPrototypeOf(metadata), Object.prototype);
    events.push(event);
  }
  assertEquals(
    [events.length, responder.counts.malformed - malformed],
    yields ? [1, 0] : [0, 1],
  );
}

const MARKER =
  '{"publisher_id":"p","process_name":"p","event":"marker","runner_host":"h","sample_no":-1,"tag":""}';

/** A `ras` that no hostile payload has. */
const HONEST_RAS = 3;

/** The payload arrives during a publish that the honest response after it ends. */
async function receiveResponse(
  stage: Stage,
  { payload, responderId, answers }: HostileResponse,
): Promise<void> {
  // With an exporter of its own, no earlier response of that id can be for its signals.
  const exporter = await stage.exporter<"start">();
  const { publisherId } = exporter;
  const honest = JSON.stringify({
    responder_id: responderId,
    publisher_id: publisherId,
    event: "start",
    ras: HONEST_RAS,
  });
  const { malformed } = exporter.counts;
  await exporter.initialize(["start"], { expected: [responderId] });
  try {
    const publishing = exporter.publishSignal("start");
    await stage.publish("responses", payload(publisherId));
    await stage.publish("responses", honest);
    const { acks, missing } = await publishing;
    assertEquals([acks.size, missing.size], [1, 0]);
    assertEquals(
      acks.get(responderId)?.ras,
      typeof answers === "number" ? answers : HONEST_RAS,
    );
    assertEquals(
      exporter.counts.malformed - malformed,
      answers === "malformed" ? 1 : 0,
    );
  } finally {
    await exporter.shutdown();
  }
}

/** Publishes bytes that are no text, by a Lua string of the server. */
async function publishBytes(
  server: RedisServer,
  channel: string,
  bytes: Uint8Array,
): Promise<void> {
  const escaped = Array.from(bytes, (byte) => `\\${byte}`).join("");
  await server.cli(
    "EVAL",
    `return redis.call('PUBLISH', ARGV[1], '${escaped}')`,
    "0",
    channel,
  );
}
