import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
  RedisProtocolError,
  RedisReplyError,
  replyError,
} from "../../src/link/errors.ts";
import { ErrorReply } from "../../src/resp/reply.ts";

const REPLIES: readonly [string, typeof RedisReplyError][] = [
  [
    "WRONGPASS invalid username-password pair or user is disabled.",
    RedisAuthError,
  ],
  ["NOAUTH Authentication required.", RedisAuthError],
  ["ERR invalid password", RedisAuthError],
  ["ERR Client sent AUTH, but no password is set", RedisAuthError],
  [
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    RedisAuthError,
  ],
  ["NOPERM No permissions to access a channel", RedisPermissionError],
  ["LOADING Redis is loading the dataset in memory", RedisReplyError],
  ["ERR max number of clients reached", RedisReplyError],
  ["OOPS", RedisReplyError],
];

for (const [line, type] of REPLIES) {
  Deno.test(`"${line}" becomes a ${type.name}`, () => {
    const error = replyError(new ErrorReply(line), "do it");
    assertEquals(error.constructor, type);
    assertEquals(error.name, type.name);
    assertEquals(error.message, `Cannot do it as the server replied: ${line}`);
    assertEquals(error.code, line.split(" ")[0]);
    assertEquals(error.outcome, "not-sent");
  });
}

Deno.test("the arguments that an unknown command brings back are left out", () => {
  const { message } = replyError(
    new ErrorReply(
      "ERR unknown command `AUTH`, with args beginning with: `me`, `hunter2`, ",
    ),
    "log in",
  );
  assertEquals(
    message,
    "Cannot log in as the server replied: ERR unknown command `AUTH`",
  );
});

Deno.test("a secret that the server repeats is withheld, and the kind of error is the same", () => {
  const error = replyError(
    new ErrorReply("WRONGPASS PASS is wrong"),
    "log in",
    "PASS",
  );
  assertInstanceOf(error, RedisAuthError);
  assertEquals(
    error.message,
    "Cannot log in as the server replied: WRONG*** *** is wrong",
  );
  assertEquals(error.code, "WRONGPASS");
  assertEquals(replyError(new ErrorReply("PASS no"), "x", "PASS").code, "***");
  assertEquals(replyError(new ErrorReply("ERR no"), "x", "").code, "ERR");
});

Deno.test("a connection error says whether the command may have been carried out", () => {
  const cause = new Error("why");
  assertEquals(new RedisConnectionError("x").outcome, "not-sent");
  const unknown = new RedisConnectionError("x", { cause, outcome: "unknown" });
  assertEquals([unknown.outcome, unknown.cause], ["unknown", cause]);
});

Deno.test("a protocol error is a connection error, a refusal is none", () => {
  const error = new RedisProtocolError("x");
  assertInstanceOf(error, RedisConnectionError);
  assertEquals(error.name, "RedisProtocolError");
  assert(
    !(replyError(new ErrorReply("ERR no"), "x") instanceof
      RedisConnectionError),
  );
});
