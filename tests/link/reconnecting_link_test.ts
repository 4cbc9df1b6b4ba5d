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
} from "../../src/link/errors.ts";
import {
  ReconnectingLink,
  type ReconnectingLinkOptions,
} from "../../src/link/reconnecting_link.ts";
import { openConnection } from "../../src/redis/handshake.ts";
import type { RedisOptions } from "../../src/redis/options.ts";
import { resolveOptions, serverSettings } from "../../src/redis/settings.ts";
import { FakeServer, type Script } from "../support/fake_server.ts";
import { freePort } from "../support/free_port.ts";
import { until, within } from "../support/wait.ts";

const FAST = { minBackoff: 5, maxBackoff: 20 };

const CLOSED = new RedisConnectionError("The link is closed");

type Link = ReconnectingLink<Connection>;
type Hooks = Partial<ReconnectingLinkOptions<Connection>>;

function linkTo(
  server: { url: string },
  options: RedisOptions = {},
  hooks: Hooks = {},
): Link {
  const settings = resolveOptions({ url: server.url, ...FAST, ...options });
  const { name, endpoints } = settings;
  return new ReconnectingLink({
    name,
    settings,
    servers: endpoints.length,
    dial: (options) => {
      const endpoint = endpoints[options.attempt % endpoints.length]!;
      return openConnection(serverSettings(settings, endpoint), options);
    },
    ...hooks,
  });
}

/** Greets and stays until the client has hung up. */
const serve: Script = async (peer) => {
  await peer.greet();
  await peer.expectEnd();
};

/** Greets, and hangs up when told to. */
function serveUntilCut(): { script: Script; cut(): void } {
  const told = Promise.withResolvers<void>();
  const script: Script = async (peer) => {
    await peer.greet();
    await told.promise;
    peer.close();
  };
  return { script, cut: told.resolve };
}

/** Hangs up at once. */
const cut: Script = async (peer) => {
  await peer.next();
  peer.close();
};

/** Says nothing until the client has hung up. */
const stayMute: Script = async (peer) => {
  await peer.next();
  await peer.expectEnd();
};

const loading: Script = async (peer) => {
  await peer.expect("HELLO", "3");
  await peer.reply("+OK\r\n");
  await peer.expect("PING");
  await peer.reply("-LOADING Redis is loading the dataset in memory\r\n");
  await peer.expectEnd();
};

const full: Script = async (peer) => {
  await peer.reply("-ERR max number of clients reached\r\n");
  peer.close();
};

/** Wants a password. */
const refusing: Script = async (peer) => {
  await peer.next();
  await peer.reply(
    "-NOAUTH HELLO must be called with the client already authenticated\r\n",
  );
  await peer.expectEnd();
};

/** Something that is no Redis. */
const web: Script = async (peer) => {
  await peer.next();
  await peer.reply("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  peer.close();
};

/** A server that nobody has started. */
function nobody(): { url: string; port: number } {
  const port = freePort();
  return { url: `redis://me:hunter2@127.0.0.1:${port}`, port };
}

for (
  const [what, script] of [["loads its data", loading], ["is full", full], [
    "hangs up",
    cut,
  ]] as const
) {
  Deno.test(`opening is tried again while the server ${what}`, async () => {
    await using server = FakeServer.listen(script, script, serve);
    const link = linkTo(server);
    await link.whenReady();
    assertEquals(server.connections, 3);
    assertEquals(link.current?.cause, undefined);
    await link.close(CLOSED);
  });
}

Deno.test("a wrong password is not tried again", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.next();
    await peer.reply("-WRONGPASS no\r\n");
    await peer.expectEnd();
  });
  const link = linkTo(server, { password: "hunter2" });
  await assertRejects(() => link.whenReady(), RedisAuthError);
  assertEquals(server.connections, 1);
  await assertRejects(() => link.whenUp(1_000), RedisAuthError);
  await link.close(CLOSED);
});

Deno.test("with a connectTimeout of 0 there is one try", async () => {
  await using server = FakeServer.listen(cut);
  const link = linkTo(server, { connectTimeout: 0 });
  await assertRejects(() => link.whenReady(), RedisConnectionError);
  assertEquals(server.connections, 1);
});

Deno.test("a short connectTimeout is filled with tries", async () => {
  await using server = FakeServer.listen(cut);
  const link = linkTo(server, { connectTimeout: 200 });
  await assertRejects(() => link.whenReady(), RedisConnectionError);
  assert(server.connections >= 3, `${server.connections} tries`);
});

Deno.test("a mute server does not outlast a connectTimeout below the handshakeTimeout", async () => {
  await using server = FakeServer.listen(stayMute);
  const link = linkTo(server, {
    connectTimeout: 300,
    handshakeTimeout: 60_000,
  });
  const opening = assertRejects(() => link.whenReady(), RedisConnectionError);
  await within(opening, { timeout: 5_000, what: "the link to give up" });
});

Deno.test("the error of a failed opening names host, port and cause, and no credential", async () => {
  const server = nobody();
  const link = linkTo(server, { connectTimeout: 0 });
  const error = await assertRejects(
    () => link.whenReady(),
    RedisConnectionError,
  );
  assertStringIncludes(error.message, `127.0.0.1:${server.port}`);
  assertStringIncludes(error.message, "Connection refused");
  assertInstanceOf(error.cause, Deno.errors.ConnectionRefused);
  assertEquals(error.outcome, "not-sent");
  assert(!Deno.inspect(error).includes("hunter2"));
});

Deno.test("a host name that can't be resolved is a connection error that names it", async () => {
  const link = linkTo({ url: "redis://no-such-host.invalid" }, {
    connectTimeout: 0,
  });
  const error = await assertRejects(
    () => link.whenReady(),
    RedisConnectionError,
  );
  assertStringIncludes(error.message, "redis://no-such-host.invalid:6379");
});

for (
  const [what, script] of [["greeting", stayMute], [
    "waiting to try again",
    cut,
  ]] as const
) {
  Deno.test(`an abort while ${what} ends the opening with its reason`, async () => {
    await using server = FakeServer.listen(script);
    const link = linkTo(server, {
      minBackoff: 60_000,
      maxBackoff: 60_000,
      connectTimeout: Infinity,
    });
    const abort = new AbortController();
    const reason = new Error("enough");
    const opening = assertRejects(() => link.whenReady(abort.signal));
    await until(() => server.connections === 1, { what: "a connection" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort(reason);
    assertEquals(await opening, reason);
  });

  Deno.test(`closing while ${what} ends the opening`, async () => {
    await using server = FakeServer.listen(script);
    const link = linkTo(server, {
      minBackoff: 60_000,
      maxBackoff: 60_000,
      connectTimeout: Infinity,
    });
    const opening = assertRejects(
      () => link.whenReady(),
      RedisConnectionError,
      "is closed",
    );
    await until(() => server.connections === 1, { what: "a connection" });
    await link.close(CLOSED);
    await opening;
  });
}

Deno.test("an abort after the opening has no effect", async () => {
  await using server = FakeServer.listen(serve);
  const link = linkTo(server);
  const abort = new AbortController();
  await link.whenReady(abort.signal);
  abort.abort();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(link.current?.cause, undefined);
  await link.close(CLOSED);
});

Deno.test("a lost connection is replaced, and both changes are reported", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script, cut, serve);
  const states: string[] = [];
  const link = linkTo(server, {}, {
    changed: (change) => {
      states.push(change.state);
      if (change.state === "up") assert(change.downtime >= 0);
    },
  });
  await link.whenReady();
  const first = link.current;
  cutOff();
  await until(() => states.includes("up"), { what: "the link to come back" });
  assert(link.current !== first);
  assertEquals(server.connections, 3);
  assertEquals(states, ["down", "up"]);
  await link.close(CLOSED);
  assertEquals(states, ["down", "up", "closed"]);
});

Deno.test("a caller that learns of a lost connection by its command, before the link, can wait for the next connection", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script, serve);
  const link = linkTo(server);
  await link.whenReady();
  const first = link.current!;
  const next = first.send(["ECHO", "x"]).then(
    () => undefined,
    () => [link.current, link.whenUp(5_000)] as const,
  );
  cutOff();
  const [current, up] = (await next)!;
  assertEquals(current, undefined);
  const second = await up;
  assert(second !== first);
  assertEquals(second.cause, undefined);
  await link.close(CLOSED);
});

Deno.test("the silence began with the last sign of life, before the link was lost", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script, serve);
  const back = Promise.withResolvers<number>();
  const link = linkTo(server, {}, {
    changed: (change) => {
      if (change.state === "up") {
        back.resolve(change.silence! - change.downtime);
      }
    },
  });
  await link.whenReady();
  const quiet = 50;
  await new Promise((resolve) => setTimeout(resolve, quiet));
  cutOff();
  const unnoticed = await within(back.promise, { what: "the link to be back" });
  assert(unnoticed > quiet / 2);
  await link.close(CLOSED);
});

Deno.test("a new connection counts as up when it has been prepared", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script, serve);
  const gate = Promise.withResolvers<void>();
  const prepared: Connection[] = [];
  const link = linkTo(server, {}, {
    prepare: async (connection) => {
      prepared.push(connection);
      if (prepared.length === 2) await gate.promise;
    },
  });
  await link.whenReady();
  cutOff();
  await until(() => prepared.length === 2, { what: "the second connection" });
  assertEquals(link.current, undefined);
  const up = link.whenUp(10_000);
  gate.resolve();
  assertEquals(await up, prepared[1]);
  await link.close(CLOSED);
});

Deno.test("closing does not wait for a preparation that hangs", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script, serve);
  const preparing = Promise.withResolvers<void>();
  let times = 0;
  const link = linkTo(server, { handshakeTimeout: 60_000 }, {
    prepare: async (connection) => {
      if (++times === 1) return;
      preparing.resolve();
      throw await connection.lost;
    },
  });
  await link.whenReady();
  cutOff();
  await preparing.promise;
  await within(link.close(CLOSED), { what: "the link to close" });
});

Deno.test("a preparation that is forbidden gives the link up", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script, serve);
  const refusal = new RedisPermissionError("not there", "NOPERM");
  let times = 0;
  const closed = Promise.withResolvers<Error>();
  const link = linkTo(server, {}, {
    prepare: () => ++times === 1 ? Promise.resolve() : Promise.reject(refusal),
    changed: (change) => {
      if (change.state === "closed") closed.resolve(change.cause);
    },
  });
  await link.whenReady();
  cutOff();
  assertEquals(await closed.promise, refusal);
  assertEquals(await assertRejects(() => link.whenUp(1_000)), refusal);
  await link.close(CLOSED);
});

Deno.test("reconnecting is given up after reconnectTimeout, and reported once", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script);
  const states: string[] = [];
  const link = linkTo(server, { reconnectTimeout: 100 }, {
    changed: ({ state }) => states.push(state),
  });
  await link.whenReady();
  server.refuse();
  cutOff();
  await until(() => states.includes("closed"), { what: "the link to give up" });
  await assertRejects(
    () => link.whenUp(1_000),
    RedisConnectionError,
    "Connection refused",
  );
  await link.close(CLOSED);
  assertEquals(states, ["down", "closed"]);
});

Deno.test("a wait for a link that stays down fails with the reason why it is down", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script);
  const down = Promise.withResolvers<void>();
  const link = linkTo(server, { minBackoff: 5 }, {
    changed: () => down.resolve(),
  });
  await link.whenReady();
  server.refuse();
  cutOff();
  await down.promise;
  await assertRejects(
    () => link.whenUp(100),
    RedisConnectionError,
    `The link to ${server.url} is down and did not come back within 100 ms: `,
  );
  await link.close(CLOSED);
});

Deno.test("waiting for the link ends with an abort, or with the link", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  await using server = FakeServer.listen(script, stayMute);
  const down = Promise.withResolvers<void>();
  const link = linkTo(server, {}, { changed: () => down.resolve() });
  await link.whenReady();
  cutOff();
  await down.promise;
  const abort = new AbortController();
  const reason = new Error("enough");
  const [aborted, closed] = [
    assertRejects(() => link.whenUp(60_000, abort.signal)),
    assertRejects(
      () => link.whenUp(Infinity),
      RedisConnectionError,
      "is closed",
    ),
  ];
  abort.abort(reason);
  assertEquals(await aborted, reason);
  assertEquals(
    await assertRejects(() => link.whenUp(60_000, abort.signal)),
    reason,
  );
  await link.close(CLOSED);
  await closed;
});

Deno.test("closing is idempotent, and nothing is opened afterwards", async () => {
  await using server = FakeServer.listen(serve);
  const states: string[] = [];
  const link = linkTo(server, {}, {
    changed: ({ state }) => states.push(state),
  });
  await link.whenReady();
  await Promise.all([link.close(CLOSED), link.close(CLOSED)]);
  await link.close(CLOSED);
  assertEquals(states, ["closed"]);
  assertEquals(link.current, undefined);
  await assertRejects(() => link.whenUp(0), RedisConnectionError, "is closed");
  assertEquals(server.connections, 1);
});

Deno.test("closing at any moment of the opening leaves no connection behind", async () => {
  await using server = FakeServer.listen(async (peer) => {
    // As much of the greeting as the client stays for.
    for (;;) {
      const command = await peer.next();
      if (command === undefined) return;
      await peer.reply(command[0] === "PING" ? "+PONG\r\n" : "+OK\r\n").catch(
        () => {},
      );
    }
  });
  for (let turns = 0; turns < 40; turns++) {
    const link = linkTo(server);
    const opening = link.whenReady().catch(() => {});
    for (let turn = 0; turn < turns; turn++) {
      if (turn % 4 === 0) {
        await new Promise((resolve) => setTimeout(resolve, 0));
      } else await Promise.resolve();
    }
    await within(link.close(CLOSED), { what: `closing after ${turns} turns` });
    await opening;
    assertEquals(link.current, undefined);
  }
  // Every script ends, as every client hung up: disposing of the server checks it.
});

Deno.test("closing in any turn between preparing and being up leaves no connection behind", async () => {
  await using server = FakeServer.listen(serve);
  for (let turns = 0; turns < 24; turns++) {
    const closed = Promise.withResolvers<void>();
    const link: Link = linkTo(server, {}, {
      prepare: () => {
        (async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          await link.close(CLOSED);
        })().then(closed.resolve, closed.reject);
        return Promise.resolve();
      },
    });
    const opening = link.whenReady().catch(() => {});
    await within(closed.promise, { what: `closing after ${turns} turns` });
    await opening;
    assertEquals(link.current, undefined);
  }
});

Deno.test("a mute server is given up at the handshakeTimeout", async () => {
  await using server = FakeServer.listen(stayMute);
  const link = linkTo(server, { handshakeTimeout: 50, connectTimeout: 0 });
  await assertRejects(
    () => link.whenReady(),
    RedisConnectionError,
    `Cannot connect to ${server.url}: it was not ready within 50 ms`,
  );
});

Deno.test("preparing shares the deadline of its try", async () => {
  await using server = FakeServer.listen(serve);
  const ended = Promise.withResolvers<void>();
  const link = linkTo(server, { handshakeTimeout: 200, connectTimeout: 0 }, {
    prepare: async (connection) => {
      await connection.lost;
      ended.resolve();
      throw connection.cause;
    },
  });
  await assertRejects(
    () => link.whenReady(),
    RedisConnectionError,
    "it was not ready within 200 ms",
  );
  await ended.promise;
});

Deno.test("nothing is opened before it is needed, and once for all callers", async () => {
  await using server = FakeServer.listen(serve);
  const link = linkTo(server);
  assertEquals([link.current, server.connections], [undefined, 0]);
  const [one, other] = await Promise.all([
    link.whenUp(5_000),
    link.whenReady(),
  ]);
  assertEquals([one === other, server.connections], [true, 1]);
  await link.close(CLOSED);
});

Deno.test("a link that was given up is opened anew for the next caller", async () => {
  const { script, cut: cutOff } = serveUntilCut();
  const refuse: Script = async (peer) => {
    await peer.next();
    await peer.reply("-WRONGPASS no\r\n");
    await peer.expectEnd();
  };
  await using server = FakeServer.listen(script, refuse, refuse, serve);
  const states: string[] = [];
  const link = linkTo(server, {}, {
    changed: ({ state }) => states.push(state),
  });
  await link.whenReady();
  cutOff();
  await until(() => states.includes("closed"), { what: "the link to give up" });
  await assertRejects(() => link.whenUp(5_000), RedisAuthError);
  await link.whenUp(5_000);
  assertEquals([states, server.connections], [["down", "closed"], 4]);
  await link.close(CLOSED);
});

Deno.test("the next server is tried at once, and the first again after the last", async () => {
  await using replica = FakeServer.listen(async (peer) => {
    await peer.expect("HELLO", "3");
    await peer.reply("%1\r\n+role\r\n+replica\r\n");
    await peer.expect("PING");
    await peer.reply("+PONG\r\n");
    await peer.expect("ROLE");
    await peer.reply("*3\r\n+slave\r\n+10.0.0.1\r\n:6379\r\n");
    await peer.expectEnd();
  });
  const down = nobody();
  await using master = FakeServer.listen(serve);
  const hosts = [replica.url, `redis://127.0.0.1:${down.port}`, master.url]
    .map((url) => new URL(url).host);
  const link = linkTo(master, { hosts, minBackoff: 60_000 });
  await link.whenReady();
  assertEquals([replica.connections, master.connections], [1, 1]);
  await link.close(CLOSED);
});

Deno.test("a first connection to what is no Redis is not tried again", async () => {
  await using one = FakeServer.listen(web);
  await using other = FakeServer.listen(web);
  const hosts = [one, other].map(({ url }) => new URL(url).host);
  for (const options of [{}, { hosts }]) {
    const link = linkTo(one, { ...options, connectTimeout: Infinity });
    await assertRejects(
      () => within(link.whenReady(), { what: "the error" }),
      RedisProtocolError,
      'begins with "H"',
    );
    await link.close(CLOSED);
  }
  assertEquals([one.connections, other.connections], [2, 1]);
});

Deno.test("a host that is no Redis does not keep the others from being tried", async () => {
  await using foreign = FakeServer.listen(web);
  await using late = FakeServer.listen(cut, serve);
  const hosts = [foreign, late].map(({ url }) => new URL(url).host);
  const link = linkTo(late, { hosts });
  await within(link.whenReady(), { what: "the connection" });
  assertEquals([foreign.connections, late.connections], [2, 2]);
  await link.close(CLOSED);
});

Deno.test("a host that wants a password does not keep the others from being tried", async () => {
  await using strict = FakeServer.listen(refusing);
  await using late = FakeServer.listen(cut, serve);
  const hosts = [strict, late].map(({ url }) => new URL(url).host);
  const link = linkTo(late, { hosts });
  await within(link.whenReady(), { what: "the connection" });
  assertEquals([strict.connections, late.connections], [2, 2]);
  await link.close(CLOSED);
});

Deno.test("an attempt ends at once if all hosts refuse, and names a refusal if time is over", async () => {
  await using one = FakeServer.listen(refusing);
  await using other = FakeServer.listen(refusing);
  const hosts = [one, other].map(({ url }) => new URL(url).host);
  const options = { connectTimeout: Infinity };
  const refused = linkTo(one, { ...options, hosts });
  await assertRejects(
    () => within(refused.whenReady(), { what: "the error" }),
    RedisAuthError,
  );
  await refused.close(CLOSED);
  const away = `127.0.0.1:${freePort()}`;
  const late = linkTo(one, {
    ...options,
    hosts: [hosts[0]!, away],
    connectTimeout: 100,
  });
  await assertRejects(() => late.whenReady(), RedisAuthError);
  await late.close(CLOSED);
});

Deno.test("a link that was up goes on trying when a proxy spoils the replies", async () => {
  const { script, cut } = serveUntilCut();
  await using server = FakeServer.listen(script, web, web, serve);
  const link = linkTo(server);
  const first = await link.whenReady();
  cut();
  await first.lost;
  await within(link.whenReady(), { what: "the next connection" });
  assertEquals(server.connections, 4);
  await link.close(CLOSED);
});

Deno.test("a link that was up and given up goes on trying, too", async () => {
  const { script, cut } = serveUntilCut();
  await using server = FakeServer.listen(script, web, web, serve);
  const given = Promise.withResolvers<void>();
  const link = linkTo(server, { reconnectTimeout: 0 }, {
    changed: ({ state }) => state === "closed" && given.resolve(),
  });
  await link.whenReady();
  cut();
  await given.promise;
  assertEquals(server.connections, 2);
  await within(link.whenReady(), { what: "the next connection" });
  assertEquals(server.connections, 4);
  await link.close(CLOSED);
});
