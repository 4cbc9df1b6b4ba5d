import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { RedisClient } from "../../../src/redis/client.ts";
import { RedisConnectionError } from "../../../src/link/errors.ts";
import type { RedisOptions } from "../../../src/redis/options.ts";
import { certificates, needsOpenssl } from "../../support/certificates.ts";
import { FakeServer } from "../../support/fake_server.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import {
  RedisServer,
  type TlsServerOptions,
} from "../../support/redis_server.ts";
import { within } from "../../support/wait.ts";

const redis = needsRedis("the wire to a Redis server is");
const tls = {
  ignore: redis.ignore || needsOpenssl("TLS is").ignore,
};

/** One try, and the error that it ends with. */
async function refusal(options: RedisOptions): Promise<RedisConnectionError> {
  return await within(
    assertRejects(
      () => RedisClient.connect({ connectTimeout: 0, ...options }),
      RedisConnectionError,
    ),
    { what: "the refusal" },
  );
}

/** Connects, and has a message go round. */
async function roundTrip(options: RedisOptions): Promise<void> {
  await using client = await RedisClient.connect({
    connectTimeout: 0,
    ...options,
  });
  const received = Promise.withResolvers<string>();
  await client.subscribe(["a"], { message: received.resolve });
  const payload = "é".repeat(300_000);
  assertEquals(await client.publish("a", payload), 1);
  assert(await within(received.promise, { what: "the message" }) === payload);
}

async function tlsServer(options: TlsServerOptions = {}): Promise<RedisServer> {
  return await RedisServer.start({ tls: options });
}

Deno.test("messages pass over TCP, by address and by name", redis, async () => {
  await using server = await RedisServer.start();
  await roundTrip({ url: server.url });
  await roundTrip({ hostname: "localhost", port: server.port });
});

Deno.test("messages pass over a unix socket", redis, async () => {
  await using server = await RedisServer.start();
  await roundTrip({ url: `redis+unix://${server.unixSocket}` });
  await roundTrip({ path: server.unixSocket });
});

Deno.test("a unix socket that is not there is named", async () => {
  const error = await refusal({ path: "/no/such/redis.sock" });
  assertStringIncludes(
    error.message,
    "Cannot connect to redis+unix:///no/such/redis.sock: ",
  );
});

Deno.test(
  "messages pass over TLS that an own authority vouches for",
  tls,
  async () => {
    await using server = await tlsServer();
    const { authority } = await certificates();
    const caCerts = [authority.cert];
    await roundTrip({ url: server.url, tls: { caCerts } });
    await roundTrip({
      url: `rediss://localhost:${server.port}`,
      tls: { caCerts },
    });
  },
);

Deno.test("messages pass over TLS with a client certificate", tls, async () => {
  await using server = await tlsServer({ clientCertificates: true });
  const { authority, client: { cert, key } } = await certificates();
  const caCerts = [authority.cert];
  await roundTrip({ url: server.url, tls: { caCerts, cert, key } });
  await roundTrip({
    url: `rediss://localhost:${server.port}`,
    tls: { caCerts, cert, key },
  });
});

Deno.test(
  "a server that wants a client certificate refuses a client without one",
  tls,
  async () => {
    await using server = await tlsServer({ clientCertificates: true });
    const { authority } = await certificates();
    const error = await refusal({
      url: server.url,
      tls: { caCerts: [authority.cert] },
    });
    assertStringIncludes(error.message, server.url);
  },
);

for (const withClientCertificate of [false, true]) {
  const how = withClientCertificate ? " with a client certificate" : "";
  const client = async () => {
    const { client: { cert, key } } = await certificates();
    return withClientCertificate ? { cert, key } : {};
  };

  for (const shown of ["expired", "elsewhere", "stranger"] as const) {
    Deno.test(
      `over TLS${how}, the certificate "${shown}" is refused`,
      tls,
      async () => {
        const { authority, [shown]: certificate } = await certificates();
        await using server = await tlsServer({ certificate });
        const error = await refusal({
          url: server.url,
          tls: { caCerts: [authority.cert], ...await client() },
        });
        assertStringIncludes(
          error.message,
          `Cannot connect to rediss://127.0.0.1:${server.port}: `,
        );
        assert(/certificate|verif|altname/i.test(error.message), error.message);
      },
    );
  }

  Deno.test(
    `over TLS${how}, an authority that nobody named is refused`,
    tls,
    async () => {
      await using server = await tlsServer();
      const error = await refusal({ url: server.url, tls: await client() });
      assert(/certificate|issuer/i.test(error.message), error.message);
    },
  );

  Deno.test(
    `over TLS${how}, a server without TLS is refused`,
    tls,
    async () => {
      await using server = await RedisServer.start();
      const error = await refusal({
        hostname: server.hostname,
        port: server.port,
        tls: await client(),
        handshakeTimeout: 500, // it goes on waiting for the end of a line
      });
      assertStringIncludes(error.message, `rediss://127.0.0.1:${server.port}`);
    },
  );

  Deno.test(`over TLS${how}, plain text is refused at once`, tls, async () => {
    await using server = FakeServer.listen((peer) =>
      peer.reply("-ERR Protocol error\r\n")
    );
    const error = await refusal({
      port: server.port,
      hostname: server.hostname,
      tls: await client(),
      handshakeTimeout: 60_000,
    });
    assertStringIncludes(error.message, `127.0.0.1:${server.port}`);
  });

  Deno.test(
    `over TLS${how}, a server that hangs up is a connection error at once`,
    tls,
    async () => {
      await using server = FakeServer.listen((peer) =>
        Promise.resolve(peer.close())
      );
      const error = await refusal({
        port: server.port,
        hostname: server.hostname,
        tls: await client(),
        handshakeTimeout: 60_000,
      });
      assertStringIncludes(error.message, `127.0.0.1:${server.port}`);
    },
  );

  Deno.test(
    `over TLS${how}, a mute server is given up at the deadline`,
    tls,
    async () => {
      await using server = FakeServer.listen(() => Promise.resolve());
      const error = await refusal({
        port: server.port,
        hostname: server.hostname,
        tls: await client(),
        handshakeTimeout: 100,
      });
      assertStringIncludes(error.message, "it was not ready within 100 ms");
    },
  );

  Deno.test(`over TLS${how}, an abort ends the handshake`, tls, async () => {
    await using server = FakeServer.listen(() => Promise.resolve());
    const abort = new AbortController();
    const reason = new Error("enough");
    const connecting = RedisClient.connect({
      port: server.port,
      hostname: server.hostname,
      tls: await client(),
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(reason), 50);
    assertEquals(await assertRejects(() => connecting), reason);
  });
}

Deno.test("a host name that TLS can't verify leaves no connection behind", async () => {
  await using server = FakeServer.listen((peer) => peer.expectEnd());
  const error = await refusal({
    hostname: "127.1",
    port: server.port,
    tls: true,
  });
  assertStringIncludes(error.message, "127.1");
});
