import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { exitCodeOf } from "../../../src/cli/publish_session.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { needsPython, PythonResponder } from "../../support/python_peer.ts";
import { until } from "../../support/wait.ts";
import { Cli, codeAfter, run } from "../cli.ts";
import { serving } from "../serving.ts";
import { needsTerminal, Terminal } from "../terminal.ts";

const python = needsPython("The command line with Python peers");
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

    await t.step("aligns what stands below each other", async () => {
      await using _a = await serving(server.url, "a", { start: () => "one" });
      await using _b = await serving(server.url, "long-name", {
        start: () => "two",
      });
      const { stdout } = await run(
        ["publish", "fio", "start", "--wait-for", "2", ...redis],
      );
      const lines = stdout.split("\n").slice(0, 2);
      assertEquals(new Set(lines.map((line) => line.length)).size, 1, stdout);
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

    await t.step("exits with 1 if a subscriber failed", async () => {
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

    await t.step("exits with 2 if an answer is missing", async () => {
      await using _ = await serving(server.url, "node-1", {});
      const { code, stdout } = await run(
        ["publish", "fio", "start", "--timeout", "300ms", ...redis],
      );
      assertEquals(code, 2);
      assertStringIncludes(stdout, "missing  node-1  did not answer in time");
      assertStringIncludes(stdout, "start: 1 missing of 1");
    });

    await t.step("exits with 3 without a subscriber", async () => {
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

Deno.test("publish shows on a terminal the subscribers that it waits for", {
  ...needsTerminal,
}, async () => {
  await using server = await EMBEDDED_BROKER.start();
  const go = Promise.withResolvers<void>();
  await using _a = await serving(server.url, "lab-node-1", { start() {} });
  await using _b = await serving(server.url, "lab-node-2", {
    start: async (_, { progress }) => {
      await progress("at \x1b[31mwork");
      await go.promise;
    },
  });
  // However the test ends, so does what it has begun.
  using _ = { [Symbol.dispose]: () => go.resolve() };
  const words = ["publish", "fio", "start", "--wait-for", "2"];
  await using terminal = Terminal.start([...words, "--redis", server.url]);
  const shows = (status: string) =>
    until(() => terminal.statuses.at(-1) === status, { what: status });
  await shows("1 of 2, waiting for …2 (at [31mwork) …");
  await terminal.resize(24);
  await shows("1 of 2, waiting for …2…");
  await terminal.resize(12);
  await shows("1 of 2, wa…");
  await terminal.resize(80);
  await shows("1 of 2, waiting for …2 (at [31mwork) …");
  go.resolve();
  assertEquals((await terminal.exited).code, 0);
  await until(
    () => terminal.screen.includes("\x1b[32m2 of 2 succeeded\x1b[0m"),
    { what: "the verdict" },
  );
});

/** Responders of which each does its own with `start`; `silent` ones do nothing for a while. */
async function nodes(
  redis: string,
  ...what: readonly ("ok" | "fails" | "silent")[]
): Promise<AsyncDisposable> {
  const all = new AsyncDisposableStack();
  for (const [n, each] of what.entries()) {
    all.use(
      await serving(redis, `node-${n + 1}`, {
        start: (_, { signal }) => {
          if (each === "fails") throw new Error("no disk");
          if (each === "ok") return;
          return new Promise<void>((abandoned) =>
            signal.addEventListener("abort", () => abandoned())
          );
        },
      }),
    );
  }
  return all;
}

Deno.test("publish waits no longer than its options say", async (t) => {
  const publish = ["publish", "fio", "start", "--timeout", "never"];
  const cases: [
    string,
    Parameters<typeof nodes>[1][],
    string[],
    number,
    string,
  ][] = [
    [
      "for a count of successes",
      ["ok", "ok", "silent"],
      ["--count", "2"],
      0,
      "start: 2 of 3 succeeded in",
    ],
    [
      "for a part of them",
      ["ok", "ok", "silent", "silent"],
      ["--quorum", "50%"],
      0,
      "start: 2 of 4 succeeded in",
    ],
    [
      "for a part, even if others fail",
      ["fails", "ok", "ok", "silent"],
      ["--quorum", "0.5"],
      0,
      "start: 2 of 4 succeeded, 1 failed in",
    ],
    [
      "for the first failure",
      ["fails", "silent", "ok"],
      ["--fail-fast"],
      1,
      "1 failed",
    ],
    [
      "for a while without progress",
      ["ok", "silent"],
      ["--idle-timeout", "300ms"],
      2,
      "start: 1 missing of 2",
    ],
    [
      "for more than there are",
      ["ok"],
      ["--count", "2"],
      2,
      "start: 1 of 1 succeeded, which is too few in",
    ],
  ];
  for (const [what, kinds, options, code, verdict] of cases) {
    await t.step(what, async () => {
      await using server = await EMBEDDED_BROKER.start();
      await using _ = await nodes(server.url, ...kinds);
      const result = await run([
        ...[...publish, "--wait-for", `${kinds.length}`, ...options],
        ...["--redis", server.url],
      ]);
      assertStringIncludes(result.stdout, verdict);
      assertEquals(result.code, code);
    });
  }
});

Deno.test("publish without a subscriber is a success only where it asked for none", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const words = ["publish", "fio", "start", "--redis", server.url];
  const asked = ["--wait-for", "0"];
  const none = await run([...words, ...asked]);
  assertEquals([none.code, none.stderr], [0, ""]);
  assertStringIncludes(
    none.stdout,
    "start: published, with no subscriber to wait for; 0 connections got it",
  );
  const { stdout } = await run([...words, ...asked, "--json"]);
  const { code, ok, waited, receivers } = JSON.parse(stdout);
  assertEquals({ code, ok, waited, receivers }, {
    code: 0,
    ok: false,
    waited: false,
    receivers: 0,
  });
  const more = await run([...words, ...asked, "--count", "1"]);
  assertEquals(more.code, 2);
});

Deno.test("subscribers that were asked for and have gone are missing", () => {
  const outcomes = [[0, true], [1, true], [0, false], [2, false]] as const;
  for (const asked of [0, 1]) {
    assertEquals(
      outcomes.map(([code, waited]) => exitCodeOf({ code, waited }, asked)),
      asked === 0 ? [0, 1, 0, 2] : [0, 1, 2, 2],
    );
  }
});

Deno.test("publish refuses what can't be published, with a hint", async () => {
  const cases: [string[], string][] = [
    [["fio"], 'EVENT is missing: PROCESS is "fio"'],
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
    [["fio", "a", "--count", "0"], "--count"],
    [["fio", "a", "--quorum", "0"], "--quorum"],
    [["fio", "a", "--quorum", "101%"], "--quorum"],
    [["fio", "a", "--quorum", "half"], "--quorum"],
    [["fio", "a", "--count", "1", "--quorum", "1"], "together with --quorum"],
    [["fio", "a", "--on-lost", "drop"], "must be keep or evict"],
    [["fio", "a", "--evict-after-misses", "0"], "--evict-after-misses"],
    [["fio", "a", "--idle-timeout", "soon"], "--idle-timeout"],
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
