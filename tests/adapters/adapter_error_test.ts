import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  AdapterError,
  adapterError,
  AdapterReplicaError,
  isFinal,
  isReply,
} from "../../src/adapters/adapter_error.ts";

const NODE_ERROR = Object.assign(new Error("ECONNRESET while reading"), {
  code: "ECONNRESET",
});

Deno.test("a reply has its code, and was not carried out", () => {
  for (
    const [message, code] of [
      ["NOPERM this user has no permissions", "NOPERM"],
      ["WRONGPASS invalid username-password pair", "WRONGPASS"],
      ["ERR unknown command", "ERR"],
    ] as const
  ) {
    const error = adapterError(new Error(message), "publish", "unknown");
    assertEquals([error.code, error.outcome], [code, "not-sent"]);
    assert(isReply(error));
    assert(error.message.startsWith("Cannot publish as the server replied: "));
  }
});

Deno.test("an error of the client's own leaves open what became of the message", () => {
  for (
    const thrown of [
      new Error("Socket closed unexpectedly"),
      new Error("Connection is closed."),
      new Error("connect ECONNREFUSED 127.0.0.1:1"),
      NODE_ERROR,
      "a text",
    ]
  ) {
    const error = adapterError(thrown, "publish", "unknown");
    assertEquals([error.code, error.outcome], [undefined, "unknown"]);
    assertEquals(isReply(error), false);
    assertStrictEquals(error.cause, thrown);
  }
});

Deno.test("an error of ours stays as it is", () => {
  const error = new AdapterReplicaError("a replica", { outcome: "unknown" });
  assertStrictEquals(adapterError(error, "publish"), error);
});

Deno.test("the arguments that an unknown command brings back are left out", () => {
  const thrown = new Error(
    "ERR unknown command 'HELLO', with args beginning with: '3' 'sesame'",
  );
  const { message, cause } = adapterError(thrown, "log in");
  assert(!message.includes("sesame"), message);
  assertEquals(cause, undefined);
});

Deno.test("a missing permission is final", () => {
  const cause = new Deno.errors.NotCapable("Requires net access");
  assert(isFinal(adapterError(cause, "connect")));
});

Deno.test("only a refusal of the user is final", () => {
  const replied = (text: string) => adapterError(new Error(text), "use it");
  for (
    const text of [
      "NOAUTH Authentication required.",
      "WRONGPASS invalid username-password pair or user is disabled.",
      "NOPERM this user has no permissions to run the 'ping' command",
      "ERR AUTH <password> called without any password configured",
      "ERR invalid password",
    ]
  ) assert(isFinal(replied(text)), text);
  for (
    const text of [
      "LOADING Redis is loading the dataset in memory",
      "ERR max number of clients reached",
      "Socket closed unexpectedly",
    ]
  ) assertEquals(isFinal(replied(text)), false, text);
  assertEquals(isFinal(new AdapterError("gone")), false);
  assertEquals(isFinal(new Error("NOAUTH")), false);
});
