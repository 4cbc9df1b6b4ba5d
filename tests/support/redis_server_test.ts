import { assert, assertEquals, assertRejects } from "@std/assert";
import { certificates, needsOpenssl } from "./certificates.ts";
import { onFreePort } from "./free_port.ts";
import { RawRedis } from "./raw_redis.ts";
import { DEFAULT_USER_OFF, leastPrivilegeUser } from "./redis_acl.ts";
import { needsRedis } from "./redis_binary.ts";
import { RedisServer } from "./redis_server.ts";
import { until } from "./wait.ts";

const options = needsRedis("The Redis server of the tests");

function overTcp({ hostname, port }: RedisServer): Promise<RawRedis> {
  return RawRedis.connect({ hostname, port });
}

Deno.test(
  "a server answers over TCP until stop(), and refuses connections after it",
  options,
  async () => {
    const server = await RedisServer.start();
    assertEquals(server.url, `redis://127.0.0.1:${server.port}`);
    {
      using client = await overTcp(server);
      assertEquals(await client.command("PING"), "PONG");
    }
    await server.stop();
    await server.stop();
    await assertRejects(() => overTcp(server), Deno.errors.ConnectionRefused);
  },
);

Deno.test(
  "cli() returns every kind of reply as text and throws an error reply",
  options,
  async () => {
    await using server = await RedisServer.start();
    assertEquals(await server.cli("SET", "key", "zwölf"), "OK");
    assertEquals(await server.cli("GET", "key"), "zwölf");
    assertEquals(await server.cli("GET", "nothing"), "");
    assertEquals(await server.cli("INCR", "count"), "1");
    assertEquals(await server.cli("PUBSUB", "NUMSUB", "a", "b"), "a\n0\nb\n0");
    await assertRejects(() => server.cli("NONSENSE"), Error, "unknown command");
  },
);

Deno.test(
  "a raw connection subscribes and reads messages",
  options,
  async () => {
    await using server = await RedisServer.start();
    using subscriber = await overTcp(server);
    await subscriber.command("SUBSCRIBE", "news");
    assertEquals(await server.cli("PUBLISH", "news", "x".repeat(200_000)), "1");
    const [kind, channel, text] = await subscriber.read() as string[];
    assertEquals([kind, channel, text?.length], ["message", "news", 200_000]);
  },
);

Deno.test(
  "a server has the same port after kill() and restart()",
  options,
  async () => {
    await using server = await RedisServer.start();
    const { port } = server;
    await server.kill();
    await assertRejects(() => overTcp(server));
    await server.restart();
    assertEquals(server.port, port);
    assertEquals(await server.cli("PING"), "PONG");
  },
);

Deno.test(
  "a suspended server accepts connections and replies after resume()",
  options,
  async () => {
    await using server = await RedisServer.start();
    server.suspend();
    using client = await overTcp(server);
    await client.send("PING");
    const reply = client.read();
    const first = await Promise.race([
      reply,
      until(() => false, { timeout: 100, what: "silence" }).catch(() => "mute"),
    ]);
    assertEquals(first, "mute");
    server.resume();
    assertEquals(await reply, "PONG");
  },
);

Deno.test(
  "a server with a password refuses clients that are not logged in",
  options,
  async () => {
    await using server = await RedisServer.start({ password: "p@ss" });
    assertEquals(server.url, `redis://:p%40ss@127.0.0.1:${server.port}`);
    using client = await overTcp(server);
    await assertRejects(() => client.command("PING"), Error, "NOAUTH");
    assertEquals(await client.command("AUTH", "p@ss"), "OK");
  },
);

Deno.test(
  "the user of least privilege may use both channels and no other channel or command",
  options,
  async () => {
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, leastPrivilegeUser("app", "secret")],
    });
    assert(server.urlAs("app", "secret").startsWith("redis://app:secret@"));
    using client = await overTcp(server);
    await client.command("AUTH", "app", "secret");
    assertEquals(await client.command("PUBLISH", "event-signal-pubsub", ""), 0);
    for (const refused of [["PUBLISH", "other", ""], ["GET", "key"]]) {
      await assertRejects(() => client.command(...refused), Error, "NOPERM");
    }
  },
);

const tlsOptions = {
  ignore: options.ignore || needsOpenssl("The TLS server of the tests").ignore,
};

Deno.test(
  "a TLS server with clientCertificates refuses a client without a certificate",
  tlsOptions,
  async () => {
    const { authority, client } = await certificates();
    await using server = await RedisServer.start({
      tls: { clientCertificates: true },
    });
    assertEquals(server.url, `rediss://127.0.0.1:${server.port}`);
    const address = {
      hostname: server.hostname,
      port: server.port,
      caCerts: [authority.cert],
    };
    const ping = async (connection: Deno.TlsConn) => {
      try {
        await connection.write(new TextEncoder().encode("PING\r\n"));
        const reply = new Uint8Array(7);
        await connection.read(reply);
        return new TextDecoder().decode(reply);
      } finally {
        connection.close();
      }
    };
    const { cert, key } = client;
    assertEquals(
      await ping(await Deno.connectTls({ ...address, cert, key })),
      "+PONG\r\n",
    );
    await assertRejects(async () => ping(await Deno.connectTls(address)));
  },
);

Deno.test(
  "REPLICAOF exchanges the roles of a master and its replica",
  options,
  async () => {
    await using primary = await RedisServer.start({ password: "one" });
    await using replica = await RedisServer.start({ replicaOf: primary });
    await primary.cli("SET", "key", "value");
    await until(async () => await replica.cli("GET", "key") === "value", {
      what: "the replica to follow",
    });
    await replica.cli("REPLICAOF", "NO", "ONE");
    await primary.cli("REPLICAOF", replica.hostname, String(replica.port));
    assertEquals((await primary.cli("ROLE")).split("\n")[0], "slave");
    assertEquals((await replica.cli("ROLE")).split("\n")[0], "master");
  },
);

Deno.test(
  "DEBUG is allowed only with enableDebugCommand",
  options,
  async () => {
    await using plain = await RedisServer.start();
    await assertRejects(() => plain.cli("DEBUG", "SLEEP", "0"));
    await using debug = await RedisServer.start({ enableDebugCommand: true });
    assertEquals(await debug.cli("DEBUG", "SLEEP", "0"), "OK");
  },
);

Deno.test(
  'restart("listening") resolves while the server is still loading',
  options,
  async () => {
    await using server = await RedisServer.start({
      enableDebugCommand: true,
      args: [
        ...["--key-load-delay", "1000"],
        ...["--loading-process-events-interval-bytes", "1024"],
      ],
    });
    await server.cli("DEBUG", "POPULATE", "5000");
    await server.cli("SAVE");
    await server.restart("listening");
    await assertRejects(() => server.cli("PING"), Error, "LOADING");
  },
);

Deno.test(
  "start() is rejected with the server's error when the server does not start",
  options,
  async () => {
    await assertRejects(
      () => RedisServer.start({ args: ["--no-such-option", "1"] }),
      Error,
      "Bad directive",
    );
  },
);

Deno.test(
  "onFreePort() takes another port when the first one was taken meanwhile",
  options,
  async () => {
    await using first = await RedisServer.start();
    let attempts = 0;
    await using second = await onFreePort((port) =>
      RedisServer.start({ port: ++attempts === 1 ? first.port : port })
    );
    assertEquals([attempts, await second.cli("PING")], [2, "PONG"]);
  },
);
