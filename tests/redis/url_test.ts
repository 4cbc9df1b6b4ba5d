import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { RedisOptions } from "../../src/redis/options.ts";
import { parseUrl } from "../../src/redis/url.ts";

const TCP = { hostname: "localhost", port: 6379 };

const READ: readonly [string, RedisOptions][] = [
  ["redis://localhost:6379", TCP],
  ["redis://localhost", TCP],
  ["redis://", TCP],
  ["redis://localhost/", TCP],
  ["redis://localhost/3", { ...TCP, db: 3 }],
  ["redis:///3", { ...TCP, db: 3 }],
  ["redis://example.com:7000", { hostname: "example.com", port: 7000 }],
  ["redis://[::1]:7000/2", { hostname: "::1", port: 7000, db: 2 }],
  ["redis://127.0.0.1", { hostname: "127.0.0.1", port: 6379 }],
  ["rediss://localhost", { ...TCP, tls: true }],
  ["redis://:secret@localhost", { ...TCP, password: "secret" }],
  ["redis://me@localhost", { ...TCP, username: "me" }],
  [
    "redis://me:secret@localhost",
    { ...TCP, username: "me", password: "secret" },
  ],
  [
    "redis://m%40e:s%3A%2F%3F%23%25%20%C3%A9@localhost",
    { ...TCP, username: "m@e", password: "s:/?#% é" },
  ],
  ["redis+unix:///run/redis.sock", { path: "/run/redis.sock" }],
  ["redis+unix:///run/my%20redis.sock?db=4", {
    path: "/run/my redis.sock",
    db: 4,
  }],
  ["redis+unix://me:secret@/run/redis.sock", {
    path: "/run/redis.sock",
    username: "me",
    password: "secret",
  }],
  ["redis+unix:///run/a@b.sock", { path: "/run/a@b.sock" }],
  ["redis://localhost?db=4", { ...TCP, db: 4 }],
  ["redis://a:7000,b,[::1]:7001/2", {
    hosts: ["a:7000", "b", "[::1]:7001"],
    db: 2,
  }],
  ["redis+sentinel://me:secret@a:7000,b,[::1]:7001/my%20master", {
    sentinels: ["a:7000", "b", "[::1]:7001"],
    masterName: "my master",
    username: "me",
    password: "secret",
  }],
  ["rediss+sentinel://a/m?db=2", {
    sentinels: ["a"],
    masterName: "m",
    tls: true,
    db: 2,
  }],
  ["redis+cluster://me:secret@a:7000,b", {
    hosts: ["a:7000", "b"],
    cluster: true,
    username: "me",
    password: "secret",
  }],
  ["rediss+cluster://a/", { hosts: ["a"], cluster: true, tls: true }],
  ["REDIS://LOCALHOST", { ...TCP, hostname: "LOCALHOST" }],
];

for (const [url, options] of READ) {
  Deno.test(`${url} is read, as text and as a URL`, () => {
    assertEquals(parseUrl(url), options);
    // A list, and credentials before a path, are no URL for the platform.
    if (URL.canParse(url)) assertEquals(parseUrl(new URL(url)), options);
  });
}

const PORT = "its port must be a whole number from 1 to 65535";
const REFUSED: readonly [string, string][] = [
  ["redis+sentinel://a:1,b:2", "the master's name must follow"],
  ["redis+sentinel://a:1/m/2", "the master's name must follow"],
  ["redis+cluster://a:1/2", "a cluster has no databases"],
  ["redis+unix+sentinel://a:1/m", "its scheme must be"],
  ["", "Cannot parse the Redis URL"],
  ["localhost", "Cannot parse the Redis URL"],
  ["redis://localhost:port", "Cannot parse the Redis URL"],
  ["redis://127.0.0.1:99999", `${PORT}: current value is 99999`],
  ["redis://me:pw@localhost:0", `${PORT}: current value is 0`],
  ["redis+cluster://[::1]:123456,b", `${PORT}: current value is 123456`],
  ["redis://a:1,b.example:65536", PORT],
  ["redis://localhost:65536", `${PORT}: current value is 65536`],
  ["redis://:sec/ret@localhost", "a password needs percent-encoding"],
  ["redis://:sec?ret@localhost", "a raw ?"],
  ["redis://:sec#ret@localhost", "a raw #"],
  ["redis://localhost:6379#hash", "a raw #"],
  ["redis://h/text", "its database must be a whole number"],
  ["redis://h/-1", "its database must be a whole number"],
  ["redis://h/1.5", "its database must be a whole number"],
  ["redis://h?db=x", "its database must be a whole number"],
  ["redis://h?protocol=3", 'the parameter db only: it has "protocol"'],
  ["redis://a,b:port", "Cannot parse the Redis URL"],
  ["redis://[::1", "Cannot parse the Redis URL"],
  ["redis://h:0", PORT],
  ["redis:6379", ":// must follow its scheme"],
  ["localhost:6379", ":// must follow its scheme"],
  ["secret:hunter2@localhost", ":// must follow its scheme"],
  ["redis+unix:/run/redis.sock", ":// must follow its scheme"],
  ["http://localhost", 'current value is "http"'],
  ["unix:///run/redis.sock", 'current value is "unix"'],
  ["redis+unix://", "must be followed by an absolute path"],
  ["redis+unix:///", "must be followed by an absolute path"],
  ["redis+unix://run/redis.sock", "must be followed by an absolute path"],
  ["redis://:%E0%A4%A@localhost", "the password"],
  ["redis://%FF:secret@localhost", "the user name"],
];

for (const [url, message] of REFUSED) {
  Deno.test(`"${url}" is refused`, () => {
    assertThrows(() => parseUrl(url), TypeError, message);
  });
}

Deno.test("digits that may be a password are not quoted as a port", () => {
  for (const url of ["redis://me:98765", "redis://me:pa@ss:98765432"]) {
    const { message } = assertThrows(() => parseUrl(url), TypeError);
    assert(!message.includes("9876"), message);
    assertStringIncludes(message, "@ and the host must follow it");
  }
});

Deno.test("an error about a URL never quotes a credential", () => {
  for (
    const url of [
      "redis://hunter:hunter2@localhost:port",
      "redis://:hunter/2@localhost",
      "redis://:hunter?2@localhost",
      "redis://hunter#2@localhost",
      "redis+unix://hunter:hunter/2@/run/redis.sock",
      "http://hunter:hunter2@localhost",
      "hunter:hunter2@localhost",
      "redis+unix://hunter:hunter2@localhost/run/redis.sock",
      "redis://hunter:%FFhunter2@localhost",
      "redis://hunter:99999",
    ]
  ) {
    const error = assertThrows(() => parseUrl(url), TypeError);
    const shown = Deno.inspect(error);
    assert(!shown.includes("hunter"), `${url}: ${shown}`);
  }
});
