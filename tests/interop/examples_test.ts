import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { SignalResponder } from "../../mod.ts";
import { needsJsr } from "../support/deno_redis.ts";
import { needsPython } from "../support/python_peer.ts";
import { pythonInterpreter } from "../support/python_process.ts";
import {
  commandsIn,
  exampleFiles,
  runDeno,
  startDeno,
} from "./example_commands.ts";
import { EMBEDDED_BROKER, REFERENCE_SERVER } from "./servers.ts";

const DISTRIBUTED_LOAD = "examples/distributed_load.ts";
const EDGE_TASK = "examples/edge_task.ts";
const DENO_REDIS = "examples/deno_redis.ts";
const PYTHON_INTEROP = "examples/python_interop.ts";
const SCHEDULED_TASK = "examples/scheduled_task.ts";

/** Examples that are run by tests of their own. */
const ELSEWHERE = [
  DISTRIBUTED_LOAD, // a test below
  PYTHON_INTEROP,
  "examples/exporter.ts", // tests/documents/quick_start_test.ts
  "examples/responder.ts",
];

/** How many responders an example needs that brings none of its own. */
const COMPANY: Readonly<Record<string, number>> = {
  [EDGE_TASK]: 2,
  [SCHEDULED_TASK]: 1,
};

/** What an example asks for beside the network. */
const MORE: Readonly<Record<string, string>> = {
  [DISTRIBUTED_LOAD]: "--allow-run=deno",
  "examples/ioredis.ts": "--allow-env",
  "examples/node_redis.ts": "--allow-env=REDIS_DEBUG_MAINTENANCE",
  "examples/replace_worker.ts": "--allow-run=deno",
};

/** Examples that ask for it start Deno by its name. */
const PATH = `${Deno.execPath().replace(/[^/]*$/, "")}:${Deno.env.get("PATH")}`;

Deno.test("the first comment of every example has commands with the least permissions", () => {
  const files = exampleFiles();
  assert(files.length > 0);
  for (const file of files) {
    const commands = commandsIn(file);
    assertNotEquals(commands, [], file);
    for (const [verb, ...args] of commands) {
      if (verb === "task") continue;
      assertEquals([verb, args.includes(file)], ["run", true], file);
      const flags = args.filter((arg) => arg.startsWith("-"));
      const least =
        /^(--no-prompt|--now|--unstable-cron|--allow-net=\S+:\d+|--allow-net=127\.0\.0\.1)$/;
      const more = flags.filter((flag) => !least.test(flag));
      assertEquals(more, file in MORE ? [MORE[file]] : [], file);
    }
  }
});

for (const file of exampleFiles()) {
  if (ELSEWHERE.includes(file)) continue;
  const { ignore } = file === DENO_REDIS
    ? needsJsr(`${file} is`)
    : { ignore: false };
  for (const command of commandsIn(file)) {
    if (command.includes("--unstable-cron")) continue; // it waits for the night
    const name = `deno ${command.join(" ")} exits with 0`;
    Deno.test(name, { ignore }, async () => {
      await using server = await REFERENCE_SERVER.start();
      const { port } = new URL(server.url);
      const args = command.map((arg) =>
        arg.replaceAll(/(HOST|127\.0\.0\.1):6379/g, `127.0.0.1:${port}`)
      );
      await using _company = await company(server.url, COMPANY[file] ?? 0);
      const { code, stdout, stderr } = await runDeno(args, { PATH });
      assertEquals(code, 0, `${stdout}\n${stderr}`);
      assertNotEquals(stdout, "");
      assertNotMatch(stderr, /\b(ERROR|WARNING)\b/);
    });
  }
}

Deno.test("the scheduled task waits for its hour", async () => {
  const command = commandsIn(SCHEDULED_TASK)
    .find((each) => each.includes("--unstable-cron"))!;
  const child = startDeno(command.map((arg) => arg.replace("HOST", "[::1]")));
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertStringIncludes((await lines.read()).value!, "waiting for 3:00 UTC");
  child.kill();
  await Promise.all([child.status, lines.cancel(), child.stderr.cancel()]);
});

Deno.test("a phase in which a worker is killed is done again with its replacement", async () => {
  const [command] = commandsIn("examples/replace_worker.ts");
  const { stdout } = await runDeno(command!, { PATH });
  assertMatch(
    stdout,
    /^prepare: attempt 1 is done by all 2\nmeasure: worker-2-\S+ is lost\nmeasure: attempt 2 is done by all 2\n$/,
  );
});

Deno.test("a distributed load test of at most 250 lines does all of its tasks, and each worker hears why it ends", async () => {
  const source = await Deno.readTextFile(
    new URL(`../../${DISTRIBUTED_LOAD}`, import.meta.url),
  );
  assert(source.split("\n").length <= 251);
  const [command] = commandsIn(DISTRIBUTED_LOAD);
  const { code, stdout, stderr } = await runDeno(command!, { PATH });
  assertEquals([code, stderr], [0, ""], stdout);
  const runs = stdout.trim().split("\n\n");
  const id = "worker-2-[0-9a-f-]{36}-resp";
  const [paused, results] = [
    "0 requests during the pause",
    "3 workers began within \\d+ ms; their requests are those of the target",
  ];
  const ends = (workers: readonly number[], why: string) =>
    workers.map((n) => `worker-${n} ends: ${why}`);
  const expected = [
    [
      ...[paused, results, ...ends([1, 2, 3], "the test is over")],
      "worker-2 steady: all went well",
    ],
    [
      ...ends([1, 3], `${id} is lost`),
      `worker-2 dies: ${id} is lost`,
    ],
    [
      ...[paused, ...ends([1, 2, 3], `${id} failed at resume: out of memory`)],
      `worker-2 fails: ${id} failed at resume: out of memory`,
    ],
    [
      ...ends([1, 2, 3], "worker-2 asks for it: the target says 503"),
      "worker-2 sees an overload: worker-2 asks for it: the target says 503",
    ],
  ];
  assertEquals(runs.length, expected.length, stdout);
  for (const [n, patterns] of expected.entries()) {
    // The workers end in any order; on a busy machine a pause may come before the accident.
    const lines = runs[n]!.split("\n")
      .filter((line) => line !== paused || patterns.includes(paused));
    assertEquals(lines.length, patterns.length, runs[n]);
    for (const pattern of patterns) {
      const found = lines.some((line) => new RegExp(`^${pattern}$`).test(line));
      assert(found, `${pattern} is not in\n${runs[n]}`);
    }
  }
});

/** Responders for an example that brings none of its own. */
async function company(
  redis: string,
  size: number,
): Promise<AsyncDisposableStack> {
  const stack = new AsyncDisposableStack();
  for (let index = 0; index < size; index++) {
    const responder = await SignalResponder.connect({ redis });
    const answering = (async () => {
      for await (const signal of responder) {
        await responder.srespond(signal, 1);
      }
    })();
    stack.defer(() => answering);
    stack.use(responder);
  }
  return stack;
}

Deno.test({
  name: "the example of Python exits with 0 with a Python that the user starts",
  ignore: needsPython("The example of Python").ignore,
  async fn() {
    const [command] = commandsIn(PYTHON_INTEROP);
    const deno = startDeno(command!);
    const errors = new Response(deno.stderr).text();
    const lines = deno.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let printed = "";
    const read = async () => {
      const { done, value = "" } = await lines.read();
      printed += value;
      return !done;
    };
    while (!printed.includes("\n") && await read());
    const [, args = ""] = printed.match(/^Now run: python3 (.*)\n/) ?? [];
    assertNotEquals(args, "", printed);
    const python = await new Deno.Command(pythonInterpreter()!, {
      args: ["-B", ...args.split(" ")],
    }).output();
    while (await read());
    assertEquals([python.code, (await deno.status).code], [0, 0]);
    assertMatch(printed, /^start 0 \{[^}]*Python saw start/m);
    assertMatch(printed, /^stop 0 \{[^}]*Python saw stop/m);
    assertEquals(await errors, "");
  },
});

Deno.test({
  name:
    "with --spawn and --allow-run, the example of Python starts Python itself",
  ignore: needsPython("The example of Python").ignore,
  async fn() {
    const [command] = commandsIn(PYTHON_INTEROP);
    const [verb, ...args] = command!;
    const directory = pythonInterpreter()!.match(/^(.*)\//)?.[1];
    const path = Deno.env.get("PATH")!;
    const { code, stdout, stderr } = await runDeno(
      [verb!, "--allow-run=python3", ...args, "--spawn"],
      { PATH: directory === undefined ? path : `${directory}:${path}` },
    );
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^start 0 \{[^}]*Python saw start/m);
  },
});

Deno.test("a client script needs only the network permission for the server's address", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const { port } = new URL(server.url);
  const script = [EDGE_TASK, server.url, "deploy", "0"];
  const flag = `--allow-net=127.0.0.1:${port}`;

  const granted = await runDeno(["run", "--no-prompt", flag, ...script]);
  assertEquals([granted.code, granted.stderr], [0, ""]);
  assertEquals(JSON.parse(granted.stdout).code, 0);

  const refused = await runDeno(["run", "--no-prompt", ...script]);
  assertNotEquals(refused.code, 0);
  assertMatch(refused.stderr, /NotCapable/);
  assertMatch(refused.stderr, /--allow-net/);
  assertMatch(refused.stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
});
