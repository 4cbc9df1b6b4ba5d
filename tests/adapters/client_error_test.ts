import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { clientError } from "../../src/adapters/client_error.ts";
import {
  isFinal,
  RedisConnectionError,
  RedisReplyError,
  RedisRoleError,
} from "../../src/link/errors.ts";

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
    const error = clientError(new Error(message), "publish", "unknown");
    assertInstanceOf(error, RedisReplyError);
    const { code: told } = error as RedisReplyError;
    assertEquals([told, error.outcome], [code, "not-sent"]);
    assert(error.message.startsWith("Cannot publish as the server replied: "));
  }
});

Deno.test("an error of the client itself leaves the outcome of the message open", () => {
  for (
    const thrown of [
      new Error("Socket closed unexpectedly"),
      new Error("Connection is closed."),
      new Error("connect ECONNREFUSED 127.0.0.1:1"),
      NODE_ERROR,
      "a text",
    ]
  ) {
    const error = clientError(thrown, "publish", "unknown");
    assertInstanceOf(error, RedisConnectionError);
    assertEquals(error.outcome, "unknown");
    assertStrictEquals(error.cause, thrown);
  }
});

Deno.test("an error of this module is not changed", () => {
  const error = new RedisRoleError("a replica", "replica");
  assertStrictEquals(clientError(error, "publish"), error);
});

Deno.test("the arguments that an unknown command brings back are left out", () => {
  const thrown = new Error(
    "ERR unknown command 'HELLO', with args beginning with: '3' 'sesame'",
  );
  const { message, cause } = clientError(thrown, "log in");
  assert(!message.includes("sesame"), message);
  assertEquals(cause, undefined);
});

Deno.test("a missing permission is final", () => {
  const cause = new Deno.errors.NotCapable("Requires net access");
  assert(isFinal(clientError(cause, "connect")));
});
