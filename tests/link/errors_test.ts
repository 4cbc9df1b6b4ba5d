import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  isFinal,
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
  RedisProtocolError,
  RedisReplyError,
  RedisRoleError,
  refusedConnection,
  replyError,
} from "../../src/link/errors.ts";

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
    const error = replyError(line, "do it");
    assertEquals(error.constructor, type);
    assertEquals(error.name, type.name);
    assertEquals(error.message, `Cannot do it as the server replied: ${line}`);
    assertEquals(error.code, line.split(" ")[0]);
    assertEquals(error.outcome, "not-sent");
  });
}

Deno.test("the arguments that an unknown command brings back are left out", () => {
  const { message } = replyError(
    "ERR unknown command `AUTH`, with args beginning with: `me`, `hunter2`, ",
    "log in",
  );
  assertEquals(
    message,
    "Cannot log in as the server replied: ERR unknown command `AUTH`",
  );
});

for (const told of ["hunter22 is wrong", "I got nter2 from you", "hunt"]) {
  Deno.test(`"WRONGPASS ${told}" repeats a part of the password, which is withheld`, () => {
    const error = replyError(`WRONGPASS ${told}`, "log in", "hunter22");
    assertInstanceOf(error, RedisAuthError);
    assertEquals(error.code, "WRONGPASS");
    assertEquals(
      error.message,
      "Cannot log in as the server replied: (words that are withheld, because they repeat a part of the password)",
    );
  });
}

Deno.test("a code that is a part of the password is withheld, and an empty password withholds nothing", () => {
  assertEquals(replyError("HUNTER no", "x", "HUNTER2").code, "ERR");
  assertEquals(replyError("ERR no", "x", "").code, "ERR");
  assertEquals(
    replyError("ERR no", "x", "").message,
    "Cannot x as the server replied: ERR no",
  );
});

Deno.test("a short password is withheld as a whole", () => {
  const { message } = replyError("ERR what is pw", "x", "pw");
  assert(!message.includes("pw"), message);
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
    !(replyError("ERR no", "x") instanceof
      RedisConnectionError),
  );
});

const FINAL = [
  replyError("NOAUTH Authentication required.", "use it"),
  replyError("WRONGPASS invalid username-password pair", "use it"),
  replyError("NOPERM this user has no permissions", "use it"),
  replyError("ERR DB index is out of range", "select database 99"),
  new Deno.errors.NotCapable("Requires net access"),
  new RedisConnectionError("x", {
    cause: new Deno.errors.NotCapable("Requires net access"),
  }),
  new RedisConnectionError("x", {
    cause: new Error("invalid peer certificate: UnknownIssuer"),
  }),
  new RedisRoleError("x", "sentinel"),
];

for (const error of FINAL) {
  Deno.test(`trying again can't help after ${error.name}: ${error.message}, ${(error.cause as Error)?.message}`, () => {
    assertEquals(isFinal(error), true);
  });
}

const PASSING = [
  refusedConnection(replyError("LOADING Redis is loading", "use it")),
  refusedConnection(replyError("ERR max number of clients reached", "use it")),
  new RedisRoleError("x", "replica"),
  new RedisConnectionError("Connection refused"),
  new RedisConnectionError("x", { cause: new Error("os error 104") }),
];

for (const error of PASSING) {
  Deno.test(`trying again can help after ${error.name}: ${error.message}`, () => {
    assertEquals(isFinal(error), false);
  });
}

Deno.test("a refused user is refused for good", () => {
  const refusal = replyError("WRONGPASS no", "log in");
  assertEquals(refusedConnection(refusal), refusal);
});
