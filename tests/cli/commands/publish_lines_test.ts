import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { needsPython, PythonResponder } from "../../support/python_peer.ts";
import { Cli, type CliResult, codeAfter, Input, run } from "../cli.ts";
import { serving } from "../serving.ts";

const python = needsPython("publish - with a Python responder");
const SHORT = ["--timeout", "300ms"];

function records({ stdout }: CliResult): Record<string, unknown>[] {
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

/** The line and the code of each result. */
function codes(result: CliResult): unknown[] {
  return records(result)
    .filter(({ type }) => type === "result")
    .map(({ line, code }) => [line, code]);
}

/** Answers "bad" with a failure, "slow" not at all, and other events with success. */
function node(redis: string, name = "node-1", heard: Signal[] = []) {
  return serving(redis, name, {
    bad() {
      throw new Error("no disk");
    },
    slow: (_, { signal }) =>
      new Promise<void>((abandoned) =>
        signal.addEventListener("abort", () => abandoned())
      ),
    "*": (signal) => void heard.push(signal),
  });
}

/** The events that one listener hears until `shutdown`. */
async function heardUntilShutdown(redis: string): Promise<
  { readonly publishers: Set<string>; readonly events: string[] }
> {
  await using watch = await SignalResponder.connect({ redis });
  const publishers = new Set<string>();
  const events: string[] = [];
  for await (const { event, publisherId } of watch) {
    publishers.add(publisherId);
    events.push(event);
    if (event === "shutdown") break;
  }
  return { publishers, events };
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`publish of events from standard input on ${name}`, {
    ignore,
  }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];
    const publish = ["publish", "fio", "-", ...redis];

    await t.step(
      "keeps one exporter, and initializes it once for any event",
      async () => {
        await using _ = await node(server.url);
        const heard = heardUntilShutdown(server.url);
        const { code, stdout, stderr } = await run(publish, {
          stdin: "warm\n\nstart\r\n  stop",
        });
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        for (const event of ["warm", "start", "stop"]) {
          assertStringIncludes(stdout, `\n${event}: 1 of 1 succeeded in `);
        }
        const { publishers, events } = await heard;
        assertEquals(publishers.size, 1);
        assertEquals(
          events.filter((event) => event !== "initialization"),
          ["warm", "start", "stop", "shutdown"],
        );
        assertEquals(events.indexOf("warm"), events.lastIndexOf("warm"));
        assert(events.lastIndexOf("initialization") < events.indexOf("warm"));
      },
    );

    await t.step("takes sample and metadata from the line", async () => {
      const heard: Signal[] = [];
      await using _ = await node(server.url, "node-1", heard);
      const { code } = await run([
        ...[...publish, "--sample", "9", "--tag", "blue"],
        ...["--metadata", "who=me", "--metadata", "jobs=1"],
      ], { stdin: 'a\nb -3\nc\t{"jobs": 4}\nd 0 {"x":[1, 2]} \n' });
      assertEquals(code, 0);
      assertEquals(
        heard.map(({ event, sampleNo, metadata, tag }) => ({
          ...{ event, sampleNo, metadata, tag },
        })),
        [
          { event: "a", sampleNo: 9, metadata: { who: "me", jobs: "1" } },
          { event: "b", sampleNo: -3, metadata: { who: "me", jobs: "1" } },
          { event: "c", sampleNo: 9, metadata: { who: "me", jobs: 4 } },
          {
            event: "d",
            sampleNo: 0,
            metadata: { who: "me", jobs: "1", x: [1, 2] },
          },
        ].map((each) => ({ ...each, tag: "blue" })),
      );
    });

    await t.step(
      "goes on after a failure, and exits with the worst code",
      async () => {
        await using _ = await node(server.url);
        const cases: [string, number, unknown[]][] = [
          ["good\nbad\ngood\n", 1, [[1, 0], [2, 1], [3, 0]]],
          ["bad\nslow\n", 2, [[1, 1], [2, 2]]],
          ["bad\n\n{}\nslow\n", 64, [[1, 1], [3, 64], [4, 2]]],
        ];
        for (const [stdin, worst, expected] of cases) {
          const result = await run([...publish, "--json", ...SHORT], { stdin });
          assertEquals(codes(result), expected);
          assertEquals(result.code, worst);
        }
      },
    );

    await t.step("ends at the first failure with --fail-fast", async () => {
      await using _a = await node(server.url);
      await using _b = await node(server.url, "node-2");
      const words = [...publish, "--wait-for", "2", "--json", "--fail-fast"];
      for (const [bad, code] of [["bad", 1], ["a b", 64]] as const) {
        // The command ends although its input does not.
        using input = new Input();
        input.add(`good\n${bad}\nnever\n`);
        const result = await run(words, { stdin: input.stream });
        assertEquals(codes(result), [[1, 0], [2, code]]);
        assertEquals(result.code, code);
      }
    });

    await t.step("publishes each line as it comes", async () => {
      await using _ = await node(server.url);
      using input = new Input();
      const heard = heardUntilShutdown(server.url);
      await using cli = Cli.start([...publish, "--json"], {
        stdin: input.stream,
      });
      await cli.record("subscriber");
      for (const event of ["warm", "start"]) {
        input.add(event.slice(0, 2));
        input.add(`${event.slice(2)}\n`);
        assertEquals((await cli.record("result")).event, event);
      }
      assertEquals(cli.status, undefined);
      input[Symbol.dispose]();
      assertEquals((await cli.result()).code, 0);
      assertEquals((await heard).events.at(-1), "shutdown");
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(
        `${signal} ends the wait for input, and says goodbye`,
        async () => {
          await using _ = await node(server.url);
          using input = new Input();
          input.add("warm\n");
          const heard = heardUntilShutdown(server.url);
          await using cli = Cli.start([...publish, "--json"], {
            stdin: input.stream,
          });
          await cli.record("result");
          const begin = performance.now();
          const { code } = await cli.interrupt(signal);
          assertEquals(code, codeAfter(signal));
          const took = performance.now() - begin;
          assert(took < 1_500, `${took} ms`);
          assertEquals((await heard).events.at(-1), "shutdown");
        },
      );
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
        const result = await run([...publish, "--json"], {
          stdin: "start\nbad\nstart\n",
        });
        assertEquals(codes(result), [[1, 0], [2, 1], [3, 0]]);
        assertEquals(result.code, 1);
      },
    });
  });
}

Deno.test("a line that can't be published is named by its number, and is 64", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using _ = await node(server.url);
  const lines: [string, string][] = [
    ["start 1.5", "SAMPLE as it must be a whole number"],
    ["start 1 2", "must be a JSON object"],
    ["start {", "must be JSON"],
    ["start 1 []", "must be a JSON object"],
    ['start {"x":NaN}', "metadata.x"],
    ['{"x":1}', "EVENT is missing"],
    ["shutdown", "Cannot publish shutdown"],
    ["initialization", "Cannot publish initialization"],
    ["é\x1b[2J \x1b[2J", "SAMPLE"],
  ];
  const words = ["publish", "fio", "-", "--redis", server.url];
  const stdin = lines.map(([line]) => `${line}\ngood\n`).join("");
  const { code, stdout, stderr } = await run(words, { stdin });
  assertEquals(code, 64);
  assertEquals(stdout.match(/^good: 1 of 1 succeeded/gm)?.length, lines.length);
  const errors = stderr.trimEnd().split("\n");
  assertEquals(errors.length, lines.length);
  for (const [n, [, message]] of lines.entries()) {
    assert(errors[n]!.startsWith(`line ${2 * n + 1}: `), errors[n]);
    assertStringIncludes(errors[n]!, message);
  }
  assert(!stderr.includes("\x1b"));
  const machine = await run([...words, "--json"], { stdin });
  const [first] = records(machine).filter(({ type }) => type === "result");
  const { error, ...rest } = first!;
  assertEquals(rest, { type: "result", line: 1, code: 64, ok: false });
  assertStringIncludes(String(error), "SAMPLE");
});

Deno.test("a line of any length, and of any bytes, is passed over in bounded memory", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using _ = await node(server.url);
  using input = new Input();
  const mebibyte = new Uint8Array(1024 * 1024).fill("x".charCodeAt(0));
  for (let n = 0; n < 17; n++) input.add(mebibyte);
  input.add("\ngood\n");
  input.add(new Uint8Array([0x62, 0xff, 0x0a]));
  input.add("good");
  input[Symbol.dispose]();
  const { code, stdout, stderr } = await run(
    ["publish", "fio", "-", "--redis", server.url],
    { stdin: input.stream },
  );
  assertEquals(code, 64);
  assertEquals(stderr.split("\n"), [
    "line 1: The line is longer than 16777216 bytes",
    "line 3: The line is not UTF-8",
    "",
  ]);
  assertEquals(stdout.match(/^good: 1 of 1 succeeded/gm)?.length, 2);
});

Deno.test("input without an event is no failure, and the wait for subscribers comes first", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const words = ["publish", "fio", "-", "--redis", server.url];
  const late = await run([...words, "--wait-timeout", "300ms"], {
    stdin: "start\n",
  });
  assertEquals([late.code, late.stdout], [
    3,
    "timeout: 0 of 1 subscribers after 300 ms\n",
  ]);
  const none = await run([...words, "--wait-for", "0"], { stdin: " \n" });
  assertEquals(none, { code: 0, stdout: "", stderr: "" });
});

Deno.test("standard input is read for one thing only", async () => {
  const { code, stderr } = await run(
    ["publish", "fio", "-", "--password-file", "-"],
    { permissions: [], stdin: "start\n" },
  );
  assertEquals(code, 64);
  assertStringIncludes(stderr, "Cannot read the events and --password-file");
});
