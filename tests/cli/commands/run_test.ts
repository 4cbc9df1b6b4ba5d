import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { EMBEDDED_BROKER, SERVERS } from "../../interop/servers.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import { until } from "../../support/wait.ts";
import { Cli, codeAfter, run } from "../cli.ts";
import { killedInTheEnd, ownTime, sleepers } from "../process/left_over.ts";
import { serving } from "../serving.ts";
import { needsTerminal, Terminal } from "../terminal.ts";

const values = { COMMAND: "sh" };

/** A responder that notes what it sees, and answers 1 but for `failing`. */
async function witness(
  redis: string,
  failing?: string,
): Promise<AsyncDisposable & { readonly seen: Signal[] }> {
  const responder = await SignalResponder.connect({ redis, name: "witness" });
  const seen: Signal[] = [];
  const watching = (async () => {
    for await (const signal of responder) {
      seen.push(signal);
      const ras = signal.event === failing ? 0 : 1;
      if (signal.event !== "shutdown") await responder.srespond(signal, ras);
    }
  })();
  return {
    seen,
    async [Symbol.asyncDispose]() {
      await responder.close();
      await watching;
    },
  };
}

const events = (seen: readonly Signal[]) =>
  seen.map(({ event }) => event).filter((event) => event !== "initialization");

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`run on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];

    await t.step(
      "wraps a command, whose streams and code stay its own",
      async () => {
        await using watch = await witness(server.url);
        const { code, stdout, stderr } = await run([
          ...["run", "fio", "--tag", "t", "--metadata", "a=b", ...redis],
          ...[
            "--",
            "sh",
            "-c",
            'read x; echo "got $x $1"; exit 7',
            "sh",
            "--json",
          ],
        ], { values, stdin: "input\n" });
        assertEquals({ code, stdout }, {
          code: 7,
          stdout: "got input --json\n",
        });
        assertStringIncludes(stderr, "start: 1 of 1 succeeded");
        assertStringIncludes(stderr, "stop: 1 of 1 succeeded");
        await until(() => watch.seen.at(-1)?.event === "shutdown", {
          what: "shutdown",
        });
        assertEquals(events(watch.seen), ["start", "stop", "shutdown"]);
        const [first, stop] = watch.seen.slice(-3);
        assertEquals(first?.metadata, { a: "b" });
        const { duration_ms, ...rest } = stop!.metadata!;
        assertEquals(rest, { a: "b", exit_code: 7 });
        assert(Number.isInteger(duration_ms) && (duration_ms as number) >= 0);
        assertEquals(stop?.tag, "t");
      },
    );

    await t.step(
      "a failing subscriber matters where it is strict",
      async () => {
        const words = ["run", "fio", ...redis];
        const strict = ["run", "fio", "--strict", ...redis];
        const command = ["--", "sh", "-c", "echo ran"];
        {
          await using _ = await witness(server.url, "start");
          const lax = await run([...words, ...command], { values });
          assertEquals([lax.code, lax.stdout], [0, "ran\n"]);
          const failed = await run([...strict, ...command], { values });
          assertEquals([failed.code, failed.stdout], [1, ""]);
        }
        await using watch = await witness(server.url, "stop");
        const { code, stdout } = await run([...strict, ...command], { values });
        assertEquals([code, stdout], [1, "ran\n"]);
        assertEquals(events(watch.seen).slice(0, 2), ["start", "stop"]);
      },
    );

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(`passes ${signal} on, and still says stop`, async () => {
        await using watch = await witness(server.url);
        const number = signal === "SIGINT" ? "INT" : "TERM";
        await using cli = Cli.start([
          ...["run", "fio", ...redis, "--", "sh", "-c"],
          `trap 'echo caught; exit 5' ${number}; echo up; while :; do sleep 0.05; done`,
        ], { values });
        assertEquals(await cli.line(), "up");
        const { code, stdout } = await cli.interrupt(signal);
        assertEquals({ code, stdout }, {
          code: codeAfter(signal),
          stdout: "up\ncaught\n",
        });
        await until(() => watch.seen.at(-1)?.event === "shutdown", {
          what: "shutdown",
        });
        assertEquals(events(watch.seen), ["start", "stop", "shutdown"]);
        assertEquals(watch.seen.at(-2)?.metadata?.exit_code, 5);
      });
    }

    await t.step(
      "does not run the command without a subscriber",
      async () => {
        const { code, stdout } = await run([
          ...["run", "fio", "--wait-timeout", "200ms", ...redis],
          ...["--", "sh", "-c", "echo ran"],
        ], { values });
        assertEquals([code, stdout], [3, ""]);
      },
    );
  });
}

Deno.test("run ends a command that does not heed the interruption at the second one", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using _ = await witness(server.url);
  await using cli = Cli.start([
    ...["run", "fio", "--redis", server.url, "--", "sh", "-c"],
    "trap '' INT; echo $$; while :; do sleep 0.05; done",
  ], { values });
  const pid = Number(await cli.line());
  cli.send("SIGINT");
  const entry = `/proc/${pid}/stat`;
  const isThere = () => Deno.stat(entry).then(() => true, () => false);
  if (Deno.build.os === "linux") assert(await isThere());
  await until(() => {
    cli.send("SIGINT");
    return cli.status;
  }, { what: "the end" });
  assertEquals((await cli.result()).code, 130);
  await until(async () => !await isThere(), { what: "the command's end" });
});

/** What `run` says where the only responder answers neither `start` nor `stop`. */
async function runSilent(
  redis: string,
  options: readonly string[],
): Promise<string[]> {
  await using _ = await serving(redis, "silent", {});
  const { code, stderr } = await run([
    ...["run", "fio", "--timeout", "300ms", ...options, "--redis", redis],
    ...["--", "sh", "-c", "true"],
  ], { values });
  assertEquals(code, 0);
  return stderr.trim().split("\n").map((line) => line.replace(/ in .*/, ""));
}

Deno.test("run evicts a subscriber that has missed so many events", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const missed = "missing  silent  did not answer";
  assertEquals(await runSilent(server.url, []), [
    ...[missed, "start: 1 missing of 1", missed, "stop: 1 missing of 1"],
  ]);
  const evicting = ["--evict-after-misses", "1"];
  assertEquals(await runSilent(server.url, evicting), [
    ...[missed, "start: 1 missing of 1"],
    "stop: published, with no subscriber to wait for; 1 connection got it",
  ]);
});

Deno.test("run keeps or evicts a subscriber that is lost", async () => {
  await using server = await EMBEDDED_BROKER.start();
  for (
    const [onLost, verdict] of [
      ["keep", "stop: 1 missing of 2"],
      ["evict", "stop: 1 of 1 succeeded"],
    ]
  ) {
    await using _ = await serving(server.url, "node", {
      start() {},
      stop() {},
    });
    // Its command ends with it: nothing is left of it that would have to be killed.
    await using mortal = Cli.start([
      ...["respond", "--redis", server.url, "--exec"],
      "echo up >&2; while kill -0 $PPID; do sleep 0.05; done",
    ], { permissions: ["--allow-net", "--allow-run"] });
    await mortal.line();
    const running = run([
      ...["run", "fio", "--wait-for", "2", "--on-lost", onLost!],
      ...["--redis", server.url, "--", "sh", "-c", "true"],
    ], { values });
    await until(() => mortal.errors.includes("up"), { what: "start" });
    await mortal.kill();
    assertStringIncludes((await running).stderr, verdict!);
  }
});

Deno.test("run passes on each signal, and its code tells which", async () => {
  await using server = await EMBEDDED_BROKER.start();
  for (const signal of ["SIGHUP", "SIGQUIT", "SIGINT", "SIGTERM"] as const) {
    await using watch = await witness(server.url);
    const time = ownTime();
    const trap = `trap 'echo caught; exit 0' ${signal.slice(3)}`;
    await using cli = Cli.start([
      ...["run", "fio", "--redis", server.url, "--", "sh", "-c"],
      `${trap}; echo up; while :; do sleep 0.05; done # ${time}`,
    ], { permissions: ["--allow-net", "--allow-run"] });
    await using _left = killedInTheEnd(time);
    await cli.line();
    const { code, stdout } = await cli.interrupt(signal);
    assertEquals({ code, stdout }, {
      code: codeAfter(signal),
      stdout: "up\ncaught\n",
    });
    await until(() => watch.seen.at(-1)?.event === "shutdown", { what: "it" });
    assertEquals(watch.seen.at(-2)?.metadata?.exit_code, 0);
  }
});

Deno.test("run waits no longer for stop once it is interrupted twice", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using _ = await serving(server.url, "node", { start() {} });
  await using watch = await witness(server.url);
  await using cli = Cli.start([
    ...["run", "fio", "--timeout", "never", "--wait-for", "2"],
    ...["--redis", server.url, "--", "sh", "-c", "echo ran"],
  ], { values });
  await until(() => watch.seen.at(-1)?.event === "stop", { what: "stop" });
  cli.send("SIGINT");
  await until(() => {
    cli.send("SIGINT");
    return cli.status;
  }, { what: "the end" });
  assertEquals((await cli.result()).code, codeAfter("SIGINT"));
  await until(() => watch.seen.at(-1)?.event === "shutdown", { what: "it" });
});

Deno.test("run stops with its command, and goes on with it", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using server = await EMBEDDED_BROKER.start();
  const time = ownTime();
  await using cli = Cli.start([
    ...["run", "fio", "--wait-for", "0", "--redis", server.url],
    ...["--", "sh", "-c", `echo up; sleep ${time}; true`],
  ], { permissions: ["--allow-net", "--allow-run"] });
  await using _left = killedInTheEnd(time);
  await cli.line();
  const states = async () => {
    const pids = [cli.pid, ...await sleepers(time)];
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "stat=", "-p", pids.join(",")],
    }).output();
    return new TextDecoder().decode(stdout).trim().replace(/[^TS\n]/g, "");
  };
  await until(async () => await states() === "S\nS\nS", { what: "all" });
  cli.send("SIGTSTP");
  await until(async () => await states() === "T\nT\nT", { what: "a stop" });
  cli.send("SIGCONT");
  await until(async () => await states() === "S\nS\nS", { what: "its end" });
  await cli.interrupt("SIGTERM");
});

for (const permission of ["--allow-run", "--allow-run=sh"]) {
  Deno.test(
    `run whose terminal is closed ends its command and says stop, with ${permission}`,
    {
      ...needsTerminal,
    },
    async () => {
      await using server = await EMBEDDED_BROKER.start();
      await using watch = await witness(server.url);
      const time = ownTime();
      await using terminal = Terminal.start([
        ...["run", "fio", "--redis", server.url],
        ...["--", "sh", "-c", `echo up; sleep ${time}; true`],
      ], { permissions: ["--allow-net", permission] });
      await using _left = killedInTheEnd(time);
      await until(() => terminal.screen.includes("up\r\n"), { what: "up" });
      await terminal.close();
      await until(() => watch.seen.at(-1)?.event === "shutdown", {
        what: "shutdown",
      });
      assertEquals(events(watch.seen), ["start", "stop", "shutdown"]);
      assertEquals(watch.seen.at(-2)?.metadata?.signal, "SIGHUP");
      // Even without the permission to signal it: it is the terminal that does.
      await until(async () => (await sleepers(time)).length === 0, {
        what: "the end of all",
      });
    },
  );
}

Deno.test("run exits as shells do where the command is not there", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using watch = await witness(server.url);
  const { code, stderr } = await run(
    ["run", "fio", "--redis", server.url, "--", "no-such-command"],
    { permissions: ["--allow-net", "--allow-run"] },
  );
  assertEquals(code, 127);
  assertStringIncludes(stderr, "Cannot run no-such-command");
  await until(() => watch.seen.at(-1)?.event === "shutdown", { what: "it" });
  assertEquals(watch.seen.at(-2)?.metadata?.exit_code, 127);
});

Deno.test("run keeps the command's code where the server dies meanwhile", {
  ...needsRedis("A command whose server dies"),
}, async () => {
  const server = await RedisServer.start();
  try {
    await using _ = await serving(server.url, "node", {
      start() {},
      stop() {},
    });
    await using cli = Cli.start([
      ...["run", "fio", "--timeout", "300ms", "--redis", server.url],
      ...["--", "sh", "-c", "echo up; read x; exit 4"],
    ], { values, stdin: "" });
    await cli.line();
    await server.kill();
    const { code, stderr } = await cli.result();
    assertEquals(code, 4);
    assertStringIncludes(
      stderr,
      "no shutdown was sent: the server did not confirm it within 1000 ms",
    );
  } finally {
    await server.stop();
  }
});

Deno.test("run refuses wrong calls and missing permissions before it begins", async () => {
  const cases: [string[], number, string][] = [
    [["fio"], 64, "The command is missing"],
    [["fio", "--"], 64, "The command is missing"],
    [["--", "sh"], 64, "PROCESS is missing"],
    [["fio", "more", "--", "sh"], 64, "argument too many"],
    [["fio", "--", "sh"], 77, "--allow-run=sh"],
  ];
  for (const [words, code, message] of cases) {
    const result = await run(["run", ...words], { permissions: [] });
    assertStringIncludes(result.stderr, message);
    assertEquals(result.code, code);
  }
});
