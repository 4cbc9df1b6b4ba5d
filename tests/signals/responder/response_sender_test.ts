import { assertEquals, assertRejects } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { parseResponse } from "../../../src/protocol/response/response.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { Answerer } from "../../../src/signals/responder/response_sender.ts";
import { Tickets } from "../../../src/signals/responder/seen_signals.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";

const START: Signal = {
  publisherId: "fio-1",
  processName: "fio",
  event: "start",
  runnerHost: "here",
  sampleNo: -1,
  tag: "",
};
const INITIALIZATION = { publisherId: "fio-1", event: "initialization" };

function fixture() {
  const transport = new FakeTransport();
  const tickets = new Tickets();
  const logged: string[] = [];
  const log = (level: string) => (line: string) => {
    logged.push(`${level}: ${line}`);
  };
  const logger = leveledLogger({
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  }, "DEBUG");
  const answerer = new Answerer("r", undefined, tickets, logger);
  answerer.opened = { transport, owned: false };
  /** What was published on the channel of answers, without what all have in common. */
  const answers = () =>
    transport.published.map(({ payload }) => {
      const { responderId, extension = {}, ...rest } = parseResponse(payload);
      assertEquals(responderId, "r");
      const said = Object.entries(extension).filter(([, value]) => value);
      return { ...rest, ...Object.fromEntries(said) };
    });
  return { answerer, tickets, transport, answers, logged };
}

Deno.test("an answer names the signal that it is for, where the signal has a name", async () => {
  const { answerer, tickets, answers } = fixture();
  await answerer.respond(START, { ras: 1 });
  const ticketed = { ...START };
  tickets.note(ticketed, { id: "7", seq: 1 });
  await answerer.respond(ticketed, { ras: 0, message: "no" });
  await answerer.respond({ publisherId: "fio-1", event: "stop" }, { ras: 1 });
  assertEquals(answers(), [
    { publisherId: "fio-1", event: "start", ras: 1 },
    { publisherId: "fio-1", event: "start", ras: 0, message: "no", id: "7" },
    { publisherId: "fio-1", event: "stop", ras: 1 },
  ]);
});

Deno.test("an answer to initialization says whether the own channel is held", async () => {
  const { answerer, transport } = fixture();
  await answerer.respond(INITIALIZATION, {});
  await answerer.holdChannel({ message: () => {} });
  await answerer.respond(INITIALIZATION, { ras: 1 });
  assertEquals(transport.channels, ["state-signals:peer:r"]);
  assertEquals(
    transport.published.map(({ payload }) => JSON.parse(payload)._ss),
    [{ v: 1, alive: false }, { v: 1, alive: true }],
  );
});

Deno.test("a signal that comes again gets the answer that it got, but no sign of progress", async () => {
  const { answerer, tickets, transport } = fixture();
  const ticket = { id: "7", seq: 1 };
  tickets.note(START, ticket);
  await answerer.respond(START, { message: "50 %" });
  assertEquals(tickets.note({ ...START }, ticket).answer, undefined);
  await answerer.respond(START, { ras: 0, message: "full" });
  const { answer } = tickets.note({ ...START }, ticket);
  answerer.repeat(START, ticket, answer!);
  const [, first, second] = transport.published;
  assertEquals(second!.payload, first!.payload);
});

Deno.test("an answer with a name is sent until it is confirmed, for it counts once", async () => {
  const { answerer, tickets, transport } = fixture();
  tickets.note(START, { id: "7", seq: 1 });
  transport.confirming = false;
  const answering = answerer.respond(START, { ras: 1 });
  for (let tries = 0; tries < 3; tries++) {
    transport.published[tries]!.refuse("unknown");
    await microtasks();
  }
  assertEquals(transport.published.length, 4);
  transport.published[3]!.confirm();
  await answering;
  assertEquals(new Set(transport.published.map((p) => p.payload)).size, 1);
});

Deno.test("an answer that is repeated is sent until it is confirmed, too, and its failure told of", async () => {
  const { answerer, transport, answers, logged } = fixture();
  transport.confirming = false;
  answerer.repeat(START, { id: "7", seq: 7 }, { ras: 1 });
  transport.published[0]!.refuse("unknown");
  await microtasks();
  const answer = { publisherId: "fio-1", event: "start", ras: 1, id: "7" };
  assertEquals([answers(), logged], [[answer, answer], []]);
  transport.published[1]!.refuse("not-sent");
  await microtasks();
  assertEquals(answers().length, 2);
  assertEquals(logged, ["warn: Could not repeat an answer: It was not-sent"]);
});

Deno.test("what a publisher could not be told is not sent again, and told of", async () => {
  const { answerer, transport, logged } = fixture();
  transport.confirming = false;
  answerer.pong("fio-1");
  transport.published[0]!.refuse("unknown");
  await microtasks();
  assertEquals(transport.published.length, 1);
  assertEquals(logged, ["info: Could not tell fio-1: It was unknown"]);
});

Deno.test("an answer is not sent for ever, nor twice where that would be seen", async () => {
  const { answerer, tickets, transport } = fixture();
  transport.confirming = false;
  const bare = answerer.respond(START, { ras: 1 });
  transport.published[0]!.refuse("unknown");
  await assertRejects(() => bare, Error, "unknown");
  tickets.note(START, { id: "7", seq: 1 });
  const unsent = answerer.respond(START, { ras: 1 });
  transport.published[1]!.refuse("not-sent");
  await assertRejects(() => unsent, Error, "not-sent");
  const hopeless = answerer.respond(START, { ras: 1 });
  const refused = assertRejects(() => hopeless, Error, "unknown");
  for (let n = 2; n < transport.published.length; n++) {
    transport.published[n]!.refuse("unknown");
    await microtasks();
  }
  await refused;
  assertEquals(transport.published.length < 50, true);
});

Deno.test("who subscribed somewhere says there that it is back, and that it leaves", async () => {
  const { answerer, transport, answers } = fixture();
  await answerer.respond(START, { ras: 1 });
  answerer.returned();
  await answerer.respond(INITIALIZATION, {});
  await answerer.respond(INITIALIZATION, {});
  transport.published.length = 0;
  answerer.returned();
  answerer.pong("fio-2");
  await answerer.close();
  assertEquals(answers(), [
    { publisherId: "fio-1", event: "_ss", back: true },
    { publisherId: "fio-2", event: "_ss" },
    { publisherId: "fio-1", event: "_ss", leave: true },
  ]);
});

Deno.test("a goodbye that nobody confirms does not hold up the end", async () => {
  using time = new FakeTime();
  const { answerer, transport } = fixture();
  await answerer.holdChannel({ message: () => {} });
  await answerer.respond(INITIALIZATION, {});
  transport.confirming = false;
  let closed = false;
  const closing = answerer.close().then(() => closed = true);
  await microtasks();
  assertEquals([closed, transport.published.length], [false, 2]);
  time.tick(1_000);
  await closing;
  assertEquals([transport.channels, time.pending], [[], 0]);
});

Deno.test("the end closes the transport if it is its own", async () => {
  const { answerer, transport } = fixture();
  answerer.opened = { transport, owned: true };
  await answerer.holdChannel({ message: () => {} });
  await answerer.close();
  assertEquals([transport.channels, transport.closed], [[], true]);
});
