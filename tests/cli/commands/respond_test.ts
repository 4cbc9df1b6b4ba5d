import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openTransport } from "../../../src/connect.ts";
import { SIGNAL_CHANNEL } from "../../../src/protocol/channels.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import type { PublishOptions } from "../../../src/signals/exporter/options.ts";
import type { PublishResult } from "../../../src/signals/exporter/publish_result.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { needsPython, PythonExporter } from "../../support/python_peer.ts";
import { eventOf, until } from "../../support/wait.ts";
import { Cli, type CliOptions, codeAfter } from "../cli.ts";
import { encodeSignal } from "../../support/payloads.ts";

const python = needsPython("respond with a Python exporter");

/** An exporter and one `respond` that has subscribed to it. */
class Pair implements AsyncDisposable {
  readonly cli: Cli;
  readonly exporter: SignalExporter;

  private constructor(cli: Cli, exporter: SignalExporter) {
    this.cli = cli;
    this.exporter = exporter;
  }

  static async open(
    redis: string,
    words: readonly string[],
    options: CliOptions & { tag?: string } = {},
  ): Promise<Pair> {
    const cli = Cli.start(["respond", ...words, "--redis", redis], options);
    await cli.line("the responder to be ready");
    const exporter = await SignalExporter.connect("fio", { redis });
    const { tag } = options;
    await exporter.initializeAndWait(1, ["start", "stop"], {
      periodic: true,
      ...(tag === undefined ? {} : { tag }),
    });
    return new Pair(cli, exporter);
  }

  /** Publishes, and takes the one answer. */
  async ask(
    event: string,
    options: PublishOptions = {},
  ): Promise<{ ras: number; message?: string } | undefined> {
    const { acks } = await this.exporter.publishSignal(event, options);
    const [ack] = acks.values();
    return ack && {
      ras: ack.ras,
      ...(ack.message === undefined ? {} : { message: ack.message }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exporter.close();
    await this.cli[Symbol.asyncDispose]();
  }
}

/** Whether a process of this command line is there. */
async function isRunning(...words: readonly string[]): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-eo", "args"],
  }).output();
  return new TextDecoder().decode(stdout).split("\n").includes(words.join(" "));
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`respond on ${name}`, { ignore }, async (t) => {
    await using server = await start();

    await t.step("answers with success, and says so", async () => {
      await using pair = await Pair.open(server.url, ["--name", "node-7"]);
      assert([...pair.exporter.subscribers][0]!.startsWith("node-7-"));
      assertEquals(await pair.ask("start"), { ras: 1 });
      assert(/^ok {7}fio start {2,}[\d.]+ m?s$/.test(await pair.cli.line()));
    });

    await t.step("answers by a command, which knows the signal", async () => {
      await using pair = await Pair.open(server.url, [
        "--exec",
        `cat >&2; echo; echo "$SS_PROCESS_NAME $SS_EVENT $SS_SAMPLE $SS_TAG $SS_RUNNER_HOST $SS_METADATA $SS_PUBLISHER_ID"; echo`,
      ]);
      const { exporter, cli } = pair;
      const answer = await pair.ask("start", {
        sample: 2,
        tag: "$(echo pwned)",
        metadata: { a: ["\u00e9"] },
      });
      assertEquals(answer, {
        ras: 1,
        message:
          `fio start 2 $(echo pwned) ${exporter.runnerHost} {"a":["\u00e9"]} ${exporter.publisherId}`,
      });
      await until(() => cli.errors.endsWith("\n"), { what: "standard error" });
      assertEquals(JSON.parse(cli.errors), {
        publisher_id: exporter.publisherId,
        process_name: "fio",
        event: "start",
        runner_host: exporter.runnerHost,
        sample_no: 2,
        tag: "$(echo pwned)",
        metadata: { a: ["\u00e9"] },
      });
      await cli.line();
    });

    await t.step("takes the exit status for the answer", async () => {
      await using pair = await Pair.open(server.url, [
        "--exec",
        'if [ "$SS_EVENT" = stop ]; then echo gone >&2; else exit 3; fi; false',
      ]);
      assertEquals(await pair.ask("start"), {
        ras: 0,
        message: "exit code 3",
      });
      assertEquals(await pair.ask("stop"), { ras: 0, message: "gone" });
    });

    await t.step("hands on the last lines of a failure", async () => {
      const log =
        'echo out; echo err >&2; sleep 0.2; printf "a\\nb\\n" >&2; sleep 0.2; echo c; test $SS_EVENT = stop';
      await using pair = await Pair.open(server.url, [
        ...["--tail", "3", "--exec", log],
      ]);
      assertEquals(await pair.ask("start"), {
        ras: 0,
        message: "a\nb\nc\nexit code 1",
      });
      assertStringIncludes(await pair.cli.line(), "  exit code 1");
      assertEquals(await pair.ask("stop"), { ras: 1, message: "c" });
    });

    await t.step(
      "hands on the lines before a command's time was up",
      async () => {
        await using pair = await Pair.open(server.url, [
          ...["--tail", "5", "--timeout", "500ms"],
          ...["--exec", "echo one; echo two; sleep 4714; true"],
        ]);
        const message = "one\ntwo\nstopped after 500 ms";
        assertEquals(await pair.ask("start"), { ras: 0, message });
      },
    );

    await t.step("tells a command why its publisher stops", async () => {
      await using pair = await Pair.open(server.url, [
        ...["--on", "start", "--on", "shutdown"],
        ...["--exec", 'echo "$SS_EVENT <$SS_REASON>" >&2'],
      ]);
      await pair.ask("start");
      await pair.exporter.shutdown({ reason: "$(echo pwned) full" });
      const told = "start <>\nshutdown <$(echo pwned) full>\n";
      await until(() => pair.cli.errors === told, { what: told });
    });

    await t.step(
      "answers what it was told to, and ends when told",
      async () => {
        await using pair = await Pair.open(
          server.url,
          ["--on", "stop", "--until", "shutdown", "--tag", "blue"],
          { tag: "blue" },
        );
        const options = { timeout: 300 };
        assertEquals(
          await pair.ask("start", { tag: "blue", ...options }),
          undefined,
        );
        assertEquals(
          await pair.ask("stop", { tag: "red", ...options }),
          undefined,
        );
        assertEquals(await pair.ask("stop", { tag: "blue" }), { ras: 1 });
        await pair.exporter.shutdown({ tag: "blue" });
        assertEquals((await pair.cli.result()).code, 0);
      },
    );

    await t.step("stops a command that takes too long", async () => {
      await using pair = await Pair.open(server.url, [
        ...["--timeout", "200ms", "--exec", "sleep 4711; true"],
      ]);
      assertEquals(await pair.ask("start"), {
        ras: 0,
        message: "stopped after 200 ms",
      });
      assertEquals(await isRunning("sleep", "4711"), false);
    });

    await t.step("stops a command when its publisher shuts down", async () => {
      await using pair = await Pair.open(server.url, [
        "--exec",
        "sleep 4712; true",
      ]);
      const asked = pair.exporter.publishSignal("start");
      await until(() => isRunning("sleep", "4712"), { what: "the run" });
      await pair.exporter.shutdown({ reason: "the disk is full" });
      await until(async () => !await isRunning("sleep", "4712"), {
        what: "the command to be stopped",
      });
      await asked;
      const line = await pair.cli.line();
      assertStringIncludes(line, "failed");
      assertStringIncludes(line, "stopped: The publisher fio-");
      assertStringIncludes(line, "has shut down: the disk is full");
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(
        `${signal} stops the command, and is an answer`,
        async () => {
          await using pair = await Pair.open(server.url, [
            "--exec",
            "sleep 4713; true",
          ]);
          const asked: Promise<PublishResult> = pair.exporter.publishSignal(
            "start",
          );
          await until(() => isRunning("sleep", "4713"), { what: "the run" });
          assertEquals(
            (await pair.cli.interrupt(signal)).code,
            codeAfter(signal),
          );
          assertEquals(await isRunning("sleep", "4713"), false);
          const { code, acks } = await asked;
          const [ack] = acks.values();
          const message = `stopped: Interrupted by ${signal}`;
          assertEquals([code, ack?.message], [1, message]);
        },
      );
    }

    await t.step({
      name: "answers a Python exporter",
      ...python,
      fn: async () => {
        await using cli = Cli.start([
          ...["respond", "--redis", server.url, "--exec"],
          'test "$SS_EVENT" = start && echo "took $SS_METADATA"',
        ]);
        await cli.line();
        await using exporter = await PythonExporter.connect(server.url);
        assert(
          await exporter.initializeAndWait(1, ["start", "stop"], {
            periodic: true,
          }),
        );
        const [id] = await exporter.subscribers();
        assertEquals(
          await exporter.publishSignal("start", { metadata: { a: 1 } }),
          { code: 0, messages: { [id!]: 'took {"a":1}' } },
        );
        assertEquals((await exporter.publishSignal("stop")).code, 1);
      },
    });
  });
}

Deno.test("respond says that it is at work as long as a command runs", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using pair = await Pair.open(server.url, ["--exec", "sleep 5.5"]);
  const progress = eventOf<CustomEvent>(pair.exporter, "progress");
  const asked = pair.ask("start");
  assertEquals((await progress).detail.event, "start");
  assertEquals(await asked, { ras: 1 });
});

Deno.test("respond hands on what only Python calls JSON as strict JSON", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using cli = Cli.start([
    ...["respond", "--redis", server.url, "--exec"],
    'cat >&2; echo "$SS_METADATA"',
  ]);
  await cli.line();
  const transport = await openTransport({ redis: server.url });
  const signal = encodeSignal({
    publisherId: "p\0",
    processName: "fio",
    event: "start",
    runnerHost: "lab",
    sampleNo: 1,
    tag: "t",
    metadata: { x: 0 },
  });
  await transport.publish(
    SIGNAL_CHANNEL,
    signal.replace('"x":0', '"x":[NaN,12345678901234567890]'),
  );
  const metadata = '{"x":[null,12345678901234567890]}';
  assertStringIncludes(await cli.line(), metadata);
  assertStringIncludes(cli.errors, `"metadata":${metadata}`);
  await transport.close();
});

Deno.test("respond survives a command that reads nothing and leaves a child behind", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using pair = await Pair.open(server.url, [
    "--exec",
    "sleep 3 <&0 & echo done",
  ]);
  const metadata = { text: "x".repeat(1_000_000) };
  assertEquals(await pair.ask("start", { metadata }), {
    ras: 1,
    message: "done",
  });
});

Deno.test("respond goes on without a reader of its output", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using pair = await Pair.open(server.url, []);
  await pair.cli.stopReading();
  for (let n = 0; n < 3; n++) {
    assertEquals(await pair.ask("start"), { ras: 1 });
  }
  assertEquals(pair.cli.errors, "");
});

Deno.test("respond says once that a command failed at shutdown, as its own result", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const words = ["--on", "shutdown", "--exec", "exit 3"];
  await using pair = await Pair.open(server.url, [
    ...words,
    "--until",
    "shutdown",
  ]);
  await pair.exporter.shutdown();
  const { code, stdout, stderr } = await pair.cli.result();
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "failed   fio shutdown");
});

Deno.test("respond --on notes each other event once, and none without --on", async () => {
  await using server = await EMBEDDED_BROKER.start();
  for (const on of [true, false]) {
    const words = on ? ["--on", "start"] : [];
    await using pair = await Pair.open(server.url, words);
    for (const event of ["stop", "stop", "start"]) {
      await pair.ask(event, { timeout: on && event === "stop" ? 200 : 20_000 });
    }
    await pair.exporter.shutdown();
    const { stderr } = await pair.cli.interrupt();
    assertEquals(
      stderr,
      on
        ? 'Passing over "stop" of fio, which --on does not name: its publishes get no answer from here\n'
        : "",
    );
  }
});

Deno.test("respond refuses options that can't be used", async () => {
  for (
    const [words, message] of [
      [["--tail", "3"], "--tail without --exec"],
      [["--exec", "true", "--tail", "0"], "from 1 to 1000"],
      [["--exec", "true", "--tail", "1001"], "from 1 to 1000"],
      [["--on", "initialization"], "--on initialization as it is always"],
    ] as const
  ) {
    await using cli = Cli.start(["respond", ...words], { permissions: [] });
    const { code, stderr } = await cli.result();
    assertEquals(code, 64);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("respond --exec needs the permission to run before it answers", async () => {
  await using cli = Cli.start(["respond", "--exec", "true"], {
    permissions: ["--allow-net"],
  });
  const { code, stderr } = await cli.result();
  assertEquals(code, 77);
  assertStringIncludes(stderr, "--allow-run=sh");
});
