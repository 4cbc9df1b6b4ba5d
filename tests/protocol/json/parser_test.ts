/**
 * The tolerant parser against JSON.parse, and what only it can do.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { parsePythonJson } from "../../../src/protocol/json/parser.ts";
import { Random } from "../../support/random.ts";
import { randomLayout, randomValue } from "./random_json.ts";

const OPTIONS = { maxDepth: 500 };

Deno.test("parsePythonJson() agrees with JSON.parse on random texts", () => {
  const random = new Random(1);
  for (let i = 0; i < 2000; i++) {
    const value = withoutBigInts(randomValue(random));
    const text = randomLayout(random, value);
    const expected = JSON.parse(text);
    assertEquals(parsePythonJson(text, OPTIONS), expected, text);
    assertEquals(
      JSON.stringify(parsePythonJson(text, OPTIONS)),
      JSON.stringify(expected),
    );
  }
});

Deno.test("parsePythonJson() refuses what JSON.parse refuses, damaged at random", () => {
  const random = new Random(2);
  for (let i = 0; i < 5000; i++) {
    const text = damage(
      random,
      randomLayout(random, withoutBigInts(randomValue(random))),
    );
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      assertThrows(() => parsePythonJson(text, OPTIONS), SyntaxError);
      continue;
    }
    assertEquals(
      JSON.stringify(parsePythonJson(text, OPTIONS), bigIntsAsNumbers),
      JSON.stringify(expected),
      text,
    );
  }
});

Deno.test("parsePythonJson() calls parseFloat for numbers with a point or an exponent", () => {
  const literals: string[] = [];
  const value = parsePythonJson("[1, 1.0, -2e3, 9007199254740993, NaN]", {
    maxDepth: 1,
    parseFloat: (literal) => {
      literals.push(literal);
      return "float";
    },
  });
  assertEquals(value, [1, "float", "float", 2n ** 53n + 1n, NaN]);
  assertEquals(literals, ["1.0", "-2e3"]);
});

Deno.test("parsePythonJson() keeps the sign of a zero", () => {
  assertEquals(Object.is(parsePythonJson("-0", OPTIONS), -0), true);
});

Deno.test("parsePythonJson() reads megabytes in one token", () => {
  const text = "x\\n".repeat(1_000_000);
  assertEquals(parsePythonJson(`"${text}"`, OPTIONS), "x\n".repeat(1_000_000));
  const backslashes = "\\".repeat(1_000_000);
  assertEquals(
    parsePythonJson(`"${backslashes}"`, OPTIONS),
    "\\".repeat(500_000),
  );
  assertEquals(
    parsePythonJson(`0.${"1".repeat(1_000_000)}`, OPTIONS),
    0.1111111111111111,
  );
});

function withoutBigInts(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(
      value,
      (_key, value) => typeof value === "bigint" ? null : value,
    ),
  );
}

function bigIntsAsNumbers(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

function damage(random: Random, text: string): string {
  const at = random.int(0, text.length - 1);
  const noise = random.pick([...'"\\{}[],:0-.e tu\n\u00a0']);
  return text.slice(0, at) + noise + text.slice(at + random.int(0, 1));
}
