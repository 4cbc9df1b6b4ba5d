import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands/commands.ts";
import { EMBEDDED_BROKER } from "../interop/servers.ts";
import { DEFAULT_USER_OFF } from "../support/redis_acl.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { freePort } from "../support/free_port.ts";
import { Cli, MAIN, run } from "./cli.ts";
import { serving } from "./serving.ts";

/** A call of each command that needs a server. */
const CALLS: readonly string[][] = [
  ["listen"],
  ["publish", "fio", "start"],
  ["respond"],
  ["barrier", "warm", "--parties", "2"],
  ["barrier", "warm", "--parties", "2", "--lead"],
  ["barrier", "warm", "--follow"],
  ["ps"],
];

Deno.test("help needs no permission, and every command has a page of it", async () => {
  const main = await run(["--help"]);
  assertEquals([main.code, main.stderr], [0, ""]);
  const pages = await Promise.all(
    COMMANDS.map(({ name }) => run([name, "--help"], { permissions: [] })),
  );
  for (const [n, { code, stdout, stderr }] of pages.entries()) {
    const { name, summary } = COMMANDS[n]!;
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(main.stdout, summary);
    assertStringIncludes(stdout, `Usage: state-signals ${name}`);
    for (const part of ["Permissions: ", "Examples:\n", "--help"]) {
      assertStringIncludes(stdout, part);
    }
    for (const option of Object.keys(COMMANDS[n]!.options)) {
      assertStringIncludes(stdout, `  --${option} `);
    }
    const wide = stdout.split("\n").filter((line) => line.length > 80);
    assertEquals(wide, []);
  }
});

Deno.test("wrong calls exit with 64 and say where to look", async () => {
  const cases: [string[], string][] = [
    [[], "A command is missing"],
    [["frob"], 'There is no command "frob"'],
    [["--frob"], 'There is no command "--frob"'],
    [["listen", "--frob"], "Unknown option '--frob'"],
    [["listen", "extra"], 'an argument too many: "extra"'],
    [["listen", "--", "extra"], 'an argument too many: "extra"'],
    [["listen", "--count"], "--count"],
    [["listen", "--json=yes"], "--json"],
    [["listen", "--redis", "http://localhost"], "Redis URL"],
    [["listen", "--connect-timeout", "-1"], "--connect-timeout"],
  ];
  for (const [words, message] of cases) {
    const { code, stdout, stderr } = await run(words, { permissions: [] });
    assertEquals([code, stdout], [64, ""], stderr);
    assertStringIncludes(stderr, message);
    assert(/\nTry: state-signals( \w+)? --help\n$/.test(stderr), stderr);
  }
});

Deno.test("what a user typed is shown without control characters", async () => {
  const { stderr } = await run(["\x1b[31mfrob"]);
  assert(!stderr.includes("\x1b"));
});

Deno.test("a dead server is 69, a missing permission 77, and its flag is named", async () => {
  const port = freePort();
  const redis = ["--redis", `redis://127.0.0.1:${port}`];
  await Promise.all(CALLS.map(async (words) => {
    const dead = await run([...words, ...redis, "--connect-timeout", "0"]);
    assertEquals(dead.code, 69, dead.stderr);
    assertStringIncludes(dead.stderr, `127.0.0.1:${port}`);
    const denied = await run([...words, ...redis], {
      permissions: ["--allow-net=127.0.0.2"],
    });
    assertEquals(denied.code, 77, denied.stderr);
    assertStringIncludes(denied.stderr, `--allow-net=127.0.0.1:${port}`);
  }));
});

Deno.test("connecting is interrupted at once", async () => {
  using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `redis://127.0.0.1:${mute.addr.port}`;
  await using cli = Cli.start(["listen", "--redis", url]);
  using _ = await mute.accept();
  assertEquals((await cli.interrupt()).code, 130);
});

Deno.test("credentials that the server refuses are 77, and not shown", {
  ...needsRedis("Refused credentials"),
}, async () => {
  await using server = await RedisServer.start({ acl: [DEFAULT_USER_OFF] });
  const url = `redis://me:hidden-word@127.0.0.1:${server.port}`;
  const { code, stderr } = await run(["listen", "--redis", url]);
  assertEquals(code, 77);
  assert(!stderr.includes("hidden-word"), stderr);
});

Deno.test("the URL comes from the environment where that may be read, and nobody is asked", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using _ = await serving(server.url, "node", { start() {} });
  const net = `--allow-net=${new URL(server.url).host},localhost:6379`;
  const env = { STATE_SIGNALS_REDIS: server.url };
  const words = ["publish", "fio", "start", "--connect-timeout", "0"];
  const granted = await run(words, {
    permissions: [net, "--allow-env=STATE_SIGNALS_REDIS"],
    env,
  });
  assertEquals(granted.code, 0, granted.stderr);
  const denied = await run(words, {
    permissions: [net.replace("localhost", "localhost.invalid")],
    env,
  });
  assertEquals(denied.code, 77);
  assertStringIncludes(denied.stderr, "localhost:6379");
});

Deno.test("a namespace keeps groups apart", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const redis = ["--redis", server.url];
  await using cli = Cli.start(["respond", "--namespace", "a", ...redis]);
  await cli.line();
  const words = ["publish", "fio", "start", "--wait-timeout", "300ms"];
  const [same, other] = await Promise.all(
    ["a", "b"].map((name) => run([...words, "--namespace", name, ...redis])),
  );
  assertEquals([same!.code, other!.code], [0, 3]);
});

Deno.test("importing the command line does nothing", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", `await import(${JSON.stringify(MAIN)})`],
    stdin: "null",
  }).output();
  assertEquals([code, stdout.length, stderr.length], [0, 0, 0]);
});
