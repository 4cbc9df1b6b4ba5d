import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { closeSignal } from "../../../src/protocol/signal/encoder.ts";
import { parseSignal } from "../../../src/protocol/signal/parser.ts";
import type { SignalFields } from "../../../src/signals/exporter/sender.ts";
import { Identity, Sender } from "../../../src/signals/exporter/sender.ts";
import { SignalLog } from "../../../src/signals/exporter/signal_log.ts";
import { BorrowedTransport } from "../../../src/transport/open_transport.ts";
import { FakeTransport } from "../../support/fake_transport.ts";

function fixture(namespace?: string) {
  const transport = new FakeTransport();
  const identity = new Identity("fio", { runnerHost: "here", namespace });
  const log = new SignalLog({
    isSubscriber: () => true,
    oldestInFlight: () => Infinity,
  });
  const sender = new Sender(identity, new BorrowedTransport(transport), log);
  const encode = (event: string, fields: SignalFields) =>
    closeSignal(sender.encodeHead(event, fields), sender.encodeFields(fields));
  return { sender, transport, log, encode };
}

Deno.test("a signal has the sender's identity and the given fields", () => {
  const { sender, encode } = fixture();
  const { publisherId, processName, runnerHost } = sender.identity;
  assertMatch(publisherId, /^fio-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assertEquals(processName, "fio");
  assertEquals(parseSignal(encode("start", {})), {
    publisherId,
    processName,
    event: "start",
    runnerHost,
    sampleNo: -1,
    tag: "No tag specified",
  });
  const given = { sample: 3, tag: "t", metadata: { a: 1 } };
  const { sampleNo, tag, metadata } = parseSignal(encode("start", given));
  assertEquals({ sample: sampleNo, tag, metadata }, given);
});

Deno.test("metadata with the reserved key is refused", () => {
  const { encode } = fixture();
  assertThrows(
    () => encode("start", { metadata: { _ss: 1 } }),
    TypeError,
    '"_ss" is reserved',
  );
  encode("start", { metadata: { nested: { _ss: 1 } } });
});

Deno.test("a control signal goes to the signal channel of the namespace", async () => {
  const { sender, transport } = fixture("lab");
  await sender.sendControl(
    "shutdown",
    sender.encodeControl("shutdown", { tag: "t" }),
  );
  const { channel, payload } = transport.published[0]!;
  assertEquals(channel, "lab:event-signal-pubsub");
  assertEquals(parseSignal(payload).tag, "t");
});

Deno.test("a control signal that is refused is rejected, and stop() aborts the pending ones", async () => {
  const { sender, transport } = fixture();
  await sender.sendControl("shutdown", "first");
  transport.confirming = false;
  const sending = sender.sendControl("shutdown", "second");
  const [first, second] = transport.published;
  assertEquals(first!.options?.signal?.aborted, false);
  second!.refuse("not-sent");
  await assertRejects(() => sending, Error, "It was not-sent");
  const cause = new Error("the end");
  sender.stop(cause);
  assertEquals(second!.options?.signal?.reason, cause);
});

Deno.test("an initialization is in the log unless it was not sent", async () => {
  for (const outcome of ["confirmed", "not-sent", "unknown"] as const) {
    const { sender, transport, log } = fixture();
    transport.confirming = false;
    const sending = sender.sendInitialization().catch(() => {});
    const [sent] = transport.published;
    if (outcome === "confirmed") sent!.confirm();
    else sent!.refuse(outcome);
    await sending;
    const { any } = log.take("p", "initialization", undefined);
    assertEquals([outcome, any], [outcome, outcome !== "not-sent"]);
    // An initialization with an unknown outcome may still be delivered later.
    const again = log.take("p", "initialization", undefined);
    assertEquals(again.any, outcome === "unknown");
  }
});
