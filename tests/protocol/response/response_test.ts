/**
 * Responses, against what Python encodes and takes.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseJson } from "../../../src/protocol/json/json.ts";
import { PayloadError } from "../../../src/protocol/payload_error.ts";
import {
  parseResponse,
  type Response,
} from "../../../src/protocol/response/response.ts";
import { vectors } from "../vectors.ts";
import { encodeResponse } from "../../support/payloads.ts";

const RESPONSE: Response = {
  responderId: "r-resp",
  publisherId: "fio-1",
  event: "start",
};

const NAMES = '"responder_id":"r-resp","publisher_id":"fio-1","event":"start"';

/** Fields named as in Python, as a response; ras and message as given. */
function responseOf(fields: Record<string, unknown>): Response {
  const { ras, message } = fields;
  return {
    responderId: fields.responder_id as string,
    publisherId: fields.publisher_id as string,
    event: fields.event as string,
    ...(ras !== undefined && { ras: ras as number }),
    ...(message !== undefined && { message: message as string }),
  };
}

for (const [i, { fields, payload }] of vectors.responses_encoded.entries()) {
  Deno.test(`encodeResponse() writes the fields of Python's response ${i}, in its order`, () => {
    const encoded = encodeResponse(responseOf(fields));
    const written = parseJson(encoded) as Record<string, unknown>;
    const python = parseJson(payload) as Record<string, unknown>;
    assertEquals(written, python);
    assertEquals(Object.keys(written), Object.keys(python));
  });
  Deno.test(`parseResponse() reads Python's response ${i}`, () => {
    assertEquals(parseResponse(payload), responseOf(fields));
  });
}

/** Where a typed response cannot be what Python's dictionary is. */
const CONVERTED: Record<string, Partial<Response>> = {
  "ras string": { ras: NaN },
  "ras true": { ras: 1 },
  "message number": { message: "5" },
};

for (const { case: name, payload, python } of vectors.exporter_accepts) {
  const { returns } = python;
  if (typeof returns === "object" && returns !== null) {
    Deno.test(`parseResponse() reads what Python's exporter takes: ${name}`, () => {
      assertEquals(parseResponse(payload), {
        ...responseOf(returns),
        ...CONVERTED[name],
      });
    });
  } else {
    Deno.test(`parseResponse() refuses: ${name}`, () => {
      assertThrows(() => parseResponse(payload), PayloadError);
    });
  }
}

Deno.test("encodeResponse() leaves out what is undefined", () => {
  assertEquals(encodeResponse(RESPONSE), `{${NAMES}}`);
  assertEquals(
    encodeResponse({ ...RESPONSE, ras: 0, message: "" }),
    `{${NAMES},"ras":0,"message":""}`,
  );
});

const UNSENDABLE: readonly (readonly [string, unknown, string])[] = [
  [
    "responderId",
    undefined,
    "responderId must be a string: current value is undefined",
  ],
  ["publisherId", 1, "publisherId must be a string: current value is 1"],
  ["event", null, "event must be a string: current value is null"],
  ["ras", 1.5, "ras must be a safe integer: current value is 1.5"],
  ["ras", NaN, "ras must be a safe integer: current value is NaN"],
  ["ras", 2 ** 53, "ras must be a safe integer"],
  ["ras", 1n, "ras must be a safe integer: current value is 1n"],
  ["ras", "1", 'ras must be a safe integer: current value is "1"'],
  ["ras", null, "ras must be a safe integer: current value is null"],
  ["message", 5, "message must be a string: current value is 5"],
  ["message", null, "message must be a string: current value is null"],
];

for (const [field, value, message] of UNSENDABLE) {
  Deno.test(`encodeResponse() refuses: ${message}`, () => {
    const response = { ...RESPONSE, [field]: value };
    assertThrows(
      () => encodeResponse(response),
      TypeError,
      `Cannot encode the response as ${message}`,
    );
  });
}

const RAS: readonly (readonly [json: string, ras: number])[] = [
  ["1", 1],
  ["1.0", 1],
  ["0", 0],
  ["-3", -3],
  ["1.5", 1.5],
  ["true", 1],
  ["false", 0],
  ["null", NaN],
  ['"1"', NaN],
  ["[1]", NaN],
  ["{}", NaN],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["9223372036854775808", 2 ** 63],
  ["9223372036854775809", NaN],
  ["9".repeat(400), NaN],
];

for (const [json, ras] of RAS) {
  Deno.test(`parseResponse() reads a ras of ${json.slice(0, 20)} as ${ras}`, () => {
    assertEquals(parseResponse(`{${NAMES},"ras":${json}}`), {
      ...RESPONSE,
      ras,
    });
  });
}

Deno.test("parseResponse() reads a ras of -0 as 0, which it equals for Python", () => {
  const { ras } = parseResponse(`{${NAMES},"ras":-0}`);
  assert(Object.is(ras, 0));
});

const MESSAGES: readonly (readonly [json: string, message?: string])[] = [
  ['"done"', "done"],
  ['""', ""],
  ["null"],
  ["5", "5"],
  ["true", "true"],
  ["9007199254740993", "9007199254740993"],
  ['{"a": [1, NaN, 1e20]}', '{"a":[1,NaN,100000000000000000000]}'],
];

for (const [json, message] of MESSAGES) {
  Deno.test(`parseResponse() reads a message of ${json}`, () => {
    assertEquals(
      parseResponse(`{${NAMES},"message":${json}}`),
      message === undefined ? RESPONSE : { ...RESPONSE, message },
    );
  });
}

const UNREADABLE: readonly (readonly [payload: string, reason: string])[] = [
  ["[]", "it must be a JSON object: current value is an array"],
  ["null", "it must be a JSON object: current value is null"],
  ["x", 'it is not JSON: Unexpected "x" at position 0'],
  ['{"responder_id":"r","publisher_id":"p"}', "event is missing"],
  [
    '{"responder_id":"r","publisher_id":null,"event":"e"}',
    "publisher_id must be a string: current value is null",
  ],
  [
    '{"responder_id":1,"publisher_id":"p","event":"e"}',
    "responder_id must be a string: current value is 1",
  ],
];

for (const [payload, reason] of UNREADABLE) {
  Deno.test(`parseResponse() says of ${payload}: ${reason}`, () => {
    const error = assertThrows(
      () => parseResponse(payload),
      PayloadError,
      `Cannot read the payload as a response as ${reason}`,
    );
    assert(error.reason.startsWith(reason));
  });
}

Deno.test("parseResponse() does not read through Object.prototype", () => {
  const prototype = Object.prototype as unknown as Record<string, unknown>;
  prototype.ras = 1;
  prototype.responder_id = "inherited";
  try {
    assert(!Object.hasOwn(parseResponse(`{${NAMES}}`), "ras"));
    assertThrows(
      () => parseResponse('{"publisher_id":"p","event":"e"}'),
      PayloadError,
      "responder_id is missing",
    );
  } finally {
    delete prototype.ras;
    delete prototype.responder_id;
  }
});

Deno.test("the fast path reads a response as the general reader does", () => {
  const head = '{"responder_id":"r","publisher_id":"p","event":"e"';
  const texts = [
    ...["1", "0", "-0", "-7", "1.0", "007", "true", "1e2", "9007199254740993"]
      .map((ras) => `${head},"ras":${ras}}`),
    `${head},"ras":1,"_ss":{"v":2,"id":"7"}}`,
    `${head},"ras":1,"_ss":{"v":2,"id":"7"}}`,
    `${head},"ras":1,"_ss":{"v":2,"id":"7","alive":true}}`,
    `${head},"ras":1,"_ss":{"v":2,"id":7}}`,
    `${head},"ras":1,"ras":0}`,
    `${head},"ras":1,"message":"done"}`,
    `${head},"ras":1} `,
    `${head},"ras":1`,
    head.replace('"r"', String.raw`"\u0072"`) + ',"ras":1}',
    head.replace('"r"', '"a\tb"') + ',"ras":1}',
    `${head},"ras":1}`.replaceAll('":', '": ').replaceAll(',"', ', "'),
  ];
  const outcome = (text: string) => {
    try {
      return parseResponse(text);
    } catch (error) {
      assert(error instanceof PayloadError);
      return "refused";
    }
  };
  // White space before it makes the payload one that is read with care.
  for (const text of texts) assertEquals(outcome(text), outcome(` ${text}`));
});
