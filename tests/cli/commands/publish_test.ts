import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { SERVERS } from "../../interop/servers.ts";
import { needsPython, PythonResponder } from "../../support/python_peer.ts";
import { Process } from "../../support/process.ts";
import { skipUnless } from "../../support/skip.ts";
import { until, within } from "../../support/wait.ts";
import { Cli, codeAfter, denoArgs, MAIN, run } from "../cli.ts";
import { serving } from "../serving.ts";

const python = needsPython("The command line with Python peers");
const script = skipUnless(
  Deno.build.os === "linux" && hasScript(),
  "The command line on a terminal",
  "there is no script(1)",
);

function hasScript(): boolean {
  try {
    return new Deno.Command("script", { args: ["--version"] })
      .outputSync().success;
  } catch {
    return false;
  }
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`publish on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];

    await t.step("says who answered what, and exits with 0", async () => {
      await using _a = await serving(server.url, "node-1", {
        start: () => "warm",
      });
      await using _b = await serving(server.url, "node-2", { start() {} });
      const { code, stdout, stderr } = await run(
        ["publish", "fio", "start", "--wait-for", "2", ...redis],
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assert(/^ok +node-1 +[\d.]+ ms +warm$/m.test(stdout), stdout);
      assert(/^ok +node-2 +[\d.]+ ms$/m.test(stdout), stdout);
      assert(/^start: 2 of 2 succeeded in /m.test(stdout), stdout);
    });

    await t.step("sends sample, tag and metadata", async () => {
      const signals: unknown[] = [];
      await using _ = await serving(server.url, "node", {
        start: (signal) => void signals.push(signal),
      });
      const { code } = await run([
        ...["publish", "fio", "start", "--sample", "0", "--tag", "blue"],
        ...["--metadata", "a=b=c", "--metadata", "d=", ...redis],
        ...["--metadata-json", '{"a":1,"big":12345678901234567890}'],
      ]);
      assertEquals(code, 0);
      const [signal] = signals as Record<string, unknown>[];
      assertEquals(signal?.sampleNo, 0);
      assertEquals(signal?.tag, "blue");
      assertEquals(signal?.metadata, {
        a: "b=c",
        big: 12345678901234567890n,
        d: "",
      });
    });

    await t.step("exits with 1 where someone failed", async () => {
      await using failing = await serving(server.url, "node-1", {
        start() {
          throw new Error("no disk");
        },
      });
      const { code, stdout } = await run(
        ["publish", "fio", "start", "--json", ...redis],
      );
      assertEquals(code, 1);
      const records = stdout.trim().split("\n").map((line) => JSON.parse(line));
      assertEquals(records.map(({ type }) => type), [
        "subscriber",
        "answer",
        "result",
      ]);
      const [, answer, result] = records;
      assertEquals(
        [answer.responder_id, answer.event, answer.ras, answer.message],
        [failing.id, "start", 0, "no disk"],
      );
      assertEquals([result.code, result.ok], [1, false]);
    });

    await t.step("exits with 2 where someone is missing", async () => {
      await using _ = await serving(server.url, "node-1", {});
      const { code, stdout } = await run(
        ["publish", "fio", "start", "--timeout", "300ms", ...redis],
      );
      assertEquals(code, 2);
      assertStringIncludes(stdout, "missing  node-1  did not answer in time");
      assertStringIncludes(stdout, "start: 1 missing of 1");
    });

    await t.step("exits with 3 where nobody subscribes", async () => {
      const { code, stdout } = await run(
        ["publish", "fio", "start", "--wait-timeout", "300ms", ...redis],
      );
      assertEquals(code, 3);
      assertEquals(stdout, "timeout: 0 of 1 subscribers after 300 ms\n");
    });

    await t.step("takes control characters out of what it shows", async () => {
      await using _ = await serving(server.url, "no\x1b[2Jde", {
        start: () => "\x1b]0;title\x07 two\nlines \u202e\u009b31m",
      });
      const { stdout } = await run(["publish", "fio", "start", ...redis]);
      assertEquals(stdout.match(/[\p{Cc}\p{Cf}]/gu), ["\n", "\n"]);
      assertStringIncludes(stdout, "no[2Jde");
      assertStringIncludes(stdout, "]0;title two lines 31m");
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(`${signal} ends the wait, and says goodbye`, async () => {
        await using watch = await SignalResponder.connect({
          redis: server.url,
        });
        await using cli = Cli.start(["publish", "fio", "start", ...redis]);
        const events: string[] = [];
        for await (const { event } of watch) {
          events.push(event);
          if (events.length === 1) cli.interrupt(signal);
          if (event === "shutdown") break;
        }
        assertEquals((await cli.result()).code, codeAfter(signal));
        assertEquals(new Set(events), new Set(["initialization", "shutdown"]));
      });
    }

    await t.step({
      name: "works with a Python responder",
      ...python,
      fn: async () => {
        await using responder = await PythonResponder.connect(server.url, {
          name: "snake",
        });
        await responder.listen({
          initialization: { ras: 1 },
          start: { ras: 1, message: "ssss" },
          bad: { ras: 0, message: "no" },
        });
        const good = await run(["publish", "fio", "start", ...redis]);
        assertEquals(good.code, 0, good.stderr);
        assert(/^ok +snake +.* ssss$/m.test(good.stdout), good.stdout);
        const bad = await run(["publish", "fio", "bad", ...redis]);
        assertEquals(bad.code, 1);
      },
    });
  });
}

Deno.test(
  "publish shows on a terminal who is waited for, as it changes",
  script,
  async () => {
    await using server = await SERVERS[1]!.start();
    const go = Promise.withResolvers<void>();
    await using _a = await serving(server.url, "node-1", { start() {} });
    await using _b = await serving(server.url, "node-2", {
      start: async (_, { progress }) => {
        await progress("at \x1b[31mwork");
        await go.promise;
      },
    });
    const words = [
      ...["publish", "fio", "start", "--wait-for", "2"],
      ...["--redis", server.url],
    ];
    const command = [Deno.execPath(), ...denoArgs(words), MAIN, ...words];
    const child = new Deno.Command("script", {
      args: ["-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"],
      env: { NO_COLOR: "" }, // whatever is said of colours outside
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    await using terminal = new Process(child);
    let screen = "";
    const reading = (async () => {
      const text = child.stdout.pipeThrough(new TextDecoderStream());
      for await (const part of text) screen += part;
    })();
    try {
      await until(
        () => screen.includes("1 of 2, waiting for …2 (at [31mwork) …"),
        { what: "the count" },
      );
    } finally {
      go.resolve();
    }
    await within(reading, { what: "the end of the screen" });
    assertEquals((await terminal.exited).code, 0);
    assertStringIncludes(screen, "\x1b[32m2 of 2 succeeded\x1b[0m");
  },
);

Deno.test("publish refuses what can't be published, with a hint", async () => {
  const cases: [string[], string][] = [
    [["fio"], "EVENT is missing"],
    [["fio", "a", "b"], "argument too many"],
    [["fio", "shutdown"], "Cannot publish shutdown"],
    [["fio", "a", "--frob"], "Unknown option '--frob'"],
    [["fio", "a", "--wait-for", "x"], "--wait-for"],
    [["fio", "a", "--timeout", "soon"], "--timeout"],
    [["fio", "a", "--sample", "1.5"], "--sample"],
    [["fio", "a", "--metadata", "x"], "--metadata"],
    [["fio", "a", "--metadata-json", "[]"], "--metadata-json"],
    [["fio", "a", "--metadata-json", "{"], "--metadata-json"],
    [["fio", "a", "--metadata-json", '{"x":NaN}'], "metadata.x"],
    [["fio", "a", "--redis", "localhost"], "Redis URL"],
  ];
  for (const [words, message] of cases) {
    const { code, stderr } = await run(["publish", ...words], {
      permissions: [],
    });
    assertEquals(code, 64, stderr);
    assertStringIncludes(stderr, message);
    assertStringIncludes(stderr, "Try: state-signals publish --help");
  }
});
