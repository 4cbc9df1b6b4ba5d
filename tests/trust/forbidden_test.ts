import { assertEquals, assertThrows } from "@std/assert";
import { RESPONSE_CHANNEL, SIGNAL_CHANNEL } from "../../mod.ts";
import { assertNothingForbidden, forbidden, isTicketed } from "./forbidden.ts";

function signal(more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    publisher_id: "fio-1",
    process_name: "fio",
    event: "start",
    runner_host: "node-1",
    sample_no: 1,
    tag: "a",
    ...more,
  });
}

const RESPONSE = { responder_id: "r", publisher_id: "fio-1", event: "start" };

Deno.test("a message that Python must not see is forbidden, and any other message is allowed", () => {
  const shown: readonly [string, string, boolean][] = [
    [SIGNAL_CHANNEL, signal(), true],
    [SIGNAL_CHANNEL, signal({ metadata: { _ss: { v: 2 } } }), true],
    [SIGNAL_CHANNEL, signal({ _ss: { v: 2 } }), false],
    [SIGNAL_CHANNEL, signal({ metadata: [] }), false],
    [SIGNAL_CHANNEL, signal({ tag: null }), false],
    [SIGNAL_CHANNEL, signal({ event: "_ss" }), false],
    [RESPONSE_CHANNEL, JSON.stringify(RESPONSE), true],
    [RESPONSE_CHANNEL, JSON.stringify({ ...RESPONSE, _ss: { v: 2 } }), true],
    [RESPONSE_CHANNEL, JSON.stringify({ ...RESPONSE, extra: 1 }), false],
    ["state-signals:responder:i1:r", '{"_ss":{"v":2,"ping":"fio-1"}}', true],
    ["some-channel", "{}", false],
  ];
  for (const [channel, payload, allowed] of shown) {
    const rule = forbidden({ channel, payload });
    assertEquals(rule === undefined, allowed, `${channel} ${payload}: ${rule}`);
  }
  const [, , [channel, payload]] = shown as [unknown, unknown, string[]];
  assertThrows(() =>
    assertNothingForbidden([{ channel: channel!, payload: payload! }])
  );
});

Deno.test("only a signal with a ticket counts as ticketed", () => {
  const ticketed = signal({ metadata: { _ss: { v: 2 } } });
  assertEquals(
    [
      { channel: SIGNAL_CHANNEL, payload: ticketed },
      { channel: SIGNAL_CHANNEL, payload: signal({ metadata: {} }) },
      { channel: SIGNAL_CHANNEL, payload: signal() },
      { channel: RESPONSE_CHANNEL, payload: JSON.stringify(RESPONSE) },
    ].map(isTicketed),
    [true, false, false, false],
  );
});
