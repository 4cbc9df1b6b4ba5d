import { assertEquals } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { Contact } from "../../../src/signals/exporter/peer_inboxes.ts";
import { Correlation } from "../../../src/signals/exporter/correlation.ts";
import { Liveness } from "../../../src/signals/liveness.ts";
import { Patrol } from "../../../src/signals/exporter/subscriber_monitor.ts";
import { Publishes } from "../../../src/signals/exporter/in_flight.ts";
import { Roster } from "../../../src/signals/exporter/roster.ts";
import { Sender } from "../../../src/signals/exporter/sender.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";

/** Subscribers that hold channels, but for those whose id says "python". */
function fixture(...subscribers: string[]) {
  const roster = new Roster();
  for (const id of subscribers) {
    roster.add(id);
    if (!id.startsWith("python")) roster.peer(id)!.learn({ alive: true });
  }
  const logger = leveledLogger(undefined, "CRITICAL");
  const publishes = new Publishes(
    new EventTarget(),
    logger,
    new Correlation(roster, true),
  );
  const gone = new Set<string>();
  const counted: string[][] = [];
  const liveness = new Liveness({
    count: (ids) => {
      counted.push([...ids]);
      return Promise.resolve(ids.map((id) => gone.has(id) ? 0 : 1));
    },
    logger,
  });
  const transport: FakeTransport & Transport = new FakeTransport();
  const sender = new Sender("fio", {});
  sender.opened = { transport, owned: false };
  const contact = new Contact(sender, undefined, logger);
  publishes.attendant = new Patrol({ publishes, roster, contact, liveness });
  const publish = (event = "start") =>
    publishes.exchange({
      event,
      wait: { timeout: Infinity },
      begin: () => roster.current,
      encode: () => "",
      send: (_payload, _wait, receipt) => receipt.sent(1),
    });
  return { publishes, publish, transport, gone, counted };
}

async function pass(time: FakeTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    time.tick(50);
    await microtasks();
  }
}

function answer(publishes: Publishes, responderId: string, id: string): void {
  publishes.take({
    responderId,
    publisherId: "fio-1",
    event: "start",
    ras: 1,
    extension: { id },
  });
}

Deno.test("nobody is looked after while nobody waits", async () => {
  using time = new FakeTime();
  const { publish, publishes, counted } = fixture("a");
  const publishing = publish();
  await pass(time, 1_000);
  answer(publishes, "a", "1");
  await publishing;
  const looks = counted.length;
  assertEquals([looks > 2, time.pending], [true, 0]);
  await pass(time, 5_000);
  assertEquals(counted.length, looks);
});

Deno.test("those are looked after who owe an answer and hold a channel", async () => {
  using time = new FakeTime();
  const { publish, publishes, counted } = fixture("a", "b", "python");
  const publishing = publish();
  await pass(time, 300);
  answer(publishes, "b", "1");
  await pass(time, 300);
  assertEquals(counted[0], ["a", "b"]);
  assertEquals(counted.at(-1), ["a"]);
  publishes.end("closed");
  await publishing;
  assertEquals(time.pending, 0);
});

Deno.test("those who owe are looked after however many others are published meanwhile", async () => {
  using time = new FakeTime();
  const { publish, publishes, counted } = fixture("a");
  const publishing = publish();
  for (let n = 0; n < 6; n++) {
    publish();
    await pass(time, 100);
  }
  assertEquals(counted.length > 1, true);
  publishes.end("closed");
  await publishing;
  // One timer for all: it begins anew with the next.
  const next = publish();
  const looks = counted.length;
  await pass(time, 150);
  assertEquals(counted.length, looks);
  await pass(time, 100);
  assertEquals(counted.length, looks + 1);
  publishes.end("closed");
  await next;
  assertEquals(time.pending, 0);
});

Deno.test("who is gone is missing as lost in less than a second, and the others go on", async () => {
  using time = new FakeTime();
  const { publish, publishes, gone } = fixture("a", "b");
  const publishing = publish();
  gone.add("a");
  await pass(time, 950);
  answer(publishes, "b", "1");
  const { missing, acks } = await publishing;
  assertEquals(missing, new Map([["a", "lost"]]));
  assertEquals([...acks.keys()], ["b"]);
});

Deno.test("who was gone when last seen is looked for at once", async () => {
  using time = new FakeTime();
  const { publish, gone } = fixture("a");
  const first = publish();
  gone.add("a");
  await pass(time, 950);
  assertEquals((await first).missing, new Map([["a", "lost"]]));
  await pass(time, 5_000);
  const second = publish();
  await microtasks();
  assertEquals((await second).missing, new Map([["a", "lost"]]));
  assertEquals(time.pending, 0);
});

Deno.test("a server that has been replaced ends every wait", async () => {
  using time = new FakeTime();
  const { publish, transport } = fixture("python");
  let verified = 0;
  Object.assign(transport, { verify: () => Promise.resolve(++verified < 3) });
  const publishing = [publish("start"), publish("stop")];
  await pass(time, 5_000);
  for (const each of publishing) {
    assertEquals((await each).missing, new Map([["python", "disconnected"]]));
  }
  assertEquals([verified, time.pending], [3, 0]);
});

Deno.test("many are not looked for while answers come in by the hundred, but for every third time", async () => {
  using time = new FakeTime();
  const ids = Array.from({ length: 800 }, (_, n) => `r${n}`);
  const { publish, publishes, counted } = fixture(...ids);
  const publishing = publish();
  const looks: number[] = [];
  for (let n = 0; n < 7; n++) {
    for (const id of ids.slice(n * 100, n * 100 + 100)) {
      answer(publishes, id, "1");
    }
    await pass(time, 200);
    looks.push(counted.length);
  }
  assertEquals(looks, [0, 0, 1, 1, 1, 2, 2]);
  for (const id of ids.slice(700)) answer(publishes, id, "1");
  await publishing;
});

Deno.test("few are looked for, however many answers come in", async () => {
  using time = new FakeTime();
  const others = Array.from({ length: 300 }, (_, n) => `python ${n}`);
  const { publish, publishes, counted } = fixture("a", ...others);
  const publishing = publish();
  for (const id of others) answer(publishes, id, "1");
  await pass(time, 200);
  assertEquals(counted, [["a"]]);
  answer(publishes, "a", "1");
  await publishing;
});

Deno.test("answers to what was published before do not put off the first look", async () => {
  using time = new FakeTime();
  const ids = Array.from({ length: 300 }, (_, n) => `r${n}`);
  const { publish, publishes, counted } = fixture(...ids);
  const first = publish();
  for (const id of ids) answer(publishes, id, "1");
  await first;
  const second = publish();
  await pass(time, 200);
  assertEquals(counted.length, 1);
  publishes.end("closed");
  await second;
});
