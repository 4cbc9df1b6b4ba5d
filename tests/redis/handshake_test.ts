import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { Connection } from "../../src/redis/connection/connection.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
  RedisProtocolError,
  RedisReplyError,
  RedisRoleError,
} from "../../src/link/errors.ts";
import { openConnection } from "../../src/redis/handshake.ts";
import type { RedisOptions } from "../../src/redis/options.ts";
import { resolveOptions, serverSettings } from "../../src/redis/settings.ts";
import {
  type FakePeer,
  FakeServer,
  type Script,
} from "../support/fake_server.ts";

const OK = "+OK\r\n";
const PONG = "+PONG\r\n";

function open(
  server: FakeServer,
  options: RedisOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Connection> {
  const settings = resolveOptions({ url: server.url, ...options });
  return openConnection(serverSettings(settings, settings.endpoints[0]!), {
    signal,
    sink: undefined,
  });
}

/** Expects each command and sends its reply. */
function dialogue(...lines: [string[], string][]): Script {
  return async (peer) => {
    for (const [command, reply] of lines) {
      await peer.expect(...command);
      await peer.reply(reply);
    }
  };
}

/** The server's side ends when the client has hung up. */
function thenEnd(script: Script): Script {
  return async (peer) => {
    await script(peer);
    await peer.expectEnd();
  };
}

const MASTER = "*3\r\n+master\r\n:0\r\n*0\r\n";

const GREETINGS: readonly [string, RedisOptions, [string[], string][]][] = [
  ["nothing but HELLO and PING", {}, [[["HELLO", "3"], OK], [["PING"], PONG]]],
  ["RESP2 on demand", { protocol: 2 }, [
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["a password", { password: "secret" }, [
    [["HELLO", "3", "AUTH", "default", "secret"], OK],
    [["PING"], PONG],
  ]],
  ["a user, a name and a database", {
    username: "me",
    password: "secret",
    clientName: "name",
    db: 2,
  }, [
    [["HELLO", "3", "AUTH", "me", "secret", "SETNAME", "name"], OK],
    [["PING"], PONG],
    [["SELECT", "2"], OK],
  ]],
  ["a user who needs no password", { username: "me" }, [
    [["HELLO", "3", "AUTH", "me", ""], OK],
    [["PING"], PONG],
  ]],
  ["no HELLO at the server", { password: "secret", clientName: "name" }, [
    [
      ["HELLO", "3", "AUTH", "default", "secret", "SETNAME", "name"],
      "-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, \r\n",
    ],
    [["AUTH", "secret"], OK],
    [["CLIENT", "SETNAME", "name"], OK],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["no RESP3 at the server", { username: "me", password: "secret" }, [
    [["HELLO", "3", "AUTH", "me", "secret"], "-NOPROTO sorry\r\n"],
    [["AUTH", "me", "secret"], OK],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["a password for a proxy that wants AUTH first", { password: "secret" }, [
    [["HELLO", "3", "AUTH", "default", "secret"], "-NOAUTH log in first\r\n"],
    [["AUTH", "secret"], OK],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["a server that refuses HELLO in words of its own", {
    username: "me",
    password: "secret",
  }, [
    [["HELLO", "3", "AUTH", "me", "secret"], "-OOPS command not allowed\r\n"],
    [["AUTH", "me", "secret"], OK],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["a server that knows no users", {
    username: "me",
    password: "secret",
    protocol: 2,
  }, [
    [["AUTH", "me", "secret"], "-ERR wrong number of arguments\r\n"],
    [["AUTH", "secret"], OK],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["a sentinel's HELLO, which has no role, at a master all the same", {}, [
    [["HELLO", "3"], "%1\r\n+mode\r\n+sentinel\r\n"],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["KeyDB's active replica, which passes messages on", {}, [
    [["HELLO", "3"], "%1\r\n+role\r\n+active-replica\r\n"],
    [["PING"], PONG],
    [["ROLE"], "*2\r\n+active-replica\r\n*0\r\n"],
  ]],
  ["a replica in a cluster, where any node passes messages on", {}, [
    [
      ["HELLO", "3"],
      "%2\r\n+role\r\n+replica\r\n+mode\r\n+cluster\r\n",
    ],
    [["PING"], PONG],
  ]],
  ["no permission for HELLO", {}, [
    [["HELLO", "3"], "-NOPERM no permission to run 'hello'\r\n"],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
  ["a server that takes no name", { clientName: "name" }, [
    [["HELLO", "3", "SETNAME", "name"], "-ERR unknown command 'HELLO'\r\n"],
    [["CLIENT", "SETNAME", "name"], "-ERR unknown command 'CLIENT'\r\n"],
    [["PING"], PONG],
    [["ROLE"], MASTER],
  ]],
];

for (const [what, options, lines] of GREETINGS) {
  Deno.test(`a connection is opened with ${what}`, async () => {
    await using server = FakeServer.listen(thenEnd(dialogue(...lines)));
    const connection = await open(server, options);
    assertEquals(connection.cause, undefined);
    connection.close(new Error("the test is over"));
  });
}

const REFUSALS: readonly [
  string,
  RedisOptions,
  Script,
  typeof RedisReplyError,
][] = [
  [
    "WRONGPASS",
    { password: "hunter2" },
    dialogue([
      ["HELLO", "3", "AUTH", "default", "hunter2"],
      "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
    ]),
    RedisAuthError,
  ],
  [
    "NOAUTH",
    {},
    dialogue([["HELLO", "3"], "-NOAUTH HELLO must be called with AUTH\r\n"]),
    RedisAuthError,
  ],
  [
    "an old server's invalid password",
    { password: "hunter2" },
    dialogue(
      [
        ["HELLO", "3", "AUTH", "default", "hunter2"],
        "-ERR unknown command\r\n",
      ],
      [["AUTH", "hunter2"], "-ERR invalid password\r\n"],
    ),
    RedisAuthError,
  ],
  [
    "a SELECT that is refused",
    { db: 99 },
    dialogue(
      [["HELLO", "3"], OK],
      [["PING"], PONG],
      [["SELECT", "99"], "-ERR DB index is out of range\r\n"],
    ),
    RedisReplyError,
  ],
  [
    "NOPERM for PING",
    {},
    dialogue([["HELLO", "3"], OK], [["PING"], "-NOPERM no\r\n"]),
    RedisPermissionError,
  ],
];

for (const [what, options, script, type] of REFUSALS) {
  Deno.test(`${what} is a ${type.name}, and the connection is closed`, async () => {
    await using server = FakeServer.listen(thenEnd(script));
    const error = await assertRejects(() => open(server, options), type);
    assert(!Deno.inspect(error).includes("hunter2"));
  });
}

for (
  const [role, reply] of [
    ["sentinel", "*2\r\n+sentinel\r\n*1\r\n+mymaster\r\n"],
    ["replica", "*3\r\n+slave\r\n+10.0.0.1\r\n:6379\r\n"],
  ] as const
) {
  Deno.test(`a ${role} is refused by its role`, async () => {
    await using server = FakeServer.listen(thenEnd(dialogue(
      [["HELLO", "3"], "-ERR unknown command\r\n"],
      [["PING"], PONG],
      [["ROLE"], reply],
    )));
    const error = await assertRejects(() => open(server), RedisRoleError, role);
    assertEquals(error.role, role);
  });
}

const FAILURES: readonly [string, string, Script][] = [
  [
    "LOADING",
    "LOADING Redis is loading",
    thenEnd(dialogue(
      [["HELLO", "3"], OK],
      [["PING"], "-LOADING Redis is loading the dataset in memory\r\n"],
    )),
  ],
  [
    "too many clients",
    "max number of clients reached",
    async (peer) => {
      await peer.reply("-ERR max number of clients reached\r\n");
      peer.close();
    },
  ],
  [
    "a server that hangs up",
    "the server closed the connection",
    async (peer) => {
      await peer.next();
      peer.close();
    },
  ],
];

for (const [what, message, script] of FAILURES) {
  Deno.test(`${what} is a failed connection, so that it is tried again`, async () => {
    await using server = FakeServer.listen(script);
    const error = await assertRejects(() => open(server), RedisConnectionError);
    assertEquals(error.outcome, "not-sent");
    assertStringIncludes(error.message, message);
    assertStringIncludes(error.message, `127.0.0.1:${server.port}`);
    assert(!error.message.includes("carried out"));
  });
}

Deno.test("the reply of a web server is a protocol error", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.next();
    await peer.reply("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    await peer.expectEnd();
  });
  const error = await assertRejects(() => open(server), RedisProtocolError);
  assertStringIncludes(error.message, 'begins with "H"');
});

Deno.test("the alert of a TLS server is a protocol error that names the right scheme", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.next();
    await peer.reply("\x15\x03\x01\x00\x02\x02\x16");
    await peer.expectEnd();
  });
  await assertRejects(
    () => open(server),
    RedisProtocolError,
    "if the server speaks TLS, use rediss://",
  );
});

Deno.test("a reply without a command is a protocol error", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.expect("HELLO", "3");
    await peer.reply(OK);
    await peer.expect("PING");
    await peer.reply(PONG + PONG);
    await peer.expectEnd();
  });
  await assertRejects(
    () => open(server),
    RedisProtocolError,
    "a reply that no command waits for",
  );
});

const mute: Script = async (peer: FakePeer) => {
  await peer.expect("HELLO", "3");
  await peer.expectEnd();
};

Deno.test("an abort ends the greeting with its reason", async () => {
  await using server = FakeServer.listen(mute);
  const abort = new AbortController();
  const reason = new Error("enough");
  const opening = open(server, {}, abort.signal);
  setTimeout(() => abort.abort(reason), 20);
  assertEquals(await assertRejects(() => opening), reason);
});

Deno.test("an abort before the dial leaves no connection behind", async () => {
  await using server = FakeServer.listen((peer) => peer.expectEnd());
  const reason = new Error("enough");
  const opening = open(server, {}, AbortSignal.abort(reason));
  assertEquals(await assertRejects(() => opening), reason);
});

Deno.test("a refusal that may pass keeps the server's reply as its cause", async () => {
  await using server = FakeServer.listen(
    thenEnd(dialogue([["HELLO", "3"], OK], [["PING"], "-BUSY a script\r\n"])),
  );
  const error = await assertRejects(() => open(server), RedisConnectionError);
  assertInstanceOf(error.cause, RedisReplyError);
  assertEquals(error.cause.code, "BUSY");
});
