/**
 * A server that dies and comes back, or ends a connection, during a publish.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../src/protocol/channels.ts";
import type { ReconnectDetail } from "../../src/signals/events.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { SignalResponder } from "../../src/signals/responder/responder.ts";
import { needsRedis } from "../support/redis_binary.ts";
import type { RedisServer } from "../support/redis_server.ts";
import { joinOnly, succeed } from "../support/stage.ts";
import { eventOf, until } from "../support/wait.ts";
import { confirmations, LinkStage, type Routed, SLACK } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

/** Milliseconds. */
const OUTAGES = [100, 100, 100, 1_000, 5_000];
/** Milliseconds each way, so that a premature "reconnect" precedes the confirmation. */
const DELAY = 5;
const TIMEOUT = 2_500;
const ROUNDS = 3;

scenario(
  2,
  'after a SIGKILL and a restart of the server, "reconnect" is dispatched only when every subscription is confirmed',
  { needs: needsRedis("A server that comes back is") },
  async (report) => {
    const tally = new Tally();
    const back: number[] = [];
    await Promise.all(
      OUTAGES.map((outage, index) =>
        tally.try(`outage ${index + 1} of ${outage} ms`, async () => {
          back.push(...await comeBackAfter(outage));
        })
      ),
    );
    report(
      tally.findings(
        `back ${
          percentiles(back)
        } after the server, over a link of ${DELAY} ms each way`,
      ),
    );
  },
);

/** Resolves with the milliseconds from the server's restart to each party's "reconnect". */
async function comeBackAfter(outage: number): Promise<number[]> {
  await using stage = await LinkStage.open();
  const exporter = await stage.exporter();
  const responders = [
    await stage.responder(succeed),
    await stage.responder(succeed),
  ];
  const everybody = [exporter, ...responders];
  assert(
    await exporter.party.initializeAndWait(2, ["start"], { periodic: 100 }),
  );
  for (const { proxy } of everybody) proxy.delay(DELAY);

  const reconnects = everybody.map(reconnect);
  await stage.server.kill();
  await sleep(outage);
  await stage.server.restart();
  const restartedAt = performance.now();
  const told = await Promise.all(reconnects);

  for (const { confirmed } of told) assertEquals(confirmed, 2);
  assertEquals((await exporter.party.publishSignal("start")).acks.size, 2);
  await stage.subscribers(RESPONSE_CHANNEL, 1);
  await stage.subscribers(SIGNAL_CHANNEL, 2);
  return told.map(({ at }) => Math.max(0, at - restartedAt));
}

interface Reconnect {
  /** When the event was dispatched, by `performance.now()`. */
  readonly at: number;
  /** The number of subscriptions confirmed by then. */
  readonly confirmed: number;
  /** The milliseconds that the event reports. */
  readonly downtime: number;
}

/** Counts the confirmations during the dispatch of the event, not later. */
function reconnect(
  routed: Routed<SignalExporter | SignalResponder>,
): Promise<Reconnect> {
  return new Promise((resolve) => {
    const listener = ({ detail }: CustomEvent<ReconnectDetail>) =>
      resolve({
        at: performance.now(),
        confirmed: confirmations(routed),
        downtime: detail.downtime,
      });
    // Both classes have the method, but their union does not.
    const party = routed.party as SignalExporter;
    party.addEventListener("reconnect", listener, { once: true });
  });
}

/** Faults that end links, or the server for a moment. */
const FAULTS: Readonly<Record<string, (server: RedisServer) => unknown>> = {
  "SIGTERM": async (server) => {
    await server.kill("SIGTERM");
    await server.restart();
  },
  "CLIENT KILL": (server) => server.cli("CLIENT", "KILL", "TYPE", "pubsub"),
};

scenario(
  3,
  "after a SIGTERM or CLIENT KILL during a publish, a response from after the reconnect counts",
  { needs: needsRedis("Links that the server ends are") },
  async (report) => {
    const tally = new Tally();
    const down: number[] = [];
    const tries = Object.entries(FAULTS).flatMap((fault) =>
      Array.from({ length: ROUNDS }, () => fault)
    );
    await Promise.all([
      ...tries.map(([name, fault]) =>
        tally.try(name, async () => {
          down.push(...await survive(fault));
        })
      ),
      tally.try("a publish while the link is down", publishWhileDown),
      ...Object.entries(WAYS_TO_GIVE_UP).map(([name, giveUp]) =>
        tally.try(`a publish given up by ${name}`, () => givenUp(giveUp))
      ),
    ]);
    report(tally.findings(`down for ${percentiles(down)}`));
  },
);

/** Resolves with the downtime of each party in milliseconds. */
async function survive(
  fault: (server: RedisServer) => unknown,
): Promise<number[]> {
  await using stage = await LinkStage.open();
  const exporter = await stage.exporter();
  const isBack = Promise.withResolvers<void>();
  let heard = 0;
  const slow = await stage.responder(async (signal) => {
    if (signal.event === "start") {
      heard++;
      await isBack.promise;
    }
    return succeed(signal);
  });
  const mute = await stage.responder(joinOnly);
  assert(
    await exporter.party.initializeAndWait(2, ["start"], { periodic: 100 }),
  );
  for (const { proxy } of [exporter, slow, mute]) proxy.delay(DELAY);

  const publishing = exporter.party.publishSignal("start", {
    timeout: TIMEOUT,
  });
  await until(() => heard, { what: "the signal to be heard" });
  const reconnects = [exporter, slow, mute].map(reconnect);
  await fault(stage.server);
  const told = await Promise.all(reconnects);
  isBack.resolve();
  const { code, acks, missing, elapsed } = await publishing;

  for (const { confirmed } of told) assertEquals(confirmed, 2);
  assertEquals(code, 2);
  assertEquals([...acks.keys()], [slow.party.responderId]);
  assertEquals([...missing], [[mute.party.responderId, "disconnected"]]);
  assert(elapsed < TIMEOUT + SLACK, `settled after ${elapsed} ms`);
  await stage.subscribers(RESPONSE_CHANNEL, 1);
  await stage.subscribers(SIGNAL_CHANNEL, 2);
  return told.map(({ downtime }) => downtime);
}

/** The signal is sent, but the exporter's link for responses is down. */
async function publishWhileDown(): Promise<void> {
  await using stage = await LinkStage.open();
  const { party: exporter, proxy } = await stage.exporter();
  const { party: responder } = await stage.responder(succeed);
  assert(await exporter.initializeAndWait(1, ["start"], { periodic: 100 }));
  const disconnected = eventOf(exporter, "disconnect");
  proxy.refuse();
  await stage.server.cli("CLIENT", "KILL", "TYPE", "pubsub");
  await disconnected;
  await stage.subscribers(SIGNAL_CHANNEL, 1);
  const { receivers, missing } = await exporter.publishSignal("start", {
    timeout: 100,
  });
  assertEquals(receivers, 1);
  assertEquals([...missing], [[responder.responderId, "disconnected"]]);

  const reconnected = eventOf(exporter, "reconnect");
  await proxy.heal();
  await reconnected;
  assert((await exporter.publishSignal("start")).ok);
}

/** The ways to end a publish of "start" before the link is back. */
const WAYS_TO_GIVE_UP: Readonly<
  Record<string, (exporter: SignalExporter) => Promise<unknown>>
> = {
  "a signal": (exporter) =>
    assertRejects(() =>
      exporter.publishSignal("start", { signal: AbortSignal.timeout(50) })
    ),
  "idleTimeout": async (exporter) =>
    assert(!(await exporter.publishSignal("start", { idleTimeout: 50 })).ok),
  "shutdown": async (exporter) => {
    const publishing = exporter.publishSignal("start");
    exporter.shutdown().catch(() => {});
    assert(!(await publishing).ok);
  },
};

/** A signal that was not sent before the end of its publish is not sent later, nor reported as missed. */
async function givenUp(
  giveUp: (exporter: SignalExporter) => Promise<unknown>,
): Promise<void> {
  await using stage = await LinkStage.open();
  const { party: exporter, proxy } = await stage.exporter();
  const heard: string[] = [];
  const { party: responder } = await stage.responder((signal) => {
    heard.push(signal.event);
    return succeed(signal);
  });
  responder.addEventListener("gap", () => heard.push("a gap"));
  const events = ["start", "stop"];
  assert(await exporter.initializeAndWait(1, events, { periodic: 100 }));
  assert((await exporter.publishSignal("stop")).ok);
  const disconnected = eventOf(exporter, "disconnect");
  proxy.refuse();
  proxy.cut();
  await disconnected;
  await giveUp(exporter);

  const reconnected = eventOf(exporter, "reconnect");
  await proxy.heal();
  await reconnected;
  if (!exporter.initialized) {
    assert(await exporter.initializeAndWait(1, events, { periodic: 100 }));
  }
  assert((await exporter.publishSignal("stop")).ok);
  const others = ["initialization", "shutdown"];
  assertEquals(heard.filter((each) => !others.includes(each)), [
    "stop",
    "stop",
  ]);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
