import { assertEquals } from "@std/assert";
import { takeTicket } from "../../../src/protocol/signal/ticketed_signal.ts";
import { parseSignal } from "../../../src/protocol/signal/parser.ts";
import { Contact } from "../../../src/signals/exporter/peer_inboxes.ts";
import { Sender } from "../../../src/signals/exporter/sender.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";

function fixture(namespace?: string) {
  const logged: string[] = [];
  const log = (level: string) => (message: string) => {
    logged.push(`${level}: ${message}`);
  };
  const sender = new Sender("fio", { runnerHost: "here" });
  const transport: FakeTransport & Transport = new FakeTransport();
  sender.opened = { transport, owned: false };
  const contact = new Contact(sender, namespace, {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  });
  return { contact, sender, transport, logged };
}

const OVER = new AbortController().signal;
const TICKET = { id: "7", seq: 7 };

Deno.test("a stamp adds the ticket, and whether the own channel is held", async () => {
  const { contact, sender } = fixture();
  const open = sender.encodeOpen("start", {});
  const payload = sender.encode("start", { metadata: { a: 1 } });
  assertEquals(contact.stamp(open, '"a":1', undefined), payload);
  const stamped = () =>
    takeTicket(parseSignal(contact.stamp(open, '"a":1', TICKET)));
  assertEquals(stamped().ticket, { ...TICKET, alive: false });
  assertEquals(stamped().signal, parseSignal(payload));
  await contact.hold();
  assertEquals(stamped().ticket, { ...TICKET, alive: true });
});

Deno.test("repetitions and pings go to one", () => {
  const { contact, sender, transport } = fixture("lab");
  contact.repeat("the same", "r", OVER, () => {});
  contact.ping("r");
  assertEquals(
    transport.published.map(({ channel, payload, options }) => [
      channel,
      payload,
      options.signal,
    ]),
    [
      ["lab:state-signals:peer:r", "the same", OVER],
      [
        "lab:state-signals:peer:r",
        `{"_ss":{"v":1,"ping":"${sender.publisherId}"}}`,
        undefined,
      ],
    ],
  );
});

Deno.test("what was said to one fails nobody", async () => {
  const { contact, transport, logged } = fixture();
  transport.confirming = false;
  contact.repeat("the same", "r", OVER, () => {});
  contact.ping("r");
  for (const each of transport.published) each.refuse("not-sent");
  await microtasks();
  assertEquals(logged, [
    "info: Could not reach r: It was not-sent",
    "info: Could not reach r: It was not-sent",
  ]);
});

Deno.test("who repeats is told where that was not sent, and not where nobody can tell", async () => {
  const { contact, transport } = fixture();
  transport.confirming = false;
  let unsent = 0;
  for (const outcome of ["unknown", "not-sent"] as const) {
    contact.repeat("the same", "r", OVER, () => unsent++);
    transport.published.at(-1)!.refuse(outcome);
    await microtasks();
    assertEquals(unsent, outcome === "unknown" ? 0 : 1);
  }
});

Deno.test("a transport that can't tell is taken for good", async () => {
  const { contact, transport } = fixture("lab");
  assertEquals(await contact.verify(), true);
  Object.assign(transport, {
    verify: () => Promise.resolve(false),
    countSubscribers: (channels: string[]) => Promise.resolve(channels),
  });
  assertEquals(await contact.verify(), false);
  assertEquals<unknown>(await contact.count(["r"]), [
    "lab:state-signals:peer:r",
  ]);
  Object.assign(transport, { countSubscribers: undefined });
  assertEquals(contact.count(["r"]), undefined);
});

Deno.test("the end lets go of the channel", async () => {
  const { contact, sender, transport } = fixture();
  await contact.hold();
  assertEquals(transport.channels, [
    `state-signals:peer:${sender.publisherId}`,
  ]);
  await contact.close();
  assertEquals(transport.channels, []);
});

Deno.test("a transport that throws at once is no error of who repeats or asks", async () => {
  const { contact, transport, logged } = fixture();
  transport.publish = () => {
    throw new Error("broken");
  };
  contact.repeat("the same", "r", OVER, () => {});
  contact.ping("r");
  await microtasks();
  assertEquals(logged, Array(2).fill("info: Could not reach r: broken"));
});
