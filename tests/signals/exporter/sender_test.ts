import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { parseSignal } from "../../../src/protocol/signal/parser.ts";
import type { ExporterOptions } from "../../../src/signals/exporter/options.ts";
import { Sender } from "../../../src/signals/exporter/sender.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { receiptOf } from "../../support/receipts.ts";

function fixture(options: ExporterOptions = {}) {
  const sender = new Sender("fio", { runnerHost: "here", ...options });
  const transport = new FakeTransport();
  sender.opened = { transport, owned: false };
  return { sender, transport };
}

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

Deno.test("signals go to all who share the namespace, within what bounds them", async () => {
  const { sender, transport } = fixture({ namespace: "lab" });
  const { signal } = new AbortController();
  const options = { timeout: 5, signal };
  assertEquals(
    await receiptOf((receipt) => sender.send("a signal", options, receipt)),
    0,
  );
  assertEquals(
    transport.published.map(({ channel, payload, options }) => [
      channel,
      payload,
      options,
    ]),
    [["lab:event-signal-pubsub", "a signal", { timeout: 5, signal }]],
  );
});

Deno.test("what is announced is confirmed or fails, and is given up at the end", async () => {
  const { sender, transport } = fixture();
  await sender.announce("first");
  transport.confirming = false;
  const announcing = sender.announce("second");
  const [first, second] = transport.published;
  assertEquals(first!.options?.signal?.aborted, false);
  second!.refuse("not-sent");
  await assertRejects(() => announcing, Error, "It was not-sent");
  const cause = new Error("the end");
  sender.stop(cause);
  assertEquals(second!.options?.signal?.reason, cause);
});

Deno.test("the end closes the transport if it is its own", async () => {
  for (const owned of [false, true]) {
    const { sender, transport } = fixture();
    sender.opened = { transport, owned };
    await sender.close();
    assertEquals(transport.closed, owned);
  }
});
