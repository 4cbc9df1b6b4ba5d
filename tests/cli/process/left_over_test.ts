import { assert, assertEquals } from "@std/assert";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import { Broker } from "../../../src/broker/mod.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { until, within } from "../../support/wait.ts";
import { Cli, codeAfter } from "../cli.ts";
import { COMMANDS, killedInTheEnd, ownTime, sleepers } from "./left_over.ts";

const ignore = Deno.build.os === "windows";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** Rounds that run at the same time. */
const ABREAST = 4;

/** One command that is interrupted while it runs a shell command. */
interface Round {
  readonly what: string;
  readonly command: (time: string) => string;
  readonly signal: Deno.Signal;
  readonly times: number;
}

/** Milliseconds after which what did not end by itself is killed. */
const GRACE = 5_000;
/** The commands that have to be killed. */
const STUBBORN = [
  "one that ignores signals",
  "one that goes on after a signal",
];

/** What became of it. */
interface Ended {
  readonly code: number;
  readonly left: number;
  /** Whether it took as long as one takes that has to be killed. */
  readonly isSlow: boolean;
  /** The code of the publish that waits for it. */
  readonly answer?: number;
}

/** Each command, each time with the next signal. */
function rounds(times: number): Round[] {
  return Object.entries(COMMANDS).map(([what, command], n) => ({
    what,
    command,
    signal: SIGNALS[(n + times) % SIGNALS.length]!,
    times,
  }));
}

/** Interrupts it, and looks what is left. */
async function interrupt(
  cli: Cli,
  { signal, times }: Round,
  time: string,
): Promise<Ended> {
  const begin = performance.now();
  cli.send(signal);
  if (times === 2) {
    // Two that come before the first is seen are one.
    await new Promise((seen) => setTimeout(seen, 100));
    cli.send(signal);
  }
  // Its streams may be held open by what it leaves.
  const { code } = await within(cli.exited, {
    timeout: 30_000,
    what: "the command's end",
  });
  const isSlow = performance.now() - begin >= GRACE;
  return { code, left: (await sleepers(time)).length, isSlow };
}

/** Interrupts `run`. */
async function interruptRun(redis: string, round: Round): Promise<Ended> {
  const time = ownTime();
  await using cli = Cli.start([
    ...["run", "fio", "--wait-for", "0", "--redis", redis],
    ...["--", "sh", "-c", round.command(time)],
  ], { permissions: ["--allow-net", "--allow-run"] });
  await using _left = killedInTheEnd(time);
  await until(async () => (await sleepers(time)).length > 0, {
    what: `${round.what} to run`,
  });
  return await interrupt(cli, round, time);
}

/** Interrupts `respond --exec`, in a namespace of its own. */
async function interruptRespond(redis: string, round: Round): Promise<Ended> {
  const time = ownTime();
  const options = { redis, namespace: time };
  await using cli = Cli.start([
    ...["respond", "--redis", redis, "--namespace", time],
    ...["--exec", round.command(time)],
  ], { permissions: ["--allow-net", "--allow-run"] });
  await using _left = killedInTheEnd(time);
  await cli.line();
  await using exporter = await SignalExporter.connect("fio", options);
  await exporter.initializeAndWait(1, ["start"], { periodic: true });
  const asked = exporter.publishSignal("start");
  await until(async () => (await sleepers(time)).length > 0, {
    what: `${round.what} to run`,
  });
  const ended = await interrupt(cli, round, time);
  return { ...ended, answer: (await asked).code };
}

/** Runs all rounds, a few at a time. */
async function endsOf(
  all: readonly Round[],
  run: (redis: string, round: Round) => Promise<Ended>,
): Promise<Record<string, Ended>> {
  await using broker = Broker.listen({ port: 0 });
  const ends: Record<string, Ended> = {};
  const rest = [...all];
  await Promise.all(Array.from({ length: ABREAST }, async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      ends[`${next.what}, ${next.signal}`] = await run(broker.url, next);
    }
  }));
  return ends;
}

/** What must become of each. */
function wanted(all: readonly Round[], answer?: number): Record<string, Ended> {
  return Object.fromEntries(all.map(({ what, signal, times }) => [
    `${what}, ${signal}`,
    {
      code: codeAfter(signal),
      left: 0,
      isSlow: times === 1 && STUBBORN.includes(what),
      ...(answer === undefined ? {} : { answer }),
    },
  ]));
}

for (const [times, often] of [[1, "once"], [2, "twice"]] as const) {
  const all = rounds(times);

  Deno.test(
    `run that is interrupted ${often} leaves no process`,
    { ignore },
    async () => {
      assertEquals(await endsOf(all, interruptRun), wanted(all));
    },
  );

  Deno.test(
    `respond that is interrupted ${often} leaves no process, and its answer is failure`,
    {
      ignore,
    },
    async () => {
      assertEquals(await endsOf(all, interruptRespond), wanted(all, 1));
    },
  );
}

Deno.test("nothing is left where the server is stopped as well", {
  ignore: ignore || needsRedis("Commands without their server").ignore,
}, async () => {
  const stubborn = COMMANDS["one that ignores signals"]!;
  await Promise.all(["run", "respond"].map(async (name) => {
    await using server = await RedisServer.start();
    const time = ownTime();
    const words = name === "run"
      ? ["run", "fio", "--wait-for", "0", "--", "sh", "-c", stubborn(time)]
      : ["respond", "--exec", stubborn(time)];
    await using cli = Cli.start(
      [name, "--redis", server.url, ...words.slice(1)],
      { permissions: ["--allow-net", "--allow-run"] },
    );
    await using _left = killedInTheEnd(time);
    const asked = name === "respond" ? ask(server.url, cli) : undefined;
    await until(async () => (await sleepers(time)).length > 0, {
      what: `the command of ${name}`,
    });
    server.suspend();
    const { code } = await cli.kill("SIGTERM");
    assertEquals([name, code], [name, codeAfter("SIGTERM")]);
    assertEquals(await sleepers(time), []);
    server.resume();
    await asked;
  }));
});

/** Has a responder act on one event; resolves when that is over, however it ends. */
async function ask(redis: string, cli: Cli): Promise<void> {
  await cli.line();
  await using exporter = await SignalExporter.connect("fio", {
    redis,
    logLevel: "CRITICAL",
  });
  await exporter.initializeAndWait(1, ["start"], { periodic: true });
  await exporter.publishSignal("start");
}

Deno.test("what a command of respond has left behind lives on until a signal", {
  ignore,
}, async () => {
  await using broker = Broker.listen({ port: 0 });
  const time = ownTime();
  await using cli = Cli.start([
    ...["respond", "--redis", broker.url, "--exec"],
    `nohup sleep ${time} >/dev/null 2>&1 & echo started`,
  ], { permissions: ["--allow-net", "--allow-run"] });
  await using _left = killedInTheEnd(time);
  await cli.line();
  const options = { redis: broker.url };
  await using exporter = await SignalExporter.connect("fio", options);
  await exporter.initializeAndWait(1, ["start"], { periodic: true });
  assert((await exporter.publishSignal("start")).ok);
  await exporter.shutdown();
  assertEquals((await sleepers(time)).length, 1);
  await cli.interrupt("SIGTERM");
  assertEquals(await sleepers(time), []);
});

Deno.test("with --allow-run=COMMAND only the command itself can be signalled", {
  ignore,
}, async () => {
  await using broker = Broker.listen({ port: 0 });
  const time = ownTime();
  await using cli = Cli.start([
    ...["run", "fio", "--wait-for", "0", "--redis", broker.url],
    ...["--", "sh", "-c", `sleep ${time} >/dev/null 2>&1 & echo up; wait`],
  ], { values: { COMMAND: "sh" } });
  await using _left = killedInTheEnd(time);
  await cli.line();
  await cli.kill("SIGTERM");
  assertEquals(cli.status?.code, codeAfter("SIGTERM"));
  assertEquals((await sleepers(time)).length, 1);
});
