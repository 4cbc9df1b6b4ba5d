/**
 * The messages that do not end a listener of Python: they have all keys of the
 * protocol's tables, in the order and of the types of the tables.
 *
 * @module
 */

import { RESPONSE_CHANNEL, SIGNAL_CHANNEL } from "../../mod.ts";
import { EXTENSION_KEY } from "../../src/protocol/extension/extension.ts";

const OWN_CHANNELS = "state-signals:";

/** A message as it was published. */
export interface WireMessage {
  readonly channel: string;
  readonly payload: string;
}

interface Field {
  readonly key: string;
  readonly type: "string" | "integer" | "object";
  readonly optional?: true;
}

const TABLES: Readonly<Record<string, readonly Field[]>> = {
  [SIGNAL_CHANNEL]: [
    { key: "publisher_id", type: "string" },
    { key: "process_name", type: "string" },
    { key: "event", type: "string" },
    { key: "runner_host", type: "string" },
    { key: "sample_no", type: "integer" },
    { key: "tag", type: "string" },
    { key: "metadata", type: "object", optional: true },
  ],
  [RESPONSE_CHANNEL]: [
    { key: "responder_id", type: "string" },
    { key: "publisher_id", type: "string" },
    { key: "event", type: "string" },
    { key: "ras", type: "integer", optional: true },
    { key: "message", type: "string", optional: true },
    // The Python exporter reads only the keys before this one.
    { key: EXTENSION_KEY, type: "object", optional: true },
  ],
};

/** The rule that a message breaks; undefined if it breaks none. */
export function brokenRule(
  { channel, payload }: WireMessage,
): string | undefined {
  // No peer of Python subscribes to the own channels.
  if (channel.startsWith(OWN_CHANNELS)) return undefined;
  const table = TABLES[channel];
  if (table === undefined) return `"${channel}" is no channel of the protocol`;
  let record: unknown;
  try {
    record = JSON.parse(payload);
  } catch {
    return "it is not JSON";
  }
  if (!isObject(record)) return "it is not an object";
  const keys = table
    .filter(({ key, optional }) => !optional || Object.hasOwn(record, key))
    .map(({ key }) => key);
  if (Object.keys(record).join() !== keys.join()) {
    return `its keys are ${Object.keys(record)}, not ${keys}`;
  }
  for (const { key, type } of table) {
    if (keys.includes(key) && !isOfType(type, key, record[key], payload)) {
      return `${key} is not of type ${type}`;
    }
  }
}

function isOfType(
  type: Field["type"],
  key: string,
  value: unknown,
  payload: string,
): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "object":
      return isObject(value);
    case "integer":
      // The notation matters: Python refuses 1.0, which is 1 here.
      return typeof value === "number" &&
        new RegExp(`"${key}": ?-?\\d+[,}]`).test(payload);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
