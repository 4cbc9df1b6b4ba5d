import { assertEquals, assertRejects } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import type { AnswerExtension } from "../../../src/protocol/extension/extension.ts";
import { peerChannel } from "../../../src/protocol/extension/own_channels.ts";
import {
  Exchange,
  type ExchangeOptions,
} from "../../../src/signals/exporter/session.ts";
import type { Announcement } from "../../../src/signals/exporter/publication.ts";
import { Roster } from "../../../src/signals/exporter/roster.ts";
import { Sender } from "../../../src/signals/exporter/sender.ts";
import { Sends } from "../../../src/signals/exporter/sends.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";

const OURS: AnswerExtension = { alive: true };
const CAUSE = new Error("the link is lost");

/** An exchange that accepts subscribers, these already. */
async function fixture(
  subscribers: Record<string, AnswerExtension | undefined>,
  options: Partial<ExchangeOptions> = {},
) {
  const target = new EventTarget();
  const told: unknown[][] = [];
  for (const type of ["subscribe", "unsubscribe", "ack", "stray"]) {
    target.addEventListener(type, (event) => {
      const { responderId, reason } = (event as CustomEvent).detail;
      told.push([type, responderId, ...(reason ? [reason] : [])]);
    });
  }
  const sender = new Sender("fio", { runnerHost: "here" });
  const roster = new Roster();
  const sends = new Sends(sender.send);
  const transport = new FakeTransport();
  sender.opened = { transport, owned: false };
  const exchange = new Exchange(target, {
    sender,
    roster,
    sends,
    logger: leveledLogger(undefined, "CRITICAL"),
    checkLegal: () => {},
    namespace: undefined,
    correlates: true,
    evictAfterMisses: Infinity,
    heartbeatTimeout: 15_000,
    ...options,
  });
  await exchange.listen();
  await exchange.accept(sender.encode("initialization", {}), []);

  const say = (
    responderId: string,
    event: string,
    extension?: AnswerExtension,
    ras?: number,
  ) => {
    const { publisherId } = sender;
    transport.answer({
      responderId,
      publisherId,
      event,
      extension,
      ...(ras === undefined ? {} : { ras }),
    });
  };
  for (const [id, extension] of Object.entries(subscribers)) {
    say(id, "initialization", extension);
  }
  told.length = 0;
  transport.published.length = 0;
  const announcement = (
    event: string,
    more: Partial<Announcement> = {},
  ): Announcement => ({
    event,
    tag: undefined,
    fields: undefined,
    failFast: undefined,
    idleTimeout: Infinity,
    open: sender.encodeOpen(event, {}),
    wait: { timeout: Infinity },
    enough: () => undefined,
    ...more,
  });
  return {
    exchange,
    sender,
    roster,
    transport,
    told,
    say,
    announce: (event: string, more?: Partial<Announcement>) =>
      exchange.announce(announcement(event, more)),
    /** What was published since the last time: event and ticket, and to whom if to one. */
    sent: () =>
      transport.published.splice(0).map(({ channel, payload }) => {
        const { event, metadata, _ss } = JSON.parse(payload);
        const what = _ss?.ping ? "ping" : [event, metadata?._ss.id].join(" ");
        const [, to] = channel.split("peer:");
        return to === undefined ? what.trim() : `${what.trim()} to ${to}`;
      }),
  };
}

Deno.test("a signal goes out before anything else runs, ticketed where somebody asked for it", async () => {
  const { announce, sent, say } = await fixture({ ours: OURS });
  const publishing = announce("start");
  assertEquals(sent(), ["start 1"]);
  say("ours", "start", { id: "1" }, 1);
  assertEquals((await publishing).code, 0);
  const python = await fixture({ python: undefined });
  const other = python.announce("start");
  assertEquals(python.sent(), ["start"]);
  python.say("python", "start", undefined, 0);
  assertEquals((await other).code, 1);
});

Deno.test("with nobody there, only the sending is waited for, unless somebody had to be", async () => {
  const { announce } = await fixture({});
  assertEquals((await announce("start")).ok, true);
  const { ok, code } = await announce("start", {
    enough: () => 1,
  });
  assertEquals([ok, code], [false, 2]);
});

Deno.test("an answer to what nobody owed one comes late", async () => {
  const { announce, transport, say, told } = await fixture({});
  transport.confirming = false;
  const publishing = announce("start");
  say("stranger", "start", undefined, 1);
  transport.published[0]!.confirm(3);
  const { ok, acks, receivers } = await publishing;
  assertEquals([ok, acks.size, receivers], [true, 0, 3]);
  assertEquals(told, [["stray", "stranger", "late"]]);
});

Deno.test("answers to others are passed over", async () => {
  const { exchange, sender, transport, told } = await fixture({});
  const { publisherId } = sender;
  transport.deliver('{"publisher_id":"another one", broken');
  transport.answer({
    responderId: "r",
    publisherId: `not-${publisherId}`,
    event: "initialization",
  });
  assertEquals([told, exchange.counts.malformed], [[], 0]);
  transport.deliver(`{"publisher_id":"${publisherId}", broken`);
  transport.deliver("broken");
  assertEquals(exchange.counts.malformed, 2);
});

Deno.test("what is on the side is no answer", async () => {
  const { roster, say, told } = await fixture({ ours: OURS });
  say("ours", "_ss", {}, 1);
  say("stranger", "_ss", { leave: true });
  say("stranger", "_ss", { alive: true, back: true });
  assertEquals([told, [...roster.members]], [[], ["ours"]]);
  say("ours", "_ss", { leave: true });
  assertEquals(told, [["unsubscribe", "ours", "left"]]);
});

Deno.test("a link that is back asks who is there, and repeats to each who owes and would know it again", async () => {
  const { exchange, announce, transport, say, sent } = await fixture({
    ours: OURS,
    "ours too": OURS,
    "without a channel": {},
    python: undefined,
  });
  const publishing = [announce("start"), announce("stop")];
  say("ours too", "start", { id: "1" }, 1);
  sent();
  transport.change({ state: "down", cause: CAUSE });
  transport.change({ state: "up", downtime: 1 });
  assertEquals(sent().toSorted(), [
    "initialization",
    "start 1 to ours",
    "stop 2 to ours",
    "stop 2 to ours too",
  ]);
  exchange.retire("shutdown");
  await Promise.all(publishing);
  transport.change({ state: "up", downtime: 1 });
  assertEquals(sent(), []);
});

Deno.test("a subscriber whose link is back gets what it owes once more, and no one else", async () => {
  const { exchange, announce, say, sent } = await fixture({
    ours: OURS,
    "ours too": OURS,
  });
  const publishing = announce("start");
  sent();
  say("ours", "_ss", { alive: true, back: true });
  assertEquals(sent(), ["start 1 to ours"]);
  say("ours", "_ss", { alive: false, back: true });
  assertEquals(sent(), []);
  exchange.retire("closed");
  await publishing;
});

Deno.test("a signal of which nobody knows whether it was sent is repeated to who would know it again", async () => {
  const { announce, transport, say, sent } = await fixture({ ours: OURS });
  transport.confirming = false;
  const publishing = announce("start");
  const [first] = transport.published;
  assertEquals(sent(), ["start 1"]);
  first!.refuse("unknown");
  await microtasks();
  assertEquals(sent(), ["start 1 to ours"]);
  say("ours", "start", { id: "1" }, 1);
  assertEquals((await publishing).code, 0);
});

Deno.test("signals that are lost together are repeated once each", async () => {
  const { announce, transport, say, sent } = await fixture({ ours: OURS });
  transport.confirming = false;
  const publishing = ["start", "stop", "start"].map((event) => announce(event));
  const first = [...transport.published];
  assertEquals(sent(), ["start 1", "stop 2", "start 3"]);
  for (const publish of first) publish.refuse("unknown");
  await microtasks();
  const repeated = ["start 1 to ours", "stop 2 to ours", "start 3 to ours"];
  assertEquals(sent(), repeated);
  for (const [event, id] of [["start", "1"], ["stop", "2"], ["start", "3"]]) {
    say("ours", event!, { id }, 1);
  }
  for (const { code } of await Promise.all(publishing)) assertEquals(code, 0);
});

Deno.test("a repetition that waits for the link does not outlive its publish, whose ticket the next may get", async () => {
  const { announce, transport, say, sent } = await fixture({ ours: OURS });
  transport.confirming = false;
  /** The signal of a repetition. */
  const overOf = (n: number) => transport.published[n]!.options.signal!;
  const publishing = announce("start");
  transport.change({ state: "up", downtime: 1 });
  const [own, , repetition] = transport.published;
  const over = overOf(2);
  assertEquals(over.aborted, false);
  own!.refuse("not-sent");
  await assertRejects(() => publishing, Error, "not-sent");
  assertEquals(over.aborted, true);
  repetition!.refuse("not-sent");
  assertEquals(sent(), ["start 1", "initialization", "start 1 to ours"]);
  await microtasks(); // until it is known that that was not sent either

  const next = announce("stop");
  transport.published[0]!.confirm(1);
  say("ours", "_ss", { alive: true, back: true });
  assertEquals(overOf(1).aborted, false);
  say("ours", "stop", { id: "1" }, 1);
  assertEquals((await next).code, 0);
  assertEquals(overOf(1).aborted, true);
});

Deno.test("a peer of 1.0.1 that missed an event is asked to catch up before the next", async () => {
  const { announce, say, sent, told } = await fixture({ python: undefined });
  const missed = await announce("start", { wait: { timeout: 1 } });
  assertEquals(missed.missing, new Map([["python", "timeout"]]));
  sent();
  const publishing = announce("start");
  assertEquals(sent(), ["initialization"]);
  say("python", "start", undefined, 1);
  say("python", "initialization");
  await microtasks();
  assertEquals(sent(), ["start"]);
  say("python", "start", undefined, 0);
  assertEquals((await publishing).code, 1);
  assertEquals(told, [["stray", "python", "late"], ["ack", "python"]]);
});

Deno.test("what comes from one that did not catch up is uncertain", async () => {
  const { announce, say } = await fixture({ python: undefined });
  await announce("start", { wait: { timeout: 1 } });
  const publishing = announce("start", { wait: { timeout: 100 } });
  await new Promise((resolve) => setTimeout(resolve, 70));
  say("python", "start", undefined, 1);
  const { code, missing } = await publishing;
  assertEquals([code, missing], [2, new Map([["python", "uncertain"]])]);
});

Deno.test("who misses too much is struck off", async () => {
  const { announce, told } = await fixture({ python: undefined }, {
    evictAfterMisses: 2,
  });
  await announce("start", { wait: { timeout: 1 } });
  await announce("stop", { wait: { timeout: 1 } });
  assertEquals(told, [["unsubscribe", "python", "evicted"]]);
});

Deno.test("a subscriber that was idle for long has the time that it takes", async () => {
  using time = new FakeTime();
  const fix = await fixture({ ours: OURS }, { heartbeatTimeout: 3_000 });
  const { announce, say, sent } = fix;
  time.tick(3_600_000);
  const publishing = announce("start");
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      time.tick(100);
      await microtasks();
    }
  };
  await pass(2_500);
  assertEquals(sent().includes("ping to ours"), true);
  say("ours", "_ss", {});
  await pass(2_500);
  say("ours", "start", { id: "1" }, 1);
  assertEquals((await publishing).code, 0);
  const silent = announce("start");
  await pass(3_500);
  assertEquals((await silent).missing, new Map([["ours", "lost"]]));
  assertEquals(time.pending, 0);
});

Deno.test("who waits for nobody keeps no timer", async () => {
  using time = new FakeTime();
  const { exchange, announce, say } = await fixture({
    ours: OURS,
    python: undefined,
  });
  assertEquals(time.pending, 0);
  const publishing = announce("start", { wait: { timeout: 1_000 } });
  say("ours", "start", { id: "1" }, 1);
  say("python", "start", undefined, 1);
  await publishing;
  assertEquals(time.pending, 0);
  const missed = announce("stop", { wait: { timeout: 1_000 } });
  time.tick(2_000);
  await missed;
  await microtasks();
  assertEquals(time.pending, 0);
  await exchange.close();
});

Deno.test("the end takes everybody off, ends every wait and leaves nothing behind", async () => {
  using time = new FakeTime();
  const fix = await fixture({ ours: OURS, python: undefined });
  const { exchange, sender, roster, announce, transport, say } = fix;
  const publishing = [announce("start"), announce("stop")];
  const { publisherId } = sender;
  assertEquals(transport.channels.includes(peerChannel(publisherId)), true);
  exchange.retire("closed");
  await exchange.close();
  for (const each of publishing) {
    assertEquals([...(await each).missing.values()], ["closed", "closed"]);
  }
  say("late", "initialization");
  assertEquals(roster.members.size, 0);
  assertEquals([transport.channels, time.pending], [[], 0]);
});
