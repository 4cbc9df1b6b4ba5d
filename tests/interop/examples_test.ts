import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
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

const EDGE_TASK = "examples/edge_task.ts";
const DENO_REDIS = "examples/deno_redis.ts";
const PYTHON_INTEROP = "examples/python_interop.ts";

/** The permissions of npm clients beside the network. */
const NPM_CLIENTS: Readonly<Record<string, string>> = {
  "examples/ioredis.ts": "--allow-env",
  "examples/node_redis.ts": "--allow-env=REDIS_DEBUG_MAINTENANCE",
};

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
        /^(--no-prompt|--allow-net=\S+:\d+|--allow-net=127\.0\.0\.1)$/;
      const more = flags.filter((flag) => !least.test(flag));
      assertEquals(more, file in NPM_CLIENTS ? [NPM_CLIENTS[file]] : [], file);
    }
  }
});

for (const file of exampleFiles()) {
  if (file === PYTHON_INTEROP) continue;
  const { ignore } = file === DENO_REDIS
    ? needsJsr(`${file} is`)
    : { ignore: false };
  for (const command of commandsIn(file)) {
    const name = `deno ${command.join(" ")} exits with 0`;
    Deno.test(name, { ignore }, async () => {
      await using server = await REFERENCE_SERVER.start();
      const { port } = new URL(server.url);
      const args = command.map((arg) =>
        arg.replaceAll(/(HOST|127\.0\.0\.1):6379/g, `127.0.0.1:${port}`)
      );
      await using _company = file === EDGE_TASK
        ? await company(server.url, 2)
        : new AsyncDisposableStack();
      const { code, stdout, stderr } = await runDeno(args);
      assertEquals(code, 0, `${stdout}\n${stderr}`);
      assertNotEquals(stdout, "");
    });
  }
}

/** Responders for an example without responders of its own. */
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
