/**
 * `run` whose responder asks it to stop.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { EMBEDDED_BROKER } from "../../interop/servers.ts";
import { until } from "../../support/wait.ts";
import { Cli, codeAfter } from "../cli.ts";
import { killedInTheEnd, ownTime, sleepers } from "../process/left_over.ts";

const values = { COMMAND: "sh" };
const REASON = 'the disk is "full" \u2713';

/** A responder that asks each run to stop when it hears an event, before it answers. */
async function objector(redis: string, objectsTo: string) {
  const responder = await SignalResponder.connect({ redis, name: "vm-1" });
  const seen: Signal[] = [];
  const watching = (async () => {
    for await (const signal of responder) {
      seen.push(signal);
      const { event } = signal;
      if (event === objectsTo) await responder.requestStop(signal, REASON);
      // The exporter may have given up waiting.
      if (event !== "shutdown") await responder.srespond(signal, 1);
    }
  })();
  return {
    responder,
    /** The events after `initialization`, and the reason of each. */
    told: () =>
      seen.filter(({ event }) => event !== "initialization").map((
        { event, metadata },
      ) => [event, metadata?.reason]),
    seen,
    shutdown: () =>
      until(() => seen.at(-1)?.event === "shutdown", { what: "shutdown" }),
    async [Symbol.asyncDispose]() {
      await responder.close();
      await watching;
    },
  };
}

Deno.test("run that is asked to stop ends its command with all that it has started, says who asks and why, and exits with 1", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using watch = await objector(server.url, "never");
  const time = ownTime();
  await using cli = Cli.start([
    ...["run", "fio", "--redis", server.url, "--", "sh", "-c"],
    `trap 'echo caught; exit 0' TERM; sleep ${time} & echo up; while :; do sleep 0.05; done`,
  ], { permissions: ["--allow-net", "--allow-run"] });
  await using _left = killedInTheEnd(time);
  assertEquals(await cli.line(), "up");
  const start = watch.seen.find(({ event }) => event === "start")!;
  await watch.responder.requestStop(start, REASON);
  const { code, stdout, stderr } = await cli.result();
  assertEquals({ code, stdout }, { code: 1, stdout: "up\ncaught\n" });
  assertStringIncludes(stderr, `vm-1 asks for it: ${REASON}`);
  assertStringIncludes(stderr, "stop: 1 of 1 succeeded");
  await watch.shutdown();
  assertEquals(watch.told(), [
    ["start", undefined],
    ["stop", REASON],
    ["shutdown", REASON],
  ]);
  assertEquals(watch.seen.at(-2)?.metadata?.exit_code, 0);
  assertEquals(await sleepers(time), []);
});

Deno.test("run that is asked to stop before its command runs does not run it, and exits with 1", async () => {
  await using server = await EMBEDDED_BROKER.start();
  for (
    const [event, options, told] of [
      ["initialization", ["--wait-for", "2"], [["shutdown", REASON]]],
      ["start", [], [
        ["start", undefined],
        ["stop", REASON],
        ["shutdown", REASON],
      ]],
    ] as const
  ) {
    await using watch = await objector(server.url, event);
    await using cli = Cli.start([
      ...["run", "fio", ...options, "--json", "--redis", server.url],
      ...["--", "sh", "-c", "echo ran"],
    ], { values });
    const { code, stdout, stderr } = await cli.result();
    assertEquals([code, stdout], [1, ""], stderr);
    const record = stderr.split("\n").find((line) =>
      line.includes('"stop-requested"')
    );
    const { responder_id, reason } = JSON.parse(record!);
    assertEquals([responder_id, reason], [watch.responder.responderId, REASON]);
    assert(!stderr.includes('"timeout"'), stderr);
    await watch.shutdown();
    assertEquals(watch.told(), told);
  }
});

Deno.test("an interruption after a request to stop decides the exit code", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using watch = await objector(server.url, "never");
  await using cli = Cli.start([
    ...["run", "fio", "--redis", server.url, "--", "sh", "-c"],
    "trap 'echo caught' TERM; echo up; while :; do sleep 0.05; done",
  ], { values });
  await cli.line();
  const start = watch.seen.find(({ event }) => event === "start")!;
  await watch.responder.requestStop(start, REASON);
  assertEquals(await cli.line(), "caught");
  // The second one kills the command, which does not end by itself.
  await until(() => {
    cli.send("SIGINT");
    return cli.status;
  }, { what: "the end" });
  assertEquals((await cli.result()).code, codeAfter("SIGINT"));
});

Deno.test("publish says who asks it to stop, and goes on", async () => {
  await using server = await EMBEDDED_BROKER.start();
  await using watch = await objector(server.url, "start");
  await using cli = Cli.start([
    ...["publish", "fio", "start", "--redis", server.url],
  ]);
  const { code, stdout } = await cli.result();
  assertEquals(code, 0);
  assertStringIncludes(stdout, "vm-1 asks for it");
  assertStringIncludes(stdout, "start: 1 of 1 succeeded");
  await watch.shutdown();
  assertEquals(watch.told(), [["start", undefined], ["shutdown", undefined]]);
});
