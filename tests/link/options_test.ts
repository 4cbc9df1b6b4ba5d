import { assertEquals, assertThrows } from "@std/assert";
import {
  type LinkOptions,
  resolveLinkOptions,
} from "../../src/link/options.ts";

Deno.test("an option that is left out has its default", () => {
  assertEquals(resolveLinkOptions({ pingInterval: 1, minBackoff: 0 }), {
    connectTimeout: 20_000,
    handshakeTimeout: 5_000,
    commandTimeout: 10_000,
    pingInterval: 1,
    pingTimeout: 5_000,
    reconnectTimeout: Infinity,
    minBackoff: 0,
    maxBackoff: 2_000,
    maxPayload: 16_777_216,
  });
});

Deno.test("an option that is not a span of time is refused, and named", () => {
  const refuse = (options: unknown, ErrorClass: typeof Error, name: string) =>
    assertThrows(
      () => resolveLinkOptions(options as LinkOptions),
      ErrorClass,
      `Cannot use ${name}`,
    );
  refuse({ pingTimeout: -1 }, RangeError, "pingTimeout");
  refuse({ connectTimeout: NaN }, RangeError, "connectTimeout");
  refuse({ handshakeTimeout: "5s" }, TypeError, "handshakeTimeout");
});
