import { assertEquals, assertThrows } from "@std/assert";
import { skipUnless } from "./skip.ts";

function withCi<T>(value: string, run: () => T): T {
  const before = Deno.env.get("CI");
  Deno.env.set("CI", value);
  try {
    return run();
  } finally {
    if (before === undefined) Deno.env.delete("CI");
    else Deno.env.set("CI", before);
  }
}

function warningsOf(run: () => void): string[] {
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (text: string) => warnings.push(text.trim());
  try {
    run();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

Deno.test("a test whose needs are met is not skipped", () => {
  assertEquals(skipUnless(true, "All"), { ignore: false });
});

Deno.test("a skipped test is named in one warning", () => {
  const warnings = warningsOf(() =>
    withCi("", () => {
      assertEquals(skipUnless(false, "Time travel"), { ignore: true });
      assertEquals(skipUnless(false, "Time travel"), { ignore: true });
    })
  );
  assertEquals(warnings, [
    "SKIPPED: Time travel not tested, as what it needs is not installed",
  ]);
});

Deno.test("skipUnless() throws in CI when a need is missing", () => {
  assertThrows(
    () => withCi("true", () => skipUnless(false, "Levitation", "it is heavy")),
    Error,
    "Levitation not tested, as it is heavy",
  );
});
