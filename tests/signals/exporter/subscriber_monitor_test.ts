import { assertEquals } from "@std/assert";
import { PeerInboxes } from "../../../src/signals/exporter/inbox/peer_inboxes.ts";
import { SubscriberMonitor } from "../../../src/signals/exporter/subscriber_monitor.ts";
import { intervalsOf } from "../../../src/internal/intervals.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { microtasks } from "../../support/microtasks.ts";
import { INC, PublishingHalf, SILENT } from "./parts.ts";

/** Subscribers; one whose id begins with "ours" holds an inbox. */
async function fixture(...subscribers: string[]) {
  const half = new PublishingHalf(...subscribers);
  const { inFlight, roster, transport, responses } = half;
  const inboxes = new PeerInboxes(half.sender, roster, inFlight, SILENT);
  const gone = new Set<string>();
  const counted: string[][] = [];
  transport.countSubscribers = (channels) => {
    const ids = channels.map((channel) => channel.split(`${INC}:`)[1]!);
    counted.push(ids);
    return Promise.resolve(ids.map((id) => gone.has(id) ? 0 : 1));
  };
  const monitor = new SubscriberMonitor({
    inFlight,
    roster,
    inboxes,
    responses,
    logger: SILENT,
    intervals: intervalsOf({}),
    counts: true,
    lost: ({ responderId }) => inFlight.giveUp(responderId, "lost"),
  });
  half.calls.push = (call) => {
    if (call === "begun") monitor.begin();
    if (call === "ended") monitor.end();
    return 0;
  };
  for (const responderId of roster.ids) {
    const process = roster.get(responderId)?.current;
    if (process !== undefined) monitor.meet(process);
  }
  await microtasks();
  counted.length = 0;
  return {
    half,
    inFlight,
    transport,
    gone,
    counted,
    publish: (event = "start") => half.publish(event),
    answer: (responderId: string, id: string) =>
      half.answer(
        "start",
        responderId,
        1,
        responderId.startsWith("ours") ? id : undefined,
      ),
  };
}

async function pass(time: FakeTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    time.tick(50);
    await microtasks();
  }
}

Deno.test("subscribers are counted only while a publish waits", async () => {
  using time = new FakeTime();
  const { publish, answer, counted } = await fixture("ours");
  const publishing = publish();
  await pass(time, 1_000);
  answer("ours", "1");
  await publishing;
  const looks = counted.length;
  assertEquals([looks > 2, time.pending], [true, 0]);
  await pass(time, 5_000);
  assertEquals(counted.length, looks);
});

Deno.test("a process that holds no inbox is never lost, however long it works", async () => {
  using time = new FakeTime();
  const { half, publish, answer, counted } = await fixture("ours");
  half.roster.get("ours")!.join({ inc: INC, alive: false });
  half.roster.changed();
  const publishing = publish();
  await pass(time, 40_000);
  assertEquals(counted, []);
  answer("ours", "1");
  assertEquals((await publishing).code, 0);
});

Deno.test("subscribers are looked for that owe a response and hold an inbox", async () => {
  using time = new FakeTime();
  const { publish, inFlight, answer, counted } = await fixture(
    "ours",
    "ours b",
    "python",
  );
  const publishing = publish();
  await pass(time, 300);
  answer("ours b", "1");
  await pass(time, 300);
  assertEquals(counted[0], ["ours", "ours b"]);
  assertEquals(counted.at(-1), ["ours"]);
  inFlight.end("closed");
  await publishing;
  assertEquals(time.pending, 0);
});

Deno.test("later publishes do not delay the count of subscribers that owe a response", async () => {
  using time = new FakeTime();
  const { publish, inFlight, counted } = await fixture("ours");
  const publishing = publish();
  for (let n = 0; n < 6; n++) {
    publish();
    await pass(time, 100);
  }
  assertEquals(counted.length > 1, true);
  inFlight.end("closed");
  await publishing;
  // All publishes share one timer, which restarts with the next publish.
  const next = publish();
  const looks = counted.length;
  await pass(time, 150);
  assertEquals(counted.length, looks);
  await pass(time, 100);
  assertEquals(counted.length, looks + 1);
  inFlight.end("closed");
  await next;
  assertEquals(time.pending, 0);
});

Deno.test("a subscriber that is gone is lost within a second, and the others still count", async () => {
  using time = new FakeTime();
  const { publish, answer, gone } = await fixture("ours", "ours b");
  const publishing = publish();
  gone.add("ours");
  await pass(time, 950);
  answer("ours b", "1");
  const { missing, acks } = await publishing;
  assertEquals(missing, new Map([["ours", "lost"]]));
  assertEquals([...acks.keys()], ["ours b"]);
});

Deno.test("a subscriber that was gone at the last count is asked at once", async () => {
  using time = new FakeTime();
  const { publish, gone } = await fixture("ours");
  const first = publish();
  gone.add("ours");
  await pass(time, 950);
  assertEquals((await first).missing, new Map([["ours", "lost"]]));
  await pass(time, 5_000);
  const second = publish();
  await pass(time, 650); // the subscriber is asked at once and has the time to answer
  assertEquals((await second).missing, new Map([["ours", "lost"]]));
  assertEquals(time.pending, 0);
});

Deno.test("the server's role is verified regularly while a publish is in flight, and not after it", async () => {
  using time = new FakeTime();
  const { publish, answer, transport } = await fixture("ours");
  let verified = 0;
  Object.assign(transport, {
    verify: () => {
      verified++;
      return Promise.resolve(true);
    },
  });
  const publishing = publish("start");
  await pass(time, 5_000);
  const before = verified;
  answer("ours", "1");
  await publishing;
  await pass(time, 5_000);
  assertEquals([before >= 3, verified - before], [true, 0]);
});

Deno.test("800 subscribers are counted at every third look while hundreds of responses arrive", async () => {
  using time = new FakeTime();
  const ids = Array.from({ length: 800 }, (_, n) => `ours ${n}`);
  const { publish, answer, counted } = await fixture(...ids);
  const publishing = publish();
  const looks: number[] = [];
  for (let n = 0; n < 7; n++) {
    for (const id of ids.slice(n * 100, n * 100 + 100)) {
      answer(id, "1");
    }
    await pass(time, 200);
    looks.push(counted.length);
  }
  assertEquals(looks, [0, 0, 1, 1, 1, 2, 2]);
  for (const id of ids.slice(700)) answer(id, "1");
  await publishing;
});

Deno.test("a single subscriber with an inbox is counted though hundreds of responses arrive", async () => {
  using time = new FakeTime();
  const others = Array.from({ length: 300 }, (_, n) => `python ${n}`);
  const { publish, answer, counted } = await fixture(
    "ours",
    ...others,
  );
  const publishing = publish();
  for (const id of others) answer(id, "1");
  await pass(time, 200);
  assertEquals(counted, [["ours"]]);
  answer("ours", "1");
  await publishing;
});

Deno.test("responses to an earlier publish do not delay the first count", async () => {
  using time = new FakeTime();
  const ids = Array.from({ length: 300 }, (_, n) => `ours ${n}`);
  const { publish, inFlight, answer, counted } = await fixture(...ids);
  const first = publish();
  for (const id of ids) answer(id, "1");
  await first;
  const second = publish();
  await pass(time, 200);
  assertEquals(counted.length, 1);
  inFlight.end("closed");
  await second;
});
