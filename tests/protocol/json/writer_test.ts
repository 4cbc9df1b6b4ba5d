/**
 * What stringifyJson() writes, and what it refuses by its path.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseJson } from "../../../src/protocol/json/json.ts";
import { stringifyJson } from "../../../src/protocol/json/writer.ts";
import { Random } from "../../support/random.ts";
import { randomValue } from "./random_json.ts";

Deno.test("stringifyJson() writes what parseJson() reads back", () => {
  const random = new Random(3);
  for (let i = 0; i < 2000; i++) {
    const value = randomValue(random);
    assertEquals(parseJson(stringifyJson(value, "value")), value);
  }
});

const WRITTEN: readonly (readonly [name: string, unknown, string])[] = [
  ["compactly", { a: [1, "x", null, true] }, '{"a":[1,"x",null,true]}'],
  [
    "without undefined properties",
    { a: undefined, b: 1, c: undefined },
    '{"b":1}',
  ],
  ["a bigint as digits", [2n ** 70n, -1n], "[1180591620717411303424,-1]"],
  ["a lone surrogate as an escape", "\ud800", '"\\ud800"'],
  [
    "a Date by its toJSON",
    { at: new Date(0) },
    '{"at":"1970-01-01T00:00:00.000Z"}',
  ],
  ["a URL by its toJSON", [new URL("redis://h/")], '["redis://h/"]'],
  ["a toJSON result that is undefined as no property", {
    a: { toJSON: () => undefined },
  }, "{}"],
  ["the key that toJSON is given", {
    a: [{ toJSON: (key: string) => key }],
    b: { toJSON: (key: string) => key },
  }, '{"a":["0"],"b":"b"}'],
  [
    "an object without prototype",
    Object.assign(Object.create(null), { a: 1 }),
    '{"a":1}',
  ],
  [
    "the fields of a class",
    new class {
      a = 1;
    }(),
    '{"a":1}',
  ],
  ["no symbol keys", { [Symbol("s")]: 1, a: 1 }, '{"a":1}'],
  [
    "an own __proto__",
    JSON.parse('{"__proto__":{"a":1}}'),
    '{"__proto__":{"a":1}}',
  ],
  ["the same object twice", ((o) => [o, o])({ a: 1 }), '[{"a":1},{"a":1}]'],
  ["minus zero as JSON does", -0, "0"],
  ["empty containers", [{}, []], "[{},[]]"],
];

for (const [name, value, text] of WRITTEN) {
  Deno.test(`stringifyJson() writes ${name}`, () => {
    assertEquals(stringifyJson(value, "metadata"), text);
  });
}

Deno.test("stringifyJson() finds a cycle without going around it", () => {
  let looks = 0;
  const samples = Array.from({ length: 100 }, () => ({
    get seen() {
      return ++looks;
    },
  }));
  const run: Record<string, unknown> = { samples };
  run.parent = run;
  assertThrows(
    () => stringifyJson(run, "metadata"),
    TypeError,
    "metadata.parent as it must be free of cycles",
  );
  assert(looks <= 2 * samples.length, `${looks} looks`);
});

Deno.test("stringifyJson() writes no JSON that was made elsewhere", () => {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  assertEquals(
    stringifyJson({ a: rawJSON("1e400") }, "metadata"),
    '{"a":{"rawJSON":"1e400"}}',
  );
});

const cyclic: Record<string, unknown> = { list: [] };
(cyclic.list as unknown[]).push({ back: cyclic });

const REFUSED: readonly (readonly [unknown, string])[] = [
  [
    { disk: [1, 2, { iops: NaN }] },
    "metadata.disk[2].iops as it must be finite: current value is NaN",
  ],
  [
    { a: -Infinity },
    "metadata.a as it must be finite: current value is -Infinity",
  ],
  [
    { a: 2 ** 53 },
    "metadata.a as it must be a bigint beyond the safe integers: current value is 9007199254740992",
  ],
  [{ a: 2 ** 70 }, "metadata.a as it must be a bigint"],
  [
    { a: 10n ** 4300n },
    "metadata.a as it must be an integer of at most 4300 digits",
  ],
  [
    { a: () => 1 },
    "metadata.a as it must be a JSON value: current value is a function",
  ],
  [
    { a: Symbol("s") },
    "metadata.a as it must be a JSON value: current value is Symbol(s)",
  ],
  [
    { a: [undefined] },
    "metadata.a[0] as it must be a JSON value: current value is undefined",
  ],
  // deno-lint-ignore no-sparse-arrays
  [{ a: [1, , 3] }, "metadata.a[1] as it must be a JSON value"],
  [
    undefined,
    "metadata as it must be a JSON value: current value is undefined",
  ],
  [cyclic, "metadata.list[0].back as it must be free of cycles"],
  [
    { "not a name": { "": NaN } },
    'metadata["not a name"][""] as it must be finite',
  ],
  [
    new Map([["a", 1]]),
    "metadata as it must be a plain object or have a toJSON method: current value is [object Map]",
  ],
  [{ a: new Set([1]) }, "metadata.a as it must be a plain object or have"],
  [{ a: /x/ }, "metadata.a as it must be a plain object or have"],
  [{ a: new Error("x") }, "metadata.a as it must be a plain object or have"],
  [{ a: Promise.resolve() }, "metadata.a as it must be a plain object or have"],
  [
    { a: new ArrayBuffer(1) },
    "metadata.a as it must be a plain object or have",
  ],
  [{ a: new Uint8Array(1) }, "metadata.a as it must be a plain object or have"],
  [{ a: Object(1) }, "metadata.a as it must be a plain object or have"],
  [
    {
      a: new class {
        #hidden = 1;
        get hidden() {
          return this.#hidden;
        }
      }(),
    },
    "metadata.a as it must be a plain object or have",
  ],
  [
    { a: Object.assign([], { toJSON: () => NaN }) },
    "metadata.a as it must be finite: current value is NaN",
  ],
  [
    { a: { toJSON: () => new Map() } },
    "metadata.a as it must be a plain object or have",
  ],
];

for (const [value, message] of REFUSED) {
  Deno.test(`stringifyJson() refuses ${message}`, () => {
    assertThrows(
      () => stringifyJson(value, "metadata"),
      TypeError,
      `Cannot encode ${message}`,
    );
  });
}

Deno.test("stringifyJson() stops at the depth limit", () => {
  const nested = (depth: number) => {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = [value];
    return value;
  };
  stringifyJson(nested(500), "metadata");
  for (const depth of [501, 100_000]) {
    assertThrows(
      () => stringifyJson(nested(depth), "metadata"),
      TypeError,
      "as it must be nested at most 500 levels deep",
    );
  }
  assertThrows(
    () => stringifyJson(nested(2), "metadata", { maxDepth: 1 }),
    TypeError,
    "Cannot encode metadata[0] as it must be nested at most 1 levels deep",
  );
});

Deno.test("stringifyJson() ends on a toJSON that never ends", () => {
  const endless = (): unknown => ({ next: { toJSON: endless } });
  assertThrows(
    () => stringifyJson(endless(), "metadata"),
    TypeError,
    "nested at most 500 levels deep",
  );
});

Deno.test("stringifyJson() writes any number if asked to", () => {
  assertEquals(
    stringifyJson([NaN, -Infinity, 1e20, 1e21], "message", { anyNumber: true }),
    "[NaN,-Infinity,100000000000000000000,1e+21]",
  );
});
