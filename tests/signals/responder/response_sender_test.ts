import { assertEquals, assertRejects } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { parseResponse } from "../../../src/protocol/response/response.ts";
import { responderInbox } from "../../../src/protocol/extension/own_channels.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { ResponseSender } from "../../../src/signals/responder/response_sender.ts";
import { SeenSignals } from "../../../src/signals/responder/seen_signals.ts";
import { BorrowedTransport } from "../../../src/transport/open_transport.ts";
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
  ticket: "7",
};
const TICKET = { id: "7", seq: 1 };
const UNTICKETED: Signal = { ...START, ticket: null };
const INITIALIZATION = { publisherId: "fio-1", event: "initialization" };

function fixture() {
  const transport = new FakeTransport();
  const seen = new SeenSignals();
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
  const sender = new ResponseSender({
    responderId: "r",
    namespace: undefined,
    transport: new BorrowedTransport(transport),
    seen,
    logger,
  });
  /** The published responses, without the fields that all have in common. */
  const responses = () =>
    transport.published.map(({ payload }) => {
      const { responderId, extension, ...rest } = parseResponse(payload);
      const { inc, ...said } = extension!;
      assertEquals([responderId, typeof inc], ["r", "string"]);
      const told = Object.entries(said).filter(([, value]) =>
        value || value === null
      );
      return { ...rest, ...Object.fromEntries(told) };
    });
  return { sender, seen, transport, responses, logged };
}

Deno.test("a response has the ticket of its signal, null for a signal without one, or no id for other objects", async () => {
  const { sender, responses } = fixture();
  await sender.respond(START, { ras: 0, message: "no" });
  await sender.respond(UNTICKETED, { ras: 1 });
  await sender.respond({ publisherId: "fio-1", event: "stop" }, { ras: 1 });
  assertEquals(responses(), [
    { publisherId: "fio-1", event: "start", ras: 0, message: "no", id: "7" },
    { publisherId: "fio-1", event: "start", ras: 1, id: null },
    { publisherId: "fio-1", event: "stop", ras: 1 },
  ]);
});

Deno.test("a response to an initialization says whether the inbox is held", async () => {
  const { sender, transport } = fixture();
  await sender.respond(INITIALIZATION, {});
  await sender.holdInbox({ message: () => {}, unreadable: () => {} });
  await sender.respond(INITIALIZATION, { ras: 1 });
  const said = transport.published.map(({ payload }) =>
    JSON.parse(payload)._ss
  );
  const [{ inc }] = said;
  assertEquals(transport.channels, [responderInbox("r", inc)]);
  assertEquals(said, [{ v: 2, inc, alive: false }, { v: 2, inc, alive: true }]);
});

Deno.test("a redelivered signal gets its earlier acknowledgement again, but no progress", async () => {
  const { sender, seen, transport } = fixture();
  seen.note(START, TICKET);
  await sender.respond(START, { message: "50 %" });
  assertEquals(seen.note({ ...START }, TICKET).answer, undefined);
  await sender.respond(START, { ras: 0, message: "full" });
  const { answer } = seen.note({ ...START }, TICKET);
  sender.repeat(START, TICKET, answer!);
  const [, first, second] = transport.published;
  assertEquals(second!.payload, first!.payload);
});

Deno.test("a response with a ticket is sent again until it is confirmed, because it counts once", async () => {
  const { sender, seen, transport } = fixture();
  seen.note(START, TICKET);
  transport.confirming = false;
  const answering = sender.respond(START, { ras: 1 });
  for (let tries = 0; tries < 3; tries++) {
    transport.published[tries]!.refuse("unknown");
    await microtasks();
  }
  assertEquals(transport.published.length, 4);
  transport.published[3]!.confirm();
  await answering;
  assertEquals(new Set(transport.published.map((p) => p.payload)).size, 1);
});

Deno.test("a repeated response is sent again while its outcome is unknown, and its failure is logged", async () => {
  const { sender, transport, responses, logged } = fixture();
  transport.confirming = false;
  sender.repeat(START, { id: "7", seq: 7 }, { ras: 1 });
  transport.published[0]!.refuse("unknown");
  await microtasks();
  const answer = { publisherId: "fio-1", event: "start", ras: 1, id: "7" };
  assertEquals([responses(), logged], [[answer, answer], []]);
  transport.published[1]!.refuse("not-sent");
  await microtasks();
  assertEquals(responses().length, 2);
  assertEquals(logged, ["warn: Could not repeat a response: It was not-sent"]);
});

Deno.test("a pong with an unknown outcome is not sent again, and is logged", async () => {
  const { sender, transport, logged } = fixture();
  transport.confirming = false;
  sender.pong("fio-1");
  transport.published[0]!.refuse("unknown");
  await microtasks();
  assertEquals(transport.published.length, 1);
  assertEquals(logged, ["info: Could not tell fio-1: It was unknown"]);
});

Deno.test('a response is not sent again without a ticket, after "not-sent", or without end', async () => {
  const { sender, seen, transport } = fixture();
  transport.confirming = false;
  const bare = sender.respond(UNTICKETED, { ras: 1 });
  transport.published[0]!.refuse("unknown");
  await assertRejects(() => bare, Error, "unknown");
  seen.note(START, TICKET);
  const unsent = sender.respond(START, { ras: 1 });
  transport.published[1]!.refuse("not-sent");
  await assertRejects(() => unsent, Error, "not-sent");
  const hopeless = sender.respond(START, { ras: 1 });
  const refused = assertRejects(() => hopeless, Error, "unknown");
  for (let n = 2; n < transport.published.length; n++) {
    transport.published[n]!.refuse("unknown");
    await microtasks();
  }
  await refused;
  assertEquals(transport.published.length < 50, true);
});

Deno.test('a responder sends "back" and "leave" once to each publisher that it subscribed to', async () => {
  const { sender, transport, responses } = fixture();
  await sender.respond(START, { ras: 1 });
  sender.returned();
  await sender.respond(INITIALIZATION, {});
  await sender.respond(INITIALIZATION, {});
  transport.published.length = 0;
  sender.returned();
  sender.pong("fio-2");
  await sender.close();
  assertEquals(responses(), [
    { publisherId: "fio-1", event: "_ss", back: true },
    { publisherId: "fio-2", event: "_ss" },
    { publisherId: "fio-1", event: "_ss", leave: true },
  ]);
});

Deno.test("an unconfirmed leave delays close() by a second at most", async () => {
  using time = new FakeTime();
  const { sender, transport } = fixture();
  await sender.holdInbox({ message: () => {}, unreadable: () => {} });
  await sender.respond(INITIALIZATION, {});
  transport.confirming = false;
  let closed = false;
  const closing = sender.close().then(() => closed = true);
  await microtasks();
  assertEquals([closed, transport.published.length], [false, 2]);
  time.tick(1_000);
  await closing;
  assertEquals([transport.channels, time.pending], [[], 0]);
});

Deno.test("a hello with the locks is published only while the inbox is held", async () => {
  const { sender, transport } = fixture();
  sender.greet(undefined, undefined);
  assertEquals(transport.published, []); // no inbox is held yet
  await sender.holdInbox({ message: () => {}, unreadable: () => {} });
  sender.greet("fio-1", "t");
  const { channel, payload } = transport.published[0]!;
  assertEquals(channel, "state-signals:control");
  const { hello } = JSON.parse(payload)._ss;
  const { id, lockedId, lockedTag } = hello;
  assertEquals([id, lockedId, lockedTag], ["r", "fio-1", "t"]);
});
