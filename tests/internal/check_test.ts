import { assertEquals, assertThrows } from "@std/assert";
import {
  checkOptions,
  checkSpan,
  checkText,
  checkTexts,
  checkWhole,
} from "../../src/internal/check.ts";

/** What a caller without types may hand in. */
// deno-lint-ignore no-explicit-any
const untyped = (value: unknown): any => value;

Deno.test("checkText takes strings alone, and names what is none", () => {
  checkText("", "tag");
  const wrong: [unknown, string][] = [
    [undefined, "undefined"],
    [null, "null"],
    [7, "7"],
    [7n, "7n"],
    [["a"], "an array"],
    [Object.create(null), "[object Object]"],
    [Symbol("s"), "Symbol(s)"],
  ];
  for (const [value, shown] of wrong) {
    assertThrows(
      () => checkText(untyped(value), "tag"),
      TypeError,
      `Cannot use tag as it must be a string: current value is ${shown}`,
    );
  }
});

Deno.test("checkTexts takes arrays of strings alone, and names the item that is none", () => {
  checkTexts([], "events");
  checkTexts(["a", ""], "events");
  for (const value of ["start", undefined, { length: 0 }]) {
    assertThrows(
      () => checkTexts(untyped(value), "events"),
      TypeError,
      "Cannot use events as it must be an array of strings",
    );
  }
  assertThrows(
    () => checkTexts(untyped(["a", 1]), "events"),
    TypeError,
    "Cannot use events[1] as it must be a string: current value is 1",
  );
});

Deno.test("checkTexts names what else its caller may have meant", () => {
  assertThrows(
    () => checkTexts(untyped("3"), "parties", "a number or strings"),
    TypeError,
    'Cannot use parties as it must be a number or strings: current value is "3"',
  );
});

Deno.test("checkOptions names an own key that is no option, and passes over inherited ones", () => {
  const names = { tag: true, timeout: true } as const;
  class Mine {
    tag = "own";
  }
  Object.assign(Mine.prototype, { inherited: 1 });
  const hidden = Object.defineProperty({}, "hidden", { value: 1 });
  for (const options of [{}, { tag: 1, timeout: undefined }, new Mine()]) {
    checkOptions(untyped(options), names);
  }
  for (const options of [hidden, { [Symbol("s")]: 1 }, Object.create(names)]) {
    checkOptions(untyped(options), names);
  }
  for (const key of ["other", "toString", "constructor", "__proto__"]) {
    assertThrows(
      () => checkOptions(untyped({ tag: 1, [key]: undefined }), names),
      TypeError,
      `Cannot use the option ${key} as there is none of that name: there are tag, timeout`,
    );
  }
});

Deno.test("checkWhole takes whole numbers within its bounds", () => {
  assertEquals([1, 3].map((n) => checkWhole(n, "n", 1, 3)), [1, 3]);
  const shown = ["0", "4", "1.5", "NaN", "Infinity", '"2"', "2n"];
  [0, 4, 1.5, NaN, Infinity, "2", 2n].forEach((value, n) => {
    assertThrows(
      () => checkWhole(untyped(value), "count", 1, 3),
      RangeError,
      `Cannot use count as it must be a whole number from 1 to 3: current value is ${
        shown[n]
      }`,
    );
  });
});

Deno.test("checkSpan takes any span of time from 0 to for ever", () => {
  const spans = [0, 0.5, 2 ** 40, Infinity];
  assertEquals(spans.map((ms) => checkSpan(ms, "timeout")), spans);
  for (const value of [-1, -Infinity, NaN]) {
    assertThrows(
      () => checkSpan(value, "timeout"),
      RangeError,
      `Cannot use timeout as it must be 0 or more milliseconds: current value is ${value}`,
    );
  }
  for (const value of ["1", null, 1n]) {
    assertThrows(
      () => checkSpan(untyped(value), "timeout"),
      TypeError,
      "Cannot use timeout as it must be a number of milliseconds",
    );
  }
});
