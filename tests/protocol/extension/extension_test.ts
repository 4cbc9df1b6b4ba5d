import { assertEquals, assertThrows } from "@std/assert";
import {
  addTicket,
  encodeAnswerExtension,
  encodePing,
  EXTENSION_KEY,
  type Ticket,
} from "../../../src/protocol/extension/extension.ts";
import {
  readAnswerExtension,
  readPing,
} from "../../../src/protocol/extension/parser.ts";
import { takeTicket } from "../../../src/protocol/signal/ticketed_signal.ts";
import {
  encodeResponse,
  parseResponse,
} from "../../../src/protocol/response/response.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import {
  closeSignal,
  encodeFields,
  encodeSignal,
  SignalEncoder,
} from "../../../src/protocol/signal/encoder.ts";
import { parseSignal } from "../../../src/protocol/signal/parser.ts";

const SIGNAL: Signal = {
  publisherId: "fio-1",
  processName: "fio",
  event: "start",
  runnerHost: "here",
  sampleNo: 7,
  tag: "",
};
const TICKET = { id: 'a "b" \\', seq: 41, alive: true };

const METADATA: readonly (Record<string, unknown> | undefined)[] = [
  undefined,
  {},
  { a: 1 },
  { a: "{" },
  { a: "}" },
  { a: {} },
  { a: { b: [] }, "": "{}" },
  { "__proto__x": null, big: 2n ** 70n },
];

/** A signal's text with a ticket. */
function stamp(signal: Signal, ticket: Ticket): string {
  const open = new SignalEncoder(signal).encodeOpen(signal);
  return closeSignal(open, addTicket(encodeFields(signal.metadata), ticket));
}

Deno.test("a ticket that is added can be taken out again, and leaves the signal as it was", () => {
  for (const metadata of METADATA) {
    const signal = metadata === undefined ? SIGNAL : { ...SIGNAL, metadata };
    const stamped = stamp(signal, TICKET);
    assertEquals(takeTicket(parseSignal(stamped)), { signal, ticket: TICKET });
    const quiet = { ...TICKET, alive: false };
    const unheld = stamp(signal, quiet);
    assertEquals(takeTicket(parseSignal(unheld)).ticket, quiet);
    assertEquals(unheld.includes("alive"), false);
  }
});

Deno.test("a ticket's number is written in all its digits", () => {
  for (
    const seq of [
      1,
      999,
      1_000,
      1_001,
      1_010,
      99_999,
      1e6,
      123_045_006,
      2 ** 53 - 1,
    ]
  ) {
    const stamped = stamp(SIGNAL, { id: "7", seq });
    assertEquals(stamped.includes(`"seq":${seq},`), true);
  }
});

Deno.test("a ticket is one key of the metadata, which a Python peer reads as such", () => {
  const stamped = (metadata?: Record<string, unknown>) =>
    parseSignal(
      stamp(metadata ? { ...SIGNAL, metadata } : SIGNAL, { id: "7", seq: 41 }),
    );
  assertEquals(stamped({ a: 1 }).metadata, {
    a: 1,
    _ss: { v: 1, id: "7", seq: 41 },
  });
  assertEquals(stamped().metadata, {
    _ss: { v: 1, id: "7", seq: 41, bare: true },
  });
});

Deno.test("what is no ticket is the user's own", () => {
  const foreign: unknown[] = [
    null,
    "text",
    [1],
    {},
    { v: 2, id: "7", seq: 1 },
    { v: 1, id: 7, seq: 1 },
    { v: 1, id: "7" },
    { v: 1, id: "7", seq: 0.5 },
    { v: 1, id: "7", seq: 2n ** 60n },
  ];
  for (const each of foreign) {
    const signal = { ...SIGNAL, metadata: { [EXTENSION_KEY]: each } };
    assertEquals(takeTicket(signal), { signal });
  }
  assertEquals(takeTicket(SIGNAL), { signal: SIGNAL });
});

Deno.test("a ticket may say more than is known yet", () => {
  const extension = { v: 1, id: "7", seq: 1, alive: 1, more: { a: 1 } };
  const signal = { ...SIGNAL, metadata: { a: 1, _ss: extension } };
  assertEquals(takeTicket(signal), {
    signal: { ...SIGNAL, metadata: { a: 1 } },
    ticket: { id: "7", seq: 1, alive: false },
  });
});

Deno.test("what one of our responders says is read as it was written", () => {
  const nothing = { id: undefined, alive: false, back: false, leave: false };
  for (
    const said of [
      {},
      { id: "7" },
      { alive: true },
      { alive: true, back: true },
      { leave: true },
    ]
  ) {
    const text = `{${encodeAnswerExtension(said)}}`;
    assertEquals(readAnswerExtension(JSON.parse(text)), {
      ...nothing,
      ...said,
    });
    const response = { responderId: "r", publisherId: "p", event: "e", ras: 1 };
    const payload = encodeResponse({ ...response, extension: said });
    assertEquals(parseResponse(payload), {
      ...response,
      extension: { ...nothing, ...said },
    });
  }
});

Deno.test("a response of a Python peer says nothing besides", () => {
  const said: unknown[] = [undefined, null, 1, "x", [], {}, { v: 2, id: "7" }];
  for (const _ss of said) assertEquals(readAnswerExtension({ _ss }), undefined);
  assertEquals(readAnswerExtension({}), undefined);
});

Deno.test("of the wrong type is as good as not said", () => {
  const extension = { v: 1, id: 7, alive: 1, back: "yes", leave: null };
  assertEquals(readAnswerExtension({ _ss: extension }), {
    id: undefined,
    alive: false,
    back: false,
    leave: false,
  });
});

Deno.test("a ping says who asks, and nothing else is a ping", () => {
  assertEquals(readPing(encodePing('fio-"1"')), 'fio-"1"');
  const others = [
    "",
    "null",
    "{}",
    encodeSignal(SIGNAL),
    '{"_ss":1}',
    '{"_ss":{"v":1}}',
    '{"_ss":{"ping":1}}',
    ' {"_ss":{"ping":"p"}}',
  ];
  assertEquals(others.map(readPing), others.map(() => undefined));
  assertThrows(() => readPing('{"_ss":'));
});
