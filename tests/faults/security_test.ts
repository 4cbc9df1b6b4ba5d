/**
 * What examples/operations.md promises of security, line by line. Tested
 * elsewhere:
 *
 * - bad certificates and peers that speak no TLS: scenario 11; `tls: false`
 *   against `rediss://`: tests/redis/settings_test.ts
 * - the broker's address, password and limits: tests/broker/options_test.ts,
 *   broker_test.ts and session_test.ts, scenarios 20 and 25
 * - linear-time patterns: tests/broker/glob_test.ts
 * - the limits of the decoder: tests/resp/decoder_limits_test.ts, scenarios
 *   21 and 23; of JSON: tests/protocol/json/json_test.ts, scenarios 24 and 26
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { SignalExporter, SignalResponder } from "../../mod.ts";
import { Broker } from "../../src/broker/mod.ts";
import { Password } from "../../src/broker/password.ts";
import { SIGNAL_CHANNEL } from "../../src/protocol/channels.ts";
import { parseResponse } from "../../src/protocol/response/response.ts";
import { RedisClient, type RedisOptions } from "../../src/redis/mod.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";
import { encode, RawClient } from "../broker/raw_client.ts";
import { certificates, needsOpenssl } from "../support/certificates.ts";
import { startRole } from "../support/child.ts";
import { FakeServer } from "../support/fake_server.ts";
import {
  DEFAULT_USER_OFF,
  leastPrivilegeUser,
  OWN_CHANNELS,
} from "../support/redis_acl.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import type { ExchangeReport } from "../support/roles/exchange.ts";
import { eventOf } from "../support/wait.ts";
import { FAILURES, PASSWORD, show } from "./credentials.ts";
import { signalText } from "./traffic.ts";

const redis = needsRedis("Least privilege");
const redisByTls = {
  ignore: redis.ignore || needsOpenssl("The verification of TLS").ignore,
};

Deno.test("a text that looks like a command is sent as one argument", async () => {
  const injected = "x\r\n*1\r\n$8\r\nFLUSHALL\r\n";
  await using server = FakeServer.listen(async (peer) => {
    await peer.expect("HELLO", "3", "AUTH", injected, injected);
    await peer.reply("%1\r\n+proto\r\n:3\r\n");
    await peer.expect("PING");
    await peer.reply("+PONG\r\n");
    await peer.expect("PUBLISH", injected, injected);
    await peer.reply(":1\r\n");
    await peer.expect("ECHO", injected);
    await peer.reply("+\r\n");
    await peer.expectEnd();
  });
  await using client = await RedisClient.connect({
    url: server.url,
    username: injected,
    password: injected,
  });
  await client.publish(injected, injected);
  await client.send("ECHO", injected);
});

for (const [name, failure] of Object.entries(FAILURES)) {
  Deno.test(`no error, log line or object shows the password after ${name}`, async () => {
    const said = await failure();
    assertMatch(said, /Error: |Responder/);
    assert(!said.includes(PASSWORD), said);
  });
}

Deno.test("neither a peer that is connected with a password nor the broker that requires it shows the password", async () => {
  await using broker = Broker.listen({ password: PASSWORD });
  const options = { redis: { url: broker.url, password: PASSWORD } };
  await using client = await RedisClient.connect(options.redis);
  await using exporter = await SignalExporter.connect("fio", options);
  await using responder = await SignalResponder.connect(options);
  for (const each of [client, exporter, responder, broker]) {
    assert(!show(each).includes(PASSWORD), show(each));
  }
  using stranger = await RawClient.connect(broker.port);
  const wrong = `not ${PASSWORD}`;
  await stranger.write(encode(["AUTH", wrong]) + encode(["QUIT"]));
  const replies = await stranger.readAll();
  assertStringIncludes(replies, "WRONGPASS");
  assert(!replies.includes(PASSWORD), replies);
});

Deno.test("a client that requires TLS sends no command and no password to a plaintext server", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const received = listener.accept().then(async (connection) => {
    const bytes = new Uint8Array(4096);
    const count = await connection.read(bytes);
    connection.close();
    return new TextDecoder("latin1").decode(bytes.subarray(0, count ?? 0));
  });
  await assertRejects(() =>
    RedisClient.connect({
      url: `rediss://me:${PASSWORD}@127.0.0.1:${listener.addr.port}`,
      connectTimeout: 0,
    })
  );
  const text = await received;
  assertEquals(text.charCodeAt(0), 0x16, "it is no TLS handshake");
  assert(!/HELLO|AUTH/.test(text) && !text.includes(PASSWORD));
});

for (const withCertificate of [false, true]) {
  Deno.test(
    `neither an option nor the environment disables the verification of certificates, ${
      withCertificate ? "with" : "without"
    } a client certificate`,
    redisByTls,
    async () => {
      const { wrongAuthority, client } = await certificates();
      await using server = await RedisServer.start({
        tls: { clientCertificates: withCertificate },
      });
      const tls = {
        caCerts: [wrongAuthority.cert],
        ...(withCertificate && { cert: client.cert, key: client.key }),
      };
      const failure = async (tls: object) => {
        const report = await exchange(
          { url: server.url, tls, connectTimeout: 0 },
          ["--allow-net", "--allow-env"],
          { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
        );
        return report.error?.message ?? "";
      };
      assertMatch(await failure(tls), /certificate|UnknownIssuer/);
      assertStringIncludes(
        await failure({ ...tls, rejectUnauthorized: false }),
        "Cannot use the TLS option rejectUnauthorized as there is none",
      );
    },
  );
}

Deno.test("a password is compared to its end even if its first character differs", () => {
  const password = new Password("correct horse");
  const reads = (text: string) => {
    let count = 0;
    const bytes = new TextEncoder().encode(text);
    const counting = new Proxy(bytes, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) count++;
        return Reflect.get(target, key, target);
      },
    });
    password.equals(counting);
    return count;
  };
  assertEquals(reads("correct horse"), "correct horse".length);
  assertEquals(reads("Xorrect horse"), "correct horse".length);
  assertEquals(reads("correct horsX"), "correct horse".length);
  assertEquals(reads("c"), 1);
});

Deno.test("a payload over the cap is never parsed", async () => {
  await using broker = Broker.listen();
  await using publisher = await RedisClient.connect(broker.url);
  await using responder = await SignalResponder.connect({
    redis: { url: broker.url, maxPayload: 2_000 },
    logLevel: "CRITICAL",
  });
  const parsed: number[] = [];
  const { parse } = JSON;
  JSON.parse = (text, reviver) => {
    parsed.push(text.length);
    return parse(text, reviver);
  };
  try {
    const malformed = eventOf<CustomEvent<{ payload?: string }>>(
      responder,
      "malformed",
    );
    await publisher.publish(SIGNAL_CHANNEL, signalText(1, 2_000));
    await publisher.publish(SIGNAL_CHANNEL, signalText(2, 1_000));
    assertEquals((await malformed).detail.payload, undefined);
    const { value } = await responder.listen().next();
    assertEquals(value?.sampleNo, 2);
  } finally {
    JSON.parse = parse;
  }
  assertEquals(parsed.length, 1);
});

Deno.test("only the known fields of a response are taken over", () => {
  const response = parseResponse(
    `{"responder_id":"r","publisher_id":"p","event":"e","ras":1,
      "__proto__":{"message":"m"},"constructor":{},"isAdmin":true}`,
  );
  assertEquals(Reflect.ownKeys(response), [
    "responderId",
    "publisherId",
    "event",
    "ras",
  ]);
  assertEquals(Object.getPrototypeOf(response), Object.prototype);
  assertEquals(response.message, undefined);
});

Deno.test("ids and events that are names of object properties work like any others", async () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  await using bus = new AsyncDisposableStack();
  const transport = new MemoryTransport();
  bus.defer(() => transport.close());
  const exporter = bus.use(
    await SignalExporter.connect("fio", { redis: transport }),
  );
  for (const id of names) {
    const responder = bus.use(
      await SignalResponder.connect({ redis: transport, id }),
    );
    (async () => {
      for await (const signal of responder) {
        await responder.srespond(signal, 1, `by ${id}`);
      }
    })();
  }
  assert(await exporter.initializeAndWait(names.length, names));
  for (const event of names) {
    const { ok, acks, messages } = await exporter.publishSignal(event);
    assert(ok);
    assertEquals([...acks.keys()].sort(), names.toSorted());
    assertEquals(Object.entries(messages).length, names.length);
    assertEquals(Object.getPrototypeOf(messages), Object.prototype);
  }
});

Deno.test(
  "a client needs only the network permission for its server",
  redis,
  async () => {
    await using server = await RedisServer.start();
    const granted = `--allow-net=127.0.0.1:${server.port}`;
    assertEquals(await exchange({ url: server.url }, [granted]), {
      ok: true,
      runnerHost: "unknown",
    });
  },
);

for (
  const [how, optionsOf] of [
    ["TCP", ({ url }: RedisServer) => ({ url })],
    ["a unix socket", ({ unixSocket }: RedisServer) => ({ path: unixSocket })],
  ] as const
) {
  Deno.test(
    `a missing permission is an error that names the flags, by ${how}`,
    redis,
    async () => {
      await using server = await RedisServer.start();
      const options = optionsOf(server);
      const refused = await exchange(options, ["--allow-net=127.0.0.1:1"]);
      assertEquals(refused.error?.name, "NotCapable");
      const flags = refused.error?.message.match(/--allow-\S+/g) ?? [];
      const { ok, error } = await exchange(options, flags);
      assert(ok, `${flags} do not suffice: ${error?.message}`);
    },
  );
}

Deno.test(
  "a user of least privilege can publish and answer, and only the own channels are refused",
  redis,
  async () => {
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, leastPrivilegeUser("app", PASSWORD)],
    });
    const report = await exchange({ url: server.urlAs("app", PASSWORD) }, [
      `--allow-net=127.0.0.1:${server.port}`,
    ]);
    assert(report.ok, report.error?.message);
    const refused = (await server.cli("ACL", "LOG")).match(/^object\n.*$/gm) ??
      [];
    assertEquals(refused.length, 3);
    for (const each of refused) assertMatch(each, /^object\nstate-signals:/);
  },
);

Deno.test(
  "a user with permission for the own channels is refused no command",
  redis,
  async () => {
    const user = leastPrivilegeUser("app", PASSWORD);
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, `${user} ${OWN_CHANNELS}`],
    });
    const report = await exchange({ url: server.urlAs("app", PASSWORD) }, [
      `--allow-net=127.0.0.1:${server.port}`,
    ]);
    assert(report.ok, report.error?.message);
    assertEquals(await server.cli("ACL", "LOG"), "");
  },
);

/** An exchange of signal and response in a process with these permissions. */
async function exchange(
  options: RedisOptions,
  permissions: readonly string[],
  env: Record<string, string> = {},
): Promise<ExchangeReport> {
  await using role = startRole("exchange.ts", {
    args: [JSON.stringify(options)],
    permissions,
    env,
  });
  return await role.next<ExchangeReport>({
    timeout: 20_000,
    what: "the exchange",
  });
}
