import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands/commands.ts";
import { EMBEDDED_BROKER } from "../interop/servers.ts";
import { DEFAULT_USER_OFF } from "../support/redis_acl.ts";
import { certificates, needsOpenssl } from "../support/certificates.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { freePort } from "../support/free_port.ts";
import { Process } from "../support/process.ts";
import { within } from "../support/wait.ts";
import { Cli, codeAfter, denoArgs, MAIN, run } from "./cli.ts";
import { serving } from "./serving.ts";

/** A call of each command that needs a server. */
const CALLS: readonly string[][] = [
  ["listen"],
  ["publish", "fio", "start"],
  ["publish", "fio", "-"],
  ["wait", "fio", "start"],
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
    [["--frob"], "Unknown option '--frob'"],
    [["lisen"], "did you mean listen?"],
    [["listen", "--cuont", "1"], "did you mean --count?"],
    [["help", "lisen"], "did you mean listen?"],
    [["listen", "--redis", "redis://localhost/abc"], "must be a whole number"],
    [["listen", "--redis", "redis://localhost:0"], "port"],
    [["listen", "--redis", ""], "Redis URL"],
    [["listen", "--cert", "a.pem"], "--key"],
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

Deno.test("help and the version are asked for as users do", async () => {
  const [page, help, version, behind] = await Promise.all([
    run(["publish", "--help"], { permissions: [] }),
    run(["help", "publish"], { permissions: [] }),
    run(["--version"], { permissions: [] }),
    run(["listen", "--version"], { permissions: [] }),
  ]);
  assertEquals(help, page);
  const { version: published } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  const stdout = `state-signals ${published}\n`;
  assertEquals(version, { code: 0, stdout, stderr: "" });
  assertEquals(behind, version);
});

Deno.test("options before the command count", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const words = ["--json", "--redis", server.url, "ps", "--count", "1"];
  const permissions = [`--allow-net=${new URL(server.url).host}`];
  const { code, stdout } = await run(words, { permissions });
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
});

Deno.test("quiet tells people of errors only, and machines what they ask for", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using _ = await serving(server.url, "node", { start() {}, stop() {} });
  const redis = ["--redis", server.url];
  const publish = ["publish", "fio", "start", "--quiet", ...redis];
  const silent = { code: 0, stdout: "", stderr: "" };
  assertEquals(await run(publish), silent);
  assertEquals(
    await run(["ps", "--quiet", "--timeout", "100ms", ...redis]),
    silent,
  );
  const { stdout } = await run([...publish, "--json"]);
  assertStringIncludes(stdout, '"type":"result"');
  const wrapped = ["run", "fio", "-q", ...redis, "--", "sh", "-c", "echo ran"];
  assertEquals(await run(wrapped, { values: { COMMAND: "sh" } }), {
    ...silent,
    stdout: "ran\n",
  });
  const dead = ["--redis", `redis://127.0.0.1:${freePort()}`];
  const failed = await run(
    ["ps", "--quiet", "--connect-timeout", "0", ...dead],
  );
  assertEquals(failed.code, 69);
  assertStringIncludes(failed.stderr, "state-signals ps:");
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

Deno.test("a password comes from a file, and from standard input", {
  ...needsRedis("A password from a file"),
}, async () => {
  await using server = await RedisServer.start({
    acl: [DEFAULT_USER_OFF, "me on >hidden-word ~* &* +@all"],
  });
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "hidden-word\r\n");
    const words = ["ps", "--timeout", "100ms", "--username", "me"];
    const redis = ["--redis", server.url, "--password-file"];
    const read = await run([...words, ...redis, file], {
      permissions: ["--allow-net", `--allow-read=${file}`],
    });
    assertEquals([read.code, read.stdout], [0, ""], read.stderr);
    const piped = await run([...words, ...redis, "-"], {
      stdin: "hidden-word\n",
    });
    assertEquals(piped.code, 0, piped.stderr);
    const wrong = await run([...words, ...redis, "-"], { stdin: "no" });
    assertEquals(wrong.code, 77);
    const denied = await run([...words, ...redis, file], {
      permissions: ["--allow-net"],
    });
    assertEquals(denied.code, 77);
    assertStringIncludes(denied.stderr, `--allow-read=${file}`);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("certificates come from files, and switch TLS on", {
  ignore: needsRedis("Certificates from files").ignore ||
    needsOpenssl("Certificates from files").ignore,
}, async () => {
  const { authority, client } = await certificates();
  await using server = await RedisServer.start({
    tls: { clientCertificates: true },
  });
  const words = ["ps", "--timeout", "100ms", "--ca-cert", authority.certFile];
  const own = ["--cert", client.certFile, "--key", client.keyFile];
  const permissions = ["--allow-net", "--allow-read"];
  for (const scheme of ["redis", "rediss"]) {
    const url = `${scheme}://localhost:${server.port}`;
    const known = await run([...words, ...own, "--redis", url], {
      permissions,
    });
    assertEquals(known.code, 0, known.stderr);
  }
  const url = `rediss://localhost:${server.port}`;
  const once = ["--redis", url, "--connect-timeout", "0"];
  assertEquals((await run([...words, ...once], { permissions })).code, 69);
});

Deno.test("reading a password is interrupted at once", async () => {
  const words = ["listen", "--password-file", "-"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...denoArgs(words, { permissions: ["--allow-net"] }),
      MAIN,
      ...words,
    ],
    stdin: "piped", // and nothing comes
    stdout: "null",
    stderr: "null",
  }).spawn();
  await using cli = new Process(child);
  // It must have begun to listen to signals.
  await new Promise((begun) => setTimeout(begun, 1_000));
  const { code, signal } = await within(cli.kill("SIGTERM"), {
    what: "its end",
  });
  assertEquals({ code, signal }, { code: codeAfter("SIGTERM"), signal: null });
  await child.stdin.close().catch(() => {});
});

Deno.test("the URL comes from the environment if that may be read, without a prompt", async () => {
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
  const unset = await run(words, {
    permissions: [
      net.replace("localhost", "localhost.invalid"),
      "--allow-env=STATE_SIGNALS_REDIS",
    ],
    env: { STATE_SIGNALS_REDIS: "" },
  });
  assertStringIncludes(unset.stderr, "localhost:6379");
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
