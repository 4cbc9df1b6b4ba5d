import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import { SIGNAL_CHANNEL } from "../../../src/protocol/channels.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { needsPython, PythonExporter } from "../../support/python_peer.ts";
import { DEFAULT_USER_OFF } from "../../support/redis_acl.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { until } from "../../support/wait.ts";
import { openTransport } from "../../../src/connect.ts";
import { Cli, codeAfter, run } from "../cli.ts";

const python = needsPython("wait for a Python exporter");

/** An exporter in the state "initialization". */
async function exporterOf(
  redis: string,
  name = "fio",
): Promise<SignalExporter> {
  const exporter = await SignalExporter.connect(name, {
    redis,
    runnerHost: "lab-1",
  });
  await exporter.initialize("any");
  return exporter;
}

/** Resolves when so many clients hear signals. */
async function untilHeard(redis: string, count = 1): Promise<void> {
  const transport = await openTransport({ redis });
  try {
    await until(async () => {
      const [heard] = await transport.countSubscribers!([SIGNAL_CHANNEL]) ?? [];
      return heard! >= count;
    }, { what: "a listener" });
  } finally {
    await transport.close();
  }
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`wait on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];

    await t.step("ends at once in the state that is now", async () => {
      await using fio = await exporterOf(server.url);
      // Another exporter of that name is in another state.
      await using _ = await exporterOf(server.url);
      await fio.publishSignal("start", { tag: "blue" });
      const begin = performance.now();
      const now = await run(["wait", "fio", "start", ...redis]);
      assertEquals([now.code, now.stderr], [0, ""]);
      assert(/^fio on lab-1: start, for [\d.]+ m?s\n$/.test(now.stdout));
      assert(performance.now() - begin < 10_000);
      const id = await run(
        ["wait", fio.publisherId, "start", "--json", ...redis],
      );
      const { since, ...rest } = JSON.parse(id.stdout);
      assertEquals(rest, {
        type: "state",
        publisher_id: fio.publisherId,
        process_name: "fio",
        runner_host: "lab-1",
        state: "start",
        tag: "blue",
        by: "roll-call",
      });
      assert(Math.abs(Date.parse(since) - Date.now()) < 60_000);
      const tagged = ["wait", "fio", "start", "--timeout", "700ms", "--tag"];
      assertEquals((await run([...tagged, "blue", ...redis])).code, 0);
      assertEquals((await run([...tagged, "green", ...redis])).code, 3);
    });

    await t.step("ends with the signal of a later state", async () => {
      await using fio = await exporterOf(server.url);
      await using uperf = await exporterOf(server.url, "uperf");
      for (const words of [["start"], ["stop", "--json"], ["shutdown"]]) {
        await using cli = Cli.start(["wait", "fio", ...words, ...redis]);
        await untilHeard(server.url);
        await uperf.publishSignal(words[0] === "shutdown" ? "x" : words[0]!);
        await fio.publishSignal("other");
        await new Promise((resolve) => setTimeout(resolve, 100));
        assertEquals(cli.status, undefined);
        if (words[0] === "shutdown") await fio.shutdown();
        else await fio.publishSignal(words[0]!);
        const { code, stdout } = await cli.result();
        assertEquals(code, 0);
        assertStringIncludes(stdout, "fio");
        if (words.includes("--json")) {
          assertEquals(JSON.parse(stdout).state, "stop");
          assertEquals(JSON.parse(stdout).by, "signal");
        }
      }
      // Its exporter has shut down, and is there still.
      const now = await run(["wait", "fio", "shutdown", ...redis]);
      assertEquals(now.code, 0);
    });

    await t.step("exits with 3 on a timeout, and says what was", async () => {
      await using fio = await exporterOf(server.url);
      await fio.publishSignal("start");
      const words = ["wait", "fio", "stop", "--timeout", "800ms", ...redis];
      const late = await run(words);
      assertEquals(late, {
        code: 3,
        stdout:
          "timeout: fio was not in stop within 800 ms; last seen in start\n",
        stderr: "",
      });
      const machine = await run([...words, "--json"]);
      assertEquals(JSON.parse(machine.stdout), {
        type: "timeout",
        process: "fio",
        event: "stop",
        last: "start",
      });
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(`${signal} ends it in time`, async () => {
        await using cli = Cli.start(["wait", "fio", "start", ...redis]);
        await untilHeard(server.url);
        const begin = performance.now();
        const { code, stdout } = await cli.interrupt(signal);
        assertEquals([code, stdout], [codeAfter(signal), ""]);
        const took = performance.now() - begin;
        assert(took < 1_500, `${took} ms`);
      });
    }

    await t.step({
      name: "hears a Python exporter, which answers no roll call",
      ...python,
      fn: async () => {
        await using exporter = await PythonExporter.connect(server.url);
        await exporter.initialize(["start"]);
        await using cli = Cli.start([
          "wait",
          "python-exporter",
          "start",
          ...redis,
        ]);
        await untilHeard(server.url);
        await exporter.publishSignal("start");
        assertEquals((await cli.result()).code, 0);
      },
    });
  });
}

Deno.test("wait takes control characters out of what it shows", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using evil = await exporterOf(server.url, "e\x1b[2Jvil\u202e");
  const words = ["wait", evil.publisherId, "initialization"];
  const { stdout } = await run([...words, "--redis", server.url]);
  assertStringIncludes(stdout, "e[2Jvil on lab-1: initialization");
  assertEquals(stdout.match(/[\p{Cc}\p{Cf}]/gu), ["\n"]);
});

Deno.test("wait refuses what it can't use, and says where the server refuses", {
  ...needsRedis("wait without a permission of the server"),
}, async () => {
  for (
    const [words, message] of [
      [["fio"], "EVENT is missing"],
      [["fio", "a", "b"], "argument too many"],
      [["fio", "a", "--timeout", "soon"], "--timeout"],
    ] as const
  ) {
    const { code, stderr } = await run(["wait", ...words], {
      permissions: [],
    });
    assertEquals(code, 64);
    assertStringIncludes(stderr, message);
  }
  await using server = await RedisServer.start({
    acl: [
      DEFAULT_USER_OFF,
      `me on >word resetchannels &${SIGNAL_CHANNEL} +@all`,
    ],
  });
  const url = `redis://me:word@127.0.0.1:${server.port}`;
  const { code } = await run(["wait", "fio", "start", "--redis", url]);
  assertEquals(code, 77);
});
