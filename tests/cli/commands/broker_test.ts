import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { freePort } from "../../support/free_port.ts";
import { RawRedis } from "../../support/raw_redis.ts";
import { Cli, codeAfter, run } from "../cli.ts";

Deno.test("broker serves until it is interrupted", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const port = freePort();
    const address = { hostname: "127.0.0.1", port };
    await using cli = Cli.start(["broker", "--port", String(port)], {
      values: { "ADDRESS:PORT": `127.0.0.1:${port}` },
    });
    assertEquals(await cli.line(), `Listening on redis://127.0.0.1:${port}`);
    {
      using client = await RawRedis.connect(address);
      assertEquals(await client.command("PING"), "PONG");
    }
    assertEquals((await cli.interrupt(signal)).code, codeAfter(signal));
    await assertRejects(() => RawRedis.connect(address));
  }
});

Deno.test("broker tells machines the port that it found", async () => {
  await using cli = Cli.start(["broker", "--port", "0", "--json"], {
    permissions: ["--allow-net=127.0.0.1:0"],
  });
  const { port, url } = await cli.record<{ port: number; url: string }>(
    "listening",
  );
  assertEquals(url, `redis://127.0.0.1:${port}`);
  using client = await RawRedis.connect({ hostname: "127.0.0.1", port });
  assertEquals(await client.command("PING"), "PONG");
});

Deno.test("broker asks for the password in a file", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "sesame \n");
    const port = freePort();
    await using cli = Cli.start(
      ["broker", "--port", String(port), "--password-file", file],
      { values: { "ADDRESS:PORT": `127.0.0.1:${port}`, FILE: file } },
    );
    await cli.line();
    using client = await RawRedis.connect({ hostname: "127.0.0.1", port });
    await assertRejects(() => client.command("PING"), Error, "NOAUTH");
    assertEquals(await client.command("AUTH", "sesame "), "OK");
  } finally {
    await Deno.remove(file);
  }
});

const SESAME = [..."sesame"].map((unit) => unit.charCodeAt(0));

/** Bytes of a password file, and the password that they are. */
const PASSWORD_FILES: readonly [bytes: number[], password: string][] = [
  [SESAME, "sesame"],
  [[...SESAME, 10], "sesame"],
  [[...SESAME, 13, 10], "sesame"],
  [[...SESAME, 10, 10], "sesame\n"],
  [[...SESAME, 13], "sesame\r"],
  [[32, ...SESAME, 32, 10], " sesame "],
  [[0xc3, 0xa4], "\u00e4"],
];

for (const [bytes, password] of PASSWORD_FILES) {
  const shown = `${bytes.length} bytes for ${JSON.stringify(password)}`;
  Deno.test(`broker takes a password file as its bytes: ${shown}`, async () => {
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeFile(file, Uint8Array.from(bytes));
      const port = freePort();
      await using cli = Cli.start(
        ["broker", "--port", String(port), "--password-file", file],
        { values: { "ADDRESS:PORT": `127.0.0.1:${port}`, FILE: file } },
      );
      await cli.line();
      using client = await RawRedis.connect({ hostname: "127.0.0.1", port });
      assertEquals(await client.command("AUTH", password), "OK");
    } finally {
      await Deno.remove(file);
    }
  });
}

Deno.test("broker refuses a password file that is not UTF-8 or has a byte order mark", async () => {
  const file = await Deno.makeTempFile();
  const cases: [number[], string][] = [
    [[0xff, ...SESAME], "is not UTF-8"],
    [[...SESAME, 0xe4, 10], "is not UTF-8"],
    [[0xff, 0xfe, 0x73, 0], "begins with a byte order mark"],
    [[0xed, 0xa0, 0x80], "is not UTF-8"],
    [[0xef, 0xbb, 0xbf, ...SESAME], "begins with a byte order mark"],
    [[0xef, 0xbb, 0xbf], "begins with a byte order mark"],
    [[13, 10], "is empty"],
  ];
  try {
    for (const [bytes, message] of cases) {
      await Deno.writeFile(file, Uint8Array.from(bytes));
      const result = await run(
        ["broker", "--port", "0", "--password-file", file],
        { permissions: ["--allow-net", "--allow-read"] },
      );
      assertStringIncludes(result.stderr, `${file} ${message}`);
      assertEquals(result.code, 64, message);
      assertEquals(result.stderr.includes("sesame"), false);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("broker says what keeps it from listening", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const net = ["--allow-net"];
  const empty = await Deno.makeTempFile();
  const cases: [string[], string[], number, string][] = [
    [["--port", String(port)], net, 69, "in use"],
    [["--port", "0"], [], 77, "--allow-net=127.0.0.1:0"],
    [["--port", "65536"], net, 64, "--port"],
    [["--hostname", "0.0.0.0", "--port", "0"], net, 64, "--password-file"],
    [["--password-file", empty], [], 77, `--allow-read=${empty}`],
    [["--password-file", empty], ["--allow-read"], 64, "is empty"],
    [["--password-file", `${empty}.no`], ["--allow-read"], 64, "not exist"],
    [["--password-file", "/"], ["--allow-read"], 64, "is a directory"],
    [["--hostname", "127.0.0.1.example.com"], net, 64, "--password-file"],
    [["extra"], net, 64, "argument too many"],
  ];
  try {
    for (const [words, permissions, code, message] of cases) {
      const result = await run(["broker", ...words], { permissions });
      assertStringIncludes(result.stderr, message);
      assertEquals(result.code, code, message);
    }
  } finally {
    await Deno.remove(empty);
  }
});
