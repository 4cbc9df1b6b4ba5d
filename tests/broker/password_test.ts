import { assert } from "@std/assert";
import { Password } from "../../src/broker/password.ts";

const encoder = new TextEncoder();

Deno.test("only the password itself is equal to it", () => {
  const password = new Password("geheim-ä");
  assert(password.equals(encoder.encode("geheim-ä")));
  for (
    const other of [
      "",
      "g",
      "geheim-",
      "geheim-äg",
      "geheim-ägeheim-ä",
      "Geheim-ä",
    ]
  ) {
    assert(!password.equals(encoder.encode(other)), other);
  }
});
