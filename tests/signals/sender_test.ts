import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { takeTicket } from "../../src/protocol/extension_parser.ts";
import { parseSignal } from "../../src/protocol/signal_parser.ts";
import type { ExporterOptions } from "../../src/signals/exporter_options.ts";
import { Sender } from "../../src/signals/sender.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { microtasks } from "../support/microtasks.ts";

function fixture(options: ExporterOptions = {}) {
  const logged: string[] = [];
  const log = (level: string) => (message: string) => {
    logged.push(`${level}: ${message}`);
  };
  const sender = new Sender("fio", { runnerHost: "here", ...options }, {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  });
  const transport: FakeTransport & Transport = new FakeTransport();
  sender.opened = { transport, owned: false };
  return { sender, transport, logged };
}

const TICKET = { id: "7", seq: 7 };

Deno.test("a signal says who it is from, and what was given", () => {
  const { sender } = fixture();
  const { publisherId, processName, runnerHost } = sender;
  assertMatch(publisherId, /^fio-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assertEquals(processName, "fio");
  assertEquals(parseSignal(sender.encode("start", {})), {
    publisherId,
    processName,
    event: "start",
    runnerHost,
    sampleNo: -1,
    tag: "No tag specified",
  });
  const given = { sample: 3, tag: "t", metadata: { a: 1 } };
  const { sampleNo, tag, metadata } = parseSignal(
    sender.encode("start", given),
  );
  assertEquals({ sample: sampleNo, tag, metadata }, given);
});

Deno.test("the reserved key can't be sent as metadata", () => {
  const { sender } = fixture();
  assertThrows(
    () => sender.encode("start", { metadata: { _ss: 1 } }),
    TypeError,
    '"_ss" is reserved',
  );
  sender.encode("start", { metadata: { nested: { _ss: 1 } } });
});

Deno.test("a stamp adds the ticket, and whether the own channel is held", async () => {
  const { sender } = fixture();
  const fields = { metadata: { a: 1 } };
  const payload = sender.encode("start", fields);
  assertEquals(sender.stamp(payload, undefined, fields), payload);
  const stamped = () =>
    takeTicket(parseSignal(sender.stamp(payload, TICKET, fields)));
  assertEquals(stamped().ticket, { ...TICKET, alive: false });
  assertEquals(stamped().signal, parseSignal(payload));
  await sender.holdChannel();
  assertEquals(stamped().ticket, { ...TICKET, alive: true });
});

Deno.test("signals go to all, repetitions and pings to one", async () => {
  const { sender, transport } = fixture({ namespace: "lab" });
  const { signal } = new AbortController();
  assertEquals(await sender.send("a signal", { timeout: 5, signal }), 0);
  sender.repeat("the same", "r");
  sender.ping("r");
  const [sent, ...alone] = transport.published;
  assertEquals([sent!.channel, sent!.payload, sent!.options], [
    "lab:event-signal-pubsub",
    "a signal",
    { timeout: 5, signal },
  ]);
  assertEquals(alone.map(({ channel, payload }) => [channel, payload]), [
    ["lab:state-signals:peer:r", "the same"],
    [
      "lab:state-signals:peer:r",
      `{"_ss":{"v":1,"ping":"${sender.publisherId}"}}`,
    ],
  ]);
});

Deno.test("what was said on the side fails nobody", async () => {
  const { sender, transport, logged } = fixture();
  transport.confirming = false;
  sender.repeat("the same", "r");
  sender.ping("r");
  sender.remind("ask", new AbortController().signal);
  for (const each of transport.published) each.refuse("not-sent");
  await microtasks();
  assertEquals(logged.toSorted(), [
    "info: Could not reach r: It was not-sent",
    "info: Could not reach r: It was not-sent",
    'warn: Could not publish "initialization" again: It was not-sent',
  ]);
});

Deno.test("a transport that can't tell is taken for good", async () => {
  const { sender, transport } = fixture({ namespace: "lab" });
  assertEquals(await sender.verify(), true);
  Object.assign(transport, {
    verify: () => Promise.resolve(false),
    countSubscribers: (channels: string[]) => Promise.resolve(channels),
  });
  assertEquals(await sender.verify(), false);
  assertEquals<unknown>(await sender.count(["r"]), [
    "lab:state-signals:peer:r",
  ]);
  Object.assign(transport, { countSubscribers: undefined });
  assertEquals(sender.count(["r"]), undefined);
});

Deno.test("the end lets go of the channel, and closes the transport if it is its own", async () => {
  for (const owned of [false, true]) {
    const { sender, transport } = fixture();
    sender.opened = { transport, owned };
    await sender.holdChannel();
    assertEquals(transport.channels, [
      `state-signals:peer:${sender.publisherId}`,
    ]);
    await sender.close();
    assertEquals([transport.channels, transport.closed], [[], owned]);
  }
});
