/**
 * How a responder asks an exporter to stop, and how it learns what became of that.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { encodeStopReceipt } from "../../../src/protocol/extension/stop.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport, type Publish } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";

const EXPORTER = "state-signals:publisher:fio-1";

// deno-lint-ignore no-explicit-any
const untyped = (value: unknown): any => value;

async function fixture(id = "vm-1") {
  const transport = new FakeTransport();
  const responder = await SignalResponder.connect({
    redis: transport,
    logLevel: "CRITICAL",
    id,
  });
  transport.confirming = false;
  transport.published.length = 0;
  const inbox = transport.channels.find((each) => each.includes(":responder:"));
  return {
    transport,
    responder,
    asked: () => transport.published.map(keyOf),
    confirm: (key: string) =>
      transport.deliverOn(inbox!, encodeStopReceipt(key)),
  };
}

function keyOf({ payload }: Publish): string {
  return JSON.parse(payload)._ss.stop.key;
}

Deno.test("a request goes to the exporter's inbox, and resolves with the receipt for its key alone", async () => {
  const { transport, responder, asked, confirm } = await fixture();
  const one = responder.requestStop("fio-1", "full");
  const two = responder.requestStop(
    untyped({ publisherId: "fio-1" }),
    "hot",
  );
  const [first, second] = transport.published;
  assertEquals([first!.channel, second!.channel], [EXPORTER, EXPORTER]);
  const { key, inc, ...rest } = JSON.parse(first!.payload)._ss.stop;
  assertEquals(rest, { id: "vm-1", reason: "full" });
  assertEquals([typeof key, typeof inc], ["string", "string"]);
  confirm("another one");
  confirm(asked()[1]!);
  await two;
  let isSettled = false;
  one.finally(() => isSettled = true);
  await microtasks();
  assertEquals(isSettled, false);
  confirm(asked()[0]!);
  await one;
  await responder.close();
});

Deno.test("a request goes out however long its reason is", async () => {
  const { transport, responder, asked, confirm } = await fixture();
  const request = responder.requestStop("fio-1", "x".repeat(65_536));
  const { reason } = JSON.parse(transport.published[0]!.payload)._ss.stop;
  assertEquals(reason.length, 4_096);
  confirm(asked()[0]!);
  await request;
  await responder.close();
});

Deno.test("a request is sent each second with the same key, until it is confirmed", async () => {
  const { responder, asked, confirm, transport } = await fixture();
  using time = new FakeTime();
  const asking = responder.requestStop("fio-1", "full", { timeout: Infinity });
  transport.published[0]!.refuse("unknown");
  await microtasks();
  time.tick(3_000);
  const keys = asked();
  assertEquals(keys.length, 4);
  assertEquals(new Set(keys).size, 1);
  confirm(keys[0]!);
  await asking;
  time.tick(3_000);
  assertEquals(asked().length, 4);
});

Deno.test("a request that is not confirmed in time is rejected with what is known", async () => {
  const told: readonly [(publish: Publish) => void, string][] = [
    [(it) => it.confirm(0), "not there, not initialized, or a peer of 1.0.1"],
    [(it) => it.confirm(1), "of a version that knows no such request"],
    [(it) => it.refuse("not-sent"), "It was not-sent"],
    [() => {}, "not there"],
  ];
  for (const [settle, why] of told) {
    const { responder, transport } = await fixture();
    using time = new FakeTime();
    const asking = responder.requestStop("fio-1", "full");
    const rejected = assertRejects(() => asking, Error, why);
    settle(transport.published[0]!);
    await microtasks();
    time.tick(5_000);
    await rejected;
    assertEquals(time.pending, 0);
  }
});

Deno.test("a request that the server refuses is rejected at once", async () => {
  const { responder, transport } = await fixture();
  const refusal = Object.assign(new Error("NOPERM no"), { code: "NOPERM" });
  transport.publish = () => Promise.reject(refusal);
  const asking = () => responder.requestStop("fio-1", "full");
  await assertRejects(asking, Error, "fio-1 to stop as NOPERM no");
});

Deno.test("a responder without an inbox rejects a request, and sends nothing", async () => {
  const { responder, transport } = await fixture("x".repeat(1_025));
  const asking = () => responder.requestStop("fio-1", "full");
  await assertRejects(asking, Error, "holds no inbox");
  assertEquals(transport.published.length, 0);
});

Deno.test("a signal ends the wait for the receipt, and so does the responder's end", async () => {
  const { responder } = await fixture();
  const abort = new AbortController();
  const { signal } = abort;
  const asking = responder.requestStop("fio-1", "full", { signal });
  abort.abort(new Error("enough"));
  await assertRejects(() => asking, Error, "enough");
  const other = responder.requestStop("fio-1", "full");
  const rejected = assertRejects(() => other, Error, "was closed before");
  await responder.close();
  await rejected;
  const late = () => responder.requestStop("fio-1", "full");
  await assertRejects(late, Error, "as the responder vm-1 is closed");
});

Deno.test("arguments of a request that can't be used are refused", async () => {
  const { responder, transport } = await fixture();
  const wrong: readonly unknown[][] = [
    [7, "full"],
    [{}, "full"],
    [undefined, "full"],
    [null, "full"],
    ["fio-1", undefined],
    ["fio-1", { text: "full" }],
    ["fio-1", "full", { timeout: "5s" }],
  ];
  for (const [of, reason, options] of wrong) {
    await assertRejects(
      () =>
        responder.requestStop(untyped(of), untyped(reason), untyped(options)),
      TypeError,
      "Cannot use",
    );
  }
  const empty = [["", "full", "publisherId"], ["fio-1", "", "reason"]] as const;
  for (const [of, reason, name] of empty) {
    await assertRejects(
      () => responder.requestStop(of, reason),
      RangeError,
      `Cannot use ${name} as it must not be empty`,
    );
  }
  assertEquals(transport.published.length, 0);
});
