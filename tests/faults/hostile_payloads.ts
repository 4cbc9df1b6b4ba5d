/**
 * Payloads that a peer or a stranger may publish: the recorded ones, and hostile
 * ones.
 *
 * @module
 */

import { vectors } from "../protocol/vectors.ts";

/** A payload on the signal channel. */
export interface HostileSignal {
  readonly case: string;
  readonly payload: string;
  /** Whether the signal is yielded; if not, it is counted as malformed. */
  readonly yields: boolean;
}

/** A payload on the response channel. */
export interface HostileResponse {
  readonly case: string;
  /** The responder id in the payload, whose responder owes a response. */
  readonly responderId: string;
  /** The payload, for this publisher. */
  readonly payload: (publisherId: string) => string;
  /** The `ras` of an acknowledgement, `"nothing"` for a response without `ras`. */
  readonly answers: number | "nothing" | "malformed";
}

/** JSON with a byte that UTF-8 never has and a surrogate. */
export const INVALID_UTF8: Uint8Array = new Uint8Array(
  [0x7b, 0x22, 0xff, 0xed, 0xa0, 0x80, 0x22, 0x7d],
);

const DEEP = 100_000;
const NESTED = `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`;
const TWO_TO_THE_70 = String(2n ** 70n);

/** All payloads for the signal channel. */
export const HOSTILE_SIGNALS: readonly HostileSignal[] = [
  ...vectors.signals_encoded.map(({ payload }, index) => ({
    case: `recorded signal ${index}`,
    payload,
    yields: true,
  })),
  ...vectors.responder_accepts.map(({ case: name, payload, python }) => ({
    case: `signal: ${name}`,
    payload,
    // A text describes a yielded signal that JSON can't represent.
    yields: typeof python.yields === "string" || python.yields?.length === 1,
  })),
  yielded("__proto__ in metadata", {
    metadata: '{"__proto__": {"polluted": true}}',
  }),
  yielded("constructor in metadata", {
    metadata: '{"constructor": {"prototype": {"polluted": true}}}',
  }),
  yielded("__proto__ beside NaN", {
    metadata: '{"__proto__": {"polluted": true}, "x": NaN}',
  }),
  yielded("an event named __proto__", { event: '"__proto__"' }),
  yielded("a tag named constructor", { tag: '"constructor"' }),
  yielded("NaN in metadata", { metadata: '{"x": NaN, "y": [-Infinity]}' }),
  yielded("lone surrogates", { tag: '"\\ud800 \\udfff"' }),
  yielded("a sample of 2^70", { sample_no: TWO_TO_THE_70 }),
  yielded("2^70 in metadata", { metadata: `{"big": ${TWO_TO_THE_70}}` }),
  rejected("__proto__ as a key", { ["__proto__"]: '{"polluted": true}' }),
  rejected("constructor as a key", { constructor: '{"polluted": true}' }),
  rejected("a sample of NaN", { sample_no: "NaN" }),
  rejected("a sample of 5,000 digits", { sample_no: "1".repeat(5_000) }),
  rejected("100,000 levels in metadata", { metadata: `{"deep": ${NESTED}}` }),
  { case: "100,000 levels", payload: NESTED, yields: false },
  {
    case: "100,000 levels that do not end",
    payload: "[".repeat(DEEP),
    yields: false,
  },
  {
    case: "two signals",
    payload: `${signalText({})}${signalText({})}`,
    yields: false,
  },
  { case: "a zero byte behind", payload: `${signalText({})}\0`, yields: false },
];

/** All payloads for the response channel. */
export const HOSTILE_RESPONSES: readonly HostileResponse[] = [
  ...vectors.exporter_accepts.map(({ case: name, payload, python }) => {
    const { returns } = python;
    const taken = typeof returns === "object" && returns !== null;
    return {
      case: `response: ${name}`,
      responderId: taken ? String(returns.responder_id) : "collector-1",
      payload: (publisherId: string) =>
        payload
          .replaceAll(RECORDED_PUBLISHER, publisherId)
          .replaceAll('"benchmark-start"', '"start"'),
      answers: !taken
        ? "malformed" as const
        : returns.ras === undefined
        ? "nothing" as const
        : rasOf(returns.ras),
    };
  }),
  response("a responder named __proto__", 1, { responder_id: '"__proto__"' }),
  response("a responder named constructor", 0, {
    responder_id: '"constructor"',
    ras: "0",
  }),
  response("__proto__ as a key", 1, { ["__proto__"]: '{"polluted": true}' }),
  response("a ras of NaN", NaN, { ras: "NaN" }),
  response("a ras of 2^70", 2 ** 70, { ras: TWO_TO_THE_70 }),
  response("a ras that is an object", NaN, { ras: '{"__proto__": 1}' }),
  response("lone surrogates", 1, { message: '"\\ud800"' }),
  response("a message of 1 MiB", 1, { message: `"${"x".repeat(2 ** 20)}"` }),
  response("100,000 levels in the message", "malformed", { message: NESTED }),
  response("an event that is an array", "malformed", { event: '["start"]' }),
  {
    ...response("a byte order mark", 1, {}),
    payload: (publisherId) => `\ufeff${responseText(publisherId, {})}`,
  },
  {
    ...response("nothing but the publisher's id", "malformed", {}),
    payload: (publisherId) => publisherId,
  },
  {
    ...response("an empty message", "malformed", {}),
    payload: () => "",
  },
];

const RECORDED_PUBLISHER = "fio-0f7c2c9e-8b6e-4d53-9d77-3d9d2a6f2f11";

/** Members as JSON text, which may express more than a value can. */
type Members = Readonly<Record<string, string>>;

function jsonText(members: Members): string {
  return `{${
    Object.entries(members).map(([key, json]) => `"${key}": ${json}`).join(", ")
  }}`;
}

function signalText(members: Members): string {
  return jsonText({
    publisher_id: '"fio-1"',
    process_name: '"fio"',
    event: '"start"',
    runner_host: '"node-1"',
    sample_no: "-1",
    tag: '"t"',
    ...members,
  });
}

function yielded(name: string, members: Members): HostileSignal {
  return { case: name, payload: signalText(members), yields: true };
}

function rejected(name: string, members: Members): HostileSignal {
  return { case: name, payload: signalText(members), yields: false };
}

function responseText(publisherId: string, members: Members): string {
  return jsonText({
    responder_id: '"collector-1"',
    publisher_id: JSON.stringify(publisherId),
    event: '"start"',
    ras: "1",
    ...members,
  });
}

function response(
  name: string,
  answers: HostileResponse["answers"],
  members: Members,
): HostileResponse {
  return {
    case: `response: ${name}`,
    responderId: members.responder_id
      ? JSON.parse(members.responder_id)
      : "collector-1",
    payload: (publisherId) => responseText(publisherId, members),
    answers,
  };
}

/**
 * Reads a `ras` like the reference: any `ras` is an acknowledgement, and only a
 * number can be 1.
 */
function rasOf(ras: unknown): number {
  return typeof ras === "string" ? NaN : Number(ras);
}
