/**
 * What parseJson() reads, what it refuses, and where it stops.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseJson } from "../../../src/protocol/json/json.ts";
import { heldBytes } from "../../support/memory.ts";

const PYTHON_ONLY: readonly (readonly [text: string, value: unknown])[] = [
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["\ufeff1", 1],
  ['\ufeff {"a": 1}', { a: 1 }],
  ['{"a": [NaN, -Infinity, {"b": Infinity}]}', {
    a: [NaN, -Infinity, { b: Infinity }],
  }],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["9007199254740992", 2n ** 53n],
  ["-9007199254740993", -(2n ** 53n) - 1n],
  ["1180591620717411303424", 2n ** 70n],
  ['{"a":[9223372036854775808]}', { a: [2n ** 63n] }],
  ["[1,\n9007199254740993]", [1, 2n ** 53n + 1n]],
  ["[12345678901234567890.5]", [12345678901234567890.5]],
  ["12345678901234567890e2", 12345678901234567890e2],
  ["0.30000000000000004", 0.30000000000000004],
  ["[0.30000000000000004,9007199254740993]", [
    0.30000000000000004,
    2n ** 53n + 1n,
  ]],
  ["1e400", Infinity],
  ['"\\ud800"', "\ud800"],
  ['{"a":1,"a":NaN}', { a: NaN }],
  [" \t\r\nNaN \t\r\n", NaN],
];

for (const [text, value] of PYTHON_ONLY) {
  Deno.test(`parseJson() reads ${JSON.stringify(text)} as Python does`, () => {
    assertEquals(parseJson(text), value);
  });
}

const REFUSED: readonly (readonly [text: string, message: string])[] = [
  ["", "Unexpected end at position 0"],
  ["hello", 'Unexpected "h" at position 0'],
  ["nan", 'Unexpected "n" at position 0'],
  ["-NaN", 'Unexpected "-" at position 0'],
  ["-infinity", 'Unexpected "-" at position 0'],
  ["+1", 'Unexpected "+" at position 0'],
  ["01", 'Unexpected "1" at position 1'],
  ["1.", 'Unexpected "." at position 1'],
  [".5", 'Unexpected "." at position 0'],
  ["1.5e", 'Unexpected "e" at position 3'],
  ["-", 'Unexpected "-" at position 0'],
  ["[1,]", 'Unexpected "]" at position 3'],
  ["[1 2]", 'Unexpected "2" at position 3'],
  ["[1", "Unexpected end at position 2"],
  ['{"a":1,}', 'Unexpected "}" at position 7'],
  ['{"a" 1}', 'Unexpected "1" at position 5'],
  ['{"a":1', "Unexpected end at position 6"],
  ["{1:2}", 'Unexpected "1" at position 1'],
  ["[NaN}", 'Unexpected "}" at position 4'],
  ['"open', "Unexpected end at position 5"],
  ['"open\\"', "Unexpected end at position 7"],
  [`["${"x".repeat(2000)}`, "Unexpected end at position 2002"],
  ['["tab\t"]', "Malformed string at position 1"],
  ['"\\x"', "Malformed string at position 0"],
  ['"\\u+123"', "Malformed string at position 0"],
  ["true1", 'Unexpected "1" at position 4'],
  ["-Infinity1", 'Unexpected "1" at position 9'],
  ["1\u0000", 'Unexpected "\\u0000" at position 1'],
  ["\u00a01", 'Unexpected "\u00a0" at position 0'],
  ["\ufeff\ufeff1", 'Unexpected "\ufeff" at position 1'],
  ['{"a":1}x', 'Unexpected "x" at position 7'],
];

for (const [text, message] of REFUSED) {
  Deno.test(`parseJson() refuses ${JSON.stringify(text).slice(0, 40)}`, () => {
    assertThrows(() => parseJson(text), SyntaxError, message);
  });
}

Deno.test("parseJson() finds a big integer wherever it stands", () => {
  const big = 2n ** 53n + 1n;
  for (let offset = 0; offset < 40; offset++) {
    for (const key of ["k".repeat(offset), "k".repeat(offset + 2_000)]) {
      assertEquals(
        parseJson(`{"${key}":${big},"z":0.1234567890123456789}`),
        { [key]: big, z: 0.1234567890123456789 },
      );
    }
  }
});

Deno.test("parseJson() takes digits in strings for text, however long it is", () => {
  for (const padding of ["", "x".repeat(2_000)]) {
    const value = [padding, '1"2', "\\", "12345678901234567890", 1234567890];
    assertEquals(parseJson(JSON.stringify(value)), value);
  }
});

Deno.test("parseJson() finds a big integer right behind a long fraction", () => {
  const big = 2n ** 53n + 1n;
  for (let digits = 1; digits < 40; digits++) {
    const fraction = `0.${"1".repeat(digits)}`;
    for (const text of ["", "x".repeat(2_000)]) {
      assertEquals(
        parseJson(`["${text}",${fraction},${big}]`),
        [text, Number(fraction), big],
      );
    }
  }
});

Deno.test("parseJson() limits the digits of an integer as Python does", () => {
  assertEquals(parseJson("1".repeat(4300)), BigInt("1".repeat(4300)));
  assertEquals(parseJson(`-${"1".repeat(4300)}`), -BigInt("1".repeat(4300)));
  assertThrows(
    () => parseJson(`[${"1".repeat(4301)}]`),
    SyntaxError,
    "Integer of 4301 digits at position 1",
  );
});

for (const leaf of ["1", "NaN", "9007199254740993"]) {
  Deno.test(`parseJson() stops at the depth limit around ${leaf}`, () => {
    const nested = (depth: number) =>
      "[".repeat(depth) + leaf + "]".repeat(depth);
    parseJson(nested(500));
    for (const depth of [501, 100_000]) {
      assertThrows(
        () => parseJson(nested(depth)),
        SyntaxError,
        "Nested deeper than 500 levels",
      );
    }
    parseJson(nested(3), { maxDepth: 3 });
    assertThrows(
      () => parseJson(nested(4), { maxDepth: 3 }),
      SyntaxError,
      "Nested deeper than 3 levels",
    );
  });
}

Deno.test("parseJson() stops at the depth limit of unclosed containers", () => {
  for (const opening of ["[", '{"a":']) {
    assertThrows(
      () => parseJson(opening.repeat(100_000)),
      SyntaxError,
      "Nested deeper than 500 levels",
    );
  }
});

Deno.test("parseJson() does not count brackets in strings, nor siblings", () => {
  const brackets = '\\"[{'.repeat(1000);
  assertEquals(parseJson(`["${brackets}"]`), ['"[{'.repeat(1000)]);
  for (const last of ["1", "NaN"]) {
    const siblings = "[{}],".repeat(2000);
    assertEquals((parseJson(`[${siblings}${last}]`) as unknown[]).length, 2001);
  }
});

for (const extra of ["1", "NaN"]) {
  Deno.test(`parseJson() makes __proto__ an own property beside ${extra}`, () => {
    withProtoSetter(() => {
      const object = parseJson(
        `{"__proto__":{"polluted":true},"x":${extra}}`,
      ) as Record<string, unknown>;
      assert(Object.hasOwn(object, "__proto__"));
      assertEquals(Object.getPrototypeOf(object), Object.prototype);
      assertEquals(object.polluted, undefined);
    });
  });
}

/** Deno has no such setter unless it runs with `--unstable-unsafe-proto`. */
function withProtoSetter(test: () => void): void {
  const before = Object.getOwnPropertyDescriptor(Object.prototype, "__proto__");
  Object.defineProperty(Object.prototype, "__proto__", {
    configurable: true,
    set(prototype: object) {
      Object.setPrototypeOf(this, prototype);
    },
  });
  try {
    test();
  } finally {
    delete (Object.prototype as unknown as Record<string, unknown>).__proto__;
    if (before) Object.defineProperty(Object.prototype, "__proto__", before);
  }
}

/** Texts of a mebibyte that are made of one thing again and again. */
const DENSE: Readonly<Record<string, [unit: string, open?: string]>> = {
  numbers: ["0"],
  fractions: ["0.5"],
  "empty strings": ['""'],
  "empty objects": ["{}"],
  "empty arrays": ["[]"],
  "arrays in arrays": [`${"[".repeat(400)}${"]".repeat(400)}`],
  "objects in objects": [`${'{"a":'.repeat(400)}0${"}".repeat(400)}`],
  "small objects": ['{"a":0}'],
  "objects with an index": ['{"1000":0}'],
  "objects with a great index": ['{"99999999":0}'],
  "big integers": ["9007199254740993"],
  "an index beside a NaN": ['{"1000":0}', "[NaN,"],
  "objects beside a NaN": ['{"a":0}', "[NaN,"],
  "numbers beside a NaN": ["0.5", "[NaN,"],
};

for (const [what, [unit, open = "["]] of Object.entries(DENSE)) {
  Deno.test(`parseJson() holds at most 20 bytes for each of ${what}, or refuses them`, () => {
    const count = Math.floor(2 ** 20 / (unit.length + 1));
    const text = `${open}${Array(count).fill(unit).join()}]`;
    const flat: string = JSON.parse(JSON.stringify(text));
    const before = heldBytes();
    const began = performance.now();
    let value: unknown;
    try {
      value = parseJson(flat);
    } catch (error) {
      assert(error instanceof SyntaxError, String(error));
    }
    const elapsed = performance.now() - began;
    const held = (heldBytes() - before) / flat.length;
    assert(held <= 20, `${held} bytes a byte`);
    assert(elapsed < 5_000, `${elapsed} ms`);
    assert(value === undefined || Array.isArray(value));
  });
}

Deno.test("parseJson() reads ten thousand objects however small they are, and as many numbers as it says", () => {
  const objects = `[${Array(9_000).fill("{}").join()}]`;
  assertEquals((parseJson(objects) as unknown[]).length, 9_000);
  const numbers = (count: number) => `[${"0,".repeat(count - 1)}0]`;
  assertEquals((parseJson(numbers(4_000_000)) as unknown[]).length, 4_000_000);
  assertThrows(
    () => parseJson(numbers(4_000_001)),
    SyntaxError,
    "More than 4000000 values in JSON",
  );
});

Deno.test("parseJson() keeps keys that look like indexes beside what only Python reads", () => {
  const text = '{"2":NaN,"b":1,"1":[],"__proto__":{"x":1},"2":3}';
  const object = parseJson(text) as Record<string, unknown>;
  assertEquals(Object.entries(object), [
    ["1", []],
    ["2", 3],
    ["b", 1],
    ["__proto__", { x: 1 }],
  ]);
  assertEquals(Object.getPrototypeOf(object), Object.prototype);
});
