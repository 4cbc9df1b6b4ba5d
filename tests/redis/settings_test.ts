import { assert, assertEquals, assertThrows } from "@std/assert";
import type { RedisOptions } from "../../src/redis/options.ts";
import { resolveOptions, serverSettings } from "../../src/redis/settings.ts";

Deno.test("without options the settings are those of localhost, with the documented defaults", () => {
  assertEquals(resolveOptions({}), {
    endpoints: [{
      transport: "tcp",
      hostname: "localhost",
      port: 6379,
      tls: undefined,
    }],
    name: "redis://localhost:6379",
    username: undefined,
    password: undefined,
    db: 0,
    clientName: undefined,
    protocol: 3,
    connectTimeout: 20_000,
    handshakeTimeout: 5_000,
    commandTimeout: 10_000,
    pingInterval: 15_000,
    pingTimeout: 5_000,
    reconnectTimeout: Infinity,
    minBackoff: 50,
    maxBackoff: 2_000,
    maxPayload: 16_777_216,
    sentinel: undefined,
    cluster: false,
  });
});

Deno.test("text, a URL and options with a url say the same", () => {
  const url = "redis://me:secret@example.com:7000/2";
  assertEquals(resolveOptions(url), resolveOptions(new URL(url)));
  assertEquals(resolveOptions(url), resolveOptions({ url }));
});

Deno.test("fields go before the parts of the URL", () => {
  const { endpoints, username, password, db } = resolveOptions({
    url: "redis://me:secret@example.com:7000/2",
    hostname: "other.example",
    port: 7001,
    username: "you",
    password: "other",
    db: 3,
  });
  assertEquals(endpoints[0], {
    transport: "tcp",
    hostname: "other.example",
    port: 7001,
    tls: undefined,
  });
  assertEquals([username, password, db], ["you", "other", 3]);
});

Deno.test("fields that are undefined leave the parts of the URL alone", () => {
  const url = "rediss://me:secret@example.com:7000/2";
  const nothing = {
    hostname: undefined,
    port: undefined,
    username: undefined,
    password: undefined,
    db: undefined,
    tls: undefined,
  };
  assertEquals(
    resolveOptions({ url, ...nothing } as RedisOptions),
    resolveOptions(url),
  );
});

const NAMES: readonly [RedisOptions, string][] = [
  [{ url: "redis://me:secret@[::1]:7000/2" }, "redis://[::1]:7000"],
  [{ url: "rediss://:secret@example.com" }, "rediss://example.com:6379"],
  [{ hostname: "example.com", tls: true }, "rediss://example.com:6379"],
  [
    { path: "/run/redis.sock", password: "secret" },
    "redis+unix:///run/redis.sock",
  ],
];

for (const [options, name] of NAMES) {
  Deno.test(`a server is named without credentials: ${name}`, () => {
    assertEquals(resolveOptions(options).name, name);
  });
}

Deno.test("TLS options and the scheme rediss switch TLS on", () => {
  const tlsOf = (options: RedisOptions) => {
    const [endpoint] = resolveOptions(options).endpoints;
    return endpoint?.transport === "tcp" ? endpoint.tls : "no TCP";
  };
  assertEquals(tlsOf({ url: "redis://h" }), undefined);
  assertEquals(tlsOf({ url: "redis://h", tls: false }), undefined);
  assertEquals(tlsOf({ url: "rediss://h" }), {});
  assertEquals(tlsOf({ url: "redis://h", tls: true }), {});
  assertEquals(tlsOf({ url: "rediss://h", tls: { caCerts: ["PEM"] } }), {
    caCerts: ["PEM"],
  });
});

const REFUSED: readonly [RedisOptions, ErrorConstructor, string][] = [
  [{ url: "rediss://h", tls: false }, TypeError, "Cannot switch tls off"],
  [{ url: "redis+unix:///s", tls: true }, TypeError, "Cannot use tls"],
  [{ url: "rediss://h", path: "/s" }, TypeError, "Cannot use tls"],
  [{ tls: { cert: "PEM" } }, TypeError, "without tls.key"],
  [{ tls: { key: "PEM" } }, TypeError, "without tls.cert"],
  [{ port: 0 }, RangeError, "Cannot use port"],
  [{ port: 65_536 }, RangeError, "Cannot use port"],
  [{ port: 6379.5 }, RangeError, "Cannot use port"],
  [{ hosts: [] }, RangeError, "Cannot use hosts"],
  [{ sentinels: [], masterName: "m" }, RangeError, "Cannot use sentinels"],
  [{ sentinels: ["a"] }, TypeError, "without masterName"],
  [{ sentinels: ["a"], masterName: "" }, TypeError, "without masterName"],
  [{ masterName: "m" }, TypeError, "without sentinels"],
  [
    { sentinels: ["a"], masterName: "m", cluster: true },
    TypeError,
    "Cannot use sentinels with cluster",
  ],
  [{ hosts: ["a:b"] }, TypeError, "Cannot use hosts[0]"],
  [{ hosts: "a,b" as unknown as string[] }, TypeError, "Cannot use hosts"],
  [{ db: -1 }, RangeError, "Cannot use db"],
  [{ connectTimeout: -1 }, RangeError, "Cannot use connectTimeout"],
  [{ handshakeTimeout: NaN }, RangeError, "Cannot use handshakeTimeout"],
  [
    { commandTimeout: "1" as unknown as number },
    TypeError,
    "Cannot use commandTimeout",
  ],
  [{ maxPayload: 0 }, RangeError, "Cannot use maxPayload"],
  [{ maxPayload: Infinity }, RangeError, "Cannot use maxPayload"],
  [{ protocol: 4 as 3 }, RangeError, "Cannot use protocol"],
  [{ clientName: "two words" }, TypeError, "Cannot use clientName"],
  [{ clientName: "" }, TypeError, "Cannot use clientName"],
];

for (const [options, type, message] of REFUSED) {
  Deno.test(`${Deno.inspect(options)} is refused`, () => {
    assertThrows(() => resolveOptions(options), type, message);
  });
}

Deno.test("several hosts are several endpoints, and have one name", () => {
  const inUrl = resolveOptions("rediss://me:secret@a,b:7000,[::1]:7001");
  const inOptions = resolveOptions({
    hosts: ["a", "b:7000", "[::1]:7001"],
    tls: true,
    username: "me",
    password: "secret",
  });
  assertEquals(inUrl, inOptions);
  assertEquals(inUrl.name, "rediss://a:6379,b:7000,[::1]:7001");
  assertEquals(
    inUrl.endpoints.map((endpoint) => serverSettings(inUrl, endpoint).name),
    ["rediss://a:6379", "rediss://b:7000", "rediss://[::1]:7001"],
  );
});

Deno.test("spans of time may be endless or nothing", () => {
  const settings = resolveOptions({
    connectTimeout: Infinity,
    reconnectTimeout: 0,
  });
  assertEquals(settings.connectTimeout, Infinity);
  assertEquals(settings.reconnectTimeout, 0);
});

Deno.test("an error about an option never quotes a credential", () => {
  for (
    const options of [
      { url: "redis://hunter:hunter2@h/text" },
      { url: "redis://hunter:hunter2@h", port: 0 },
      { username: "hunter", password: "hunter2", clientName: " " },
      { tls: { cert: "hunter" } },
      { username: ["hunter"] as unknown as string },
      { password: ["hunter"] as unknown as string },
    ]
  ) {
    const error = assertThrows(() => resolveOptions(options), Error);
    const shown = Deno.inspect(error);
    assert(!shown.includes("hunter"), shown);
  }
});
