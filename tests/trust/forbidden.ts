/**
 * Messages that no test here may put on the wire, because a listener of Python
 * would crash or would answer them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { RESPONSE_CHANNEL, SIGNAL_CHANNEL } from "../../mod.ts";
import { EXTENSION_KEY } from "../../src/protocol/extension/extension.ts";
import { controlChannel } from "../../src/protocol/extension/own_channels.ts";
import { brokenRule, type WireMessage } from "../interop/wire_rules.ts";

/** Beginning of the channels that no peer of Python subscribes to. */
const OWN_CHANNELS = controlChannel().replace("control", "");

/** Asserts that none of the messages breaks a rule that keeps Python alive. */
export function assertNothingForbidden(messages: readonly WireMessage[]): void {
  const broken = messages.flatMap((message) => {
    const rule = forbidden(message);
    return rule === undefined ? [] : [{ rule, ...message }];
  });
  assertEquals(broken, []);
}

/** The reason why Python must not see a message; undefined if Python may. */
export function forbidden(message: WireMessage): string | undefined {
  const { channel, payload } = message;
  switch (channel) {
    case SIGNAL_CHANNEL: {
      const rule = brokenRule(message);
      if (rule !== undefined) return rule;
      // Real responders answer every signal that they see.
      return JSON.parse(payload).event === EXTENSION_KEY
        ? "it is control traffic among the signals"
        : undefined;
    }
    case RESPONSE_CHANNEL: {
      // The Python exporter looks at no other key of a response.
      const { [EXTENSION_KEY]: _, ...known } = JSON.parse(payload);
      return brokenRule({ channel, payload: JSON.stringify(known) });
    }
    default:
      return channel.startsWith(OWN_CHANNELS) ? undefined : brokenRule(message);
  }
}

/** Whether a message is a signal with a ticket. */
export function isTicketed({ channel, payload }: WireMessage): boolean {
  if (channel !== SIGNAL_CHANNEL) return false;
  return EXTENSION_KEY in (JSON.parse(payload).metadata ?? {});
}
