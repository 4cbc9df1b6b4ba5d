import { assertEquals, assertThrows } from "@std/assert";
import {
  addTicket,
  encodeHello,
  encodePing,
  encodePong,
  encodeResponseExtension,
  EXTENSION_KEY,
  type Ticket,
} from "../../../src/protocol/extension/extension.ts";
import {
  readResponseExtension,
  readSideMessage,
} from "../../../src/protocol/extension/parser.ts";
import { takeTicket } from "../../../src/protocol/signal/ticketed_signal.ts";
import { parseResponse } from "../../../src/protocol/response/response.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import {
  closeSignal,
  encodeFields,
  SignalEncoder,
} from "../../../src/protocol/signal/encoder.ts";
import { parseSignal } from "../../../src/protocol/signal/parser.ts";
import { encodeResponse, encodeSignal } from "../../support/payloads.ts";

const SIGNAL: Signal = {
  publisherId: "fio-1",
  processName: "fio",
  event: "start",
  runnerHost: "here",
  sampleNo: 7,
  tag: "",
};
const TICKET = { id: "1f", seq: 41, alive: true };

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
    assertEquals(takeTicket(parseSignal(stamped)), {
      signal: { ...signal, ticket: "1f" },
      ticket: TICKET,
    });
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
    _ss: { v: 2, id: "7", seq: 41 },
  });
  assertEquals(stamped().metadata, {
    _ss: { v: 2, id: "7", seq: 41, bare: true },
  });
});

Deno.test("a value that is not an extension stays in the user's metadata", () => {
  for (const each of [null, "text", [1], {}, { v: "2", id: "7", seq: 1 }]) {
    const signal = { ...SIGNAL, metadata: { [EXTENSION_KEY]: each } };
    assertEquals(takeTicket(signal), { signal: { ...signal, ticket: null } });
  }
  assertEquals(takeTicket(SIGNAL), { signal: { ...SIGNAL, ticket: null } });
});

Deno.test("an extension that can't be read is taken out, and its signal has no known ticket", () => {
  const unreadable: unknown[] = [
    { v: 99, id: "7", seq: 1 },
    { v: 1, id: "7", seq: 1 },
    { v: 2, id: 7, seq: 1 },
    { v: 2, id: "07", seq: 1 },
    { v: 2, id: "A", seq: 1 },
    { v: 2, id: "12345678901", seq: 1 },
    { v: 2, id: "7" },
    { v: 2, id: "7", seq: 0.5 },
    { v: 2, id: "7", seq: 2n ** 60n },
  ];
  for (const each of unreadable) {
    const signal = { ...SIGNAL, metadata: { a: 1, [EXTENSION_KEY]: each } };
    assertEquals(takeTicket(signal), {
      signal: { ...SIGNAL, metadata: { a: 1 } },
    });
  }
  const signal = { ...SIGNAL, metadata: { _ss: { v: 99, bare: true } } };
  assertEquals(takeTicket(signal), { signal: SIGNAL });
});

Deno.test("a ticket may say more than is known yet", () => {
  const extension = { v: 2, id: "7", seq: 1, alive: 1, more: { a: 1 } };
  const signal = { ...SIGNAL, metadata: { a: 1, _ss: extension } };
  assertEquals(takeTicket(signal), {
    signal: { ...SIGNAL, metadata: { a: 1 }, ticket: "7" },
    ticket: { id: "7", seq: 1, alive: false },
  });
});

Deno.test("the extension of a response is read as it was written", () => {
  const nothing = {
    inc: undefined,
    id: undefined,
    alive: false,
    back: false,
    leave: false,
  };
  for (
    const said of [
      {},
      { inc: "a1" },
      { inc: "a1", id: "7" },
      { inc: "a1", id: null },
      { inc: "a1", alive: true },
      { inc: "a1", alive: true, back: true },
      { inc: "a1", leave: true },
    ]
  ) {
    const text = `{${encodeResponseExtension(said)}}`;
    assertEquals(readResponseExtension(JSON.parse(text)), {
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

Deno.test("a response of a Python peer has no extension", () => {
  for (const _ss of [undefined, null, 1, "x", [], {}, { v: "2" }]) {
    assertEquals(readResponseExtension({ _ss }), undefined);
  }
  assertEquals(readResponseExtension({}), undefined);
});

Deno.test("a response of another version only proves that it is not of a Python peer", () => {
  for (const v of [1, 3, 99]) {
    const _ss = { v, id: "7", inc: "a1", alive: true, leave: true };
    assertEquals(readResponseExtension({ _ss }), { isUnreadable: true });
  }
});

Deno.test("a field of the wrong type counts as absent", () => {
  for (const inc of [7, "", "a b", "x".repeat(65)]) {
    const _ss = { v: 2, inc, id: 7, alive: 1, back: "yes", leave: null };
    assertEquals(readResponseExtension({ _ss }), {
      inc: undefined,
      id: undefined,
      alive: false,
      back: false,
      leave: false,
    });
  }
});

Deno.test("side messages are read as they were written, and no other message is one", () => {
  const ping = { id: 'fio-"1"', inc: "a1" };
  assertEquals(readSideMessage(encodePing(ping)), { ping });
  assertEquals(readSideMessage(encodePing({ id: "fio" })), {
    ping: { id: "fio", inc: undefined },
  });
  assertEquals(readSideMessage(encodePong('fio-"1"')), { pong: 'fio-"1"' });
  const hello = { id: "r", inc: "a1", lockedId: "p", lockedTag: '"' };
  assertEquals(readSideMessage(encodeHello(hello)), { hello });
  const others = [
    "",
    "null",
    "{}",
    encodeSignal(SIGNAL),
    '{"_ss":1}',
    '{"_ss":{"v":2}}',
    '{"_ss":{"v":99,"pong":"p"}}',
    '{"_ss":{"pong":"p"}}',
    ' {"_ss":{"v":2,"pong":"p"}}',
  ];
  assertEquals(others.map(readSideMessage), others.map(() => undefined));
  assertEquals(readSideMessage('{"_ss":{"v":2,"ping":{"id":7}}}'), {
    ping: undefined,
  });
  assertEquals(readSideMessage('{"_ss":{"v":2,"hello":{"id":"r"}}}'), {
    hello: undefined,
  });
  assertThrows(() => readSideMessage('{"_ss":'));
});
