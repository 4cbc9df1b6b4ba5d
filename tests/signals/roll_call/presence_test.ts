/**
 * Which roll-call queries an exporter answers, how, and which ones it ignores.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Logger } from "../../../src/internal/logger.ts";
import { encodeHello } from "../../../src/protocol/extension/extension.ts";
import { controlChannel } from "../../../src/protocol/extension/own_channels.ts";
import {
  Presence,
  type PresenceOptions,
} from "../../../src/signals/roll_call/presence.ts";
import { BorrowedTransport } from "../../../src/transport/open_transport.ts";
import {
  encodeQuery,
  encodeReport,
  parseQuery,
  parseReport,
} from "../../../src/signals/roll_call/message.ts";
import { FakeTransport } from "../../support/fake_transport.ts";

const IDENTITY = {
  publisherId: "fio-1",
  processName: "fio",
  runnerHost: "host",
};

function presenceOf(
  logger: Logger,
  namespace?: string,
  more: Partial<PresenceOptions> = {},
): Presence {
  return new Presence({
    identity: { ...IDENTITY, namespace },
    subscribers: new Set(["b", "a"]),
    state: () => undefined,
    greet: () => {},
    logger,
    ...more,
  });
}

/** A presence that is open on a fake transport. */
async function opened(
  namespace?: string,
  more: Partial<PresenceOptions> = {},
) {
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const transport = new FakeTransport();
  const presence = presenceOf(logger, namespace, more);
  await presence.open(new BorrowedTransport(transport), () => {});
  const channel = controlChannel(namespace);
  const ask = (question: string) => transport.deliverOn(channel, question);
  return { presence, transport, ask, logged };
}

Deno.test("a query is answered with the state on the channel that the query names", async () => {
  const state = { event: "start", tag: "run 7", since: 1_234 };
  const { presence, transport, ask } = await opened(undefined, {
    state: () => state,
  });
  ask(encodeQuery("state-signals:roll:1"));
  const [{ channel, payload } = { channel: "", payload: "" }] =
    transport.published;
  assertEquals(channel, "state-signals:roll:1");
  assertEquals(parseReport(payload), {
    publisherId: "fio-1",
    processName: "fio",
    runnerHost: "host",
    state: "start",
    since: 1_234,
    tag: "run 7",
    subscribers: ["b", "a"],
    subscriberCount: 2,
  });
  await presence.close();
});

Deno.test('an exporter that has published no event reports the state "initialization" without a tag', async () => {
  const { presence, transport, ask } = await opened();
  ask(encodeQuery("state-signals:roll:1"));
  const report = parseReport(transport.published[0]!.payload);
  assertEquals([report?.state, report?.tag], ["initialization", undefined]);
  await presence.close();
});

Deno.test("a hello of a responder is passed on and gets no report", async () => {
  const greeted: unknown[] = [];
  const { presence, transport, ask } = await opened(undefined, {
    greet: (hello) => greeted.push(hello),
  });
  ask(encodeHello({ id: "r", inc: "i1", lockedTag: "t" }));
  assertEquals(greeted, [
    { id: "r", inc: "i1", lockedId: undefined, lockedTag: "t" },
  ]);
  ask('{"_ss":{"v":2,"hello":{"id":"r"}}}');
  ask('{"_ss":{"v":99,"hello":{"id":"r","inc":"i1"}}}');
  assertEquals([greeted.length, transport.published], [1, []]);
  await presence.close();
});

Deno.test("a query that names a channel outside the roll calls of the namespace gets no report", async () => {
  const { presence, transport, ask } = await opened("lab");
  const hostile = [
    encodeQuery("event-signal-pubsub"),
    encodeQuery("state-signals:roll:1"),
    encodeQuery("lab:state-signals:control"),
    encodeQuery(`lab:state-signals:roll:${"x".repeat(1_000)}`),
    '{"v":2,"roll-call":"lab:state-signals:roll:1"}',
    '{"v":1,"roll-call":7}',
    '{"v":1}',
    "null",
    "[]",
    "",
  ];
  for (const text of hostile) ask(text);
  assertEquals(transport.published, []);
  ask(encodeQuery("lab:state-signals:roll:1"));
  assertEquals(transport.published.length, 1);
  await presence.close();
});

Deno.test("of a thousand queries at once only a hundred are answered", async () => {
  const { presence, transport, ask, logged } = await opened();
  transport.confirming = false;
  for (let n = 0; n < 1_000; n++) {
    ask(encodeQuery("state-signals:roll:1"));
  }
  assertEquals(transport.published.length, 100);
  for (const publish of transport.published) publish.refuse("not-sent");
  await new Promise((resolve) => setTimeout(resolve));
  ask(encodeQuery("state-signals:roll:1"));
  assertEquals(transport.published.length, 101);
  assertStringIncludes(logged[0]!, "Could not answer a roll call: ");
  transport.published[100]!.confirm();
  await presence.close();
});

Deno.test("a refused subscription to the control channel is logged once", async () => {
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  const transport = new FakeTransport();
  transport.subscribing = Promise.reject(new Error("NOPERM"));
  const logger = { debug: log, info: log, warn: log, error: log };
  const presence = presenceOf(logger);
  await presence.open(new BorrowedTransport(transport), () => {});
  await presence.open(new BorrowedTransport(transport), () => {});
  await presence.close();
  assertEquals(logged, [
    "Can't answer roll calls, nor hear responders that connect: NOPERM",
  ]);
});

Deno.test("a presence that is closed while it opens does not stay subscribed", async () => {
  const transport = new FakeTransport();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const log = () => {};
  const logger = { debug: log, info: log, warn: log, error: log };
  const presence = presenceOf(logger);
  const opening = presence.open(new BorrowedTransport(transport), () => {});
  await presence.close();
  confirmed.resolve();
  await opening;
  assertEquals(transport.channels, []);
});

Deno.test("a report with a missing or wrong field is refused", () => {
  const report = {
    ...IDENTITY,
    state: "start",
    since: 7,
    tag: "t",
    subscribers: ["a"],
    subscriberCount: 1,
  };
  assertEquals(parseReport(encodeReport(report)), report);
  for (const key of Object.keys(report)) {
    if (key === "subscriberCount") continue; // optional: earlier versions do not send it
    for (const value of [undefined, null, {}, [7], 1e999]) {
      if (key === "tag" && value === undefined) continue;
      const text = JSON.stringify({ v: 1, ...report, [key]: value });
      assertEquals(parseReport(text), undefined, text);
    }
  }
  assertEquals(parseQuery(encodeReport(report)), undefined);
});
