/**
 * Every command that talks to a server, interrupted while that does not answer.
 */
import { assertEquals } from "@std/assert";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { freePort } from "../support/free_port.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import { Cli, codeAfter } from "./cli.ts";
import { RecordingScript } from "./timeline/world.ts";

/** Milliseconds in which a command must have ended; the slack is for slow machines. */
const LIMIT = 1_000 + 2_000;
/** The same where a command of the user's and the answers to `stop` have their own time. */
const RUN_LIMIT = 10_000 + LIMIT;
/** Commands that are interrupted at the same time. */
const ABREAST = 4;

/** A call of each command, but for the server. */
const CALLS: readonly string[][] = [
  ["listen"],
  ["publish", "fio", "start", "--wait-for", "2"],
  ["publish", "fio", "start", "--timeout", "never"],
  ["respond"],
  ["respond", "--exec", "sleep 60"],
  ["run", "fio", "--wait-for", "2", "--", "sleep", "60"],
  ["run", "fio", "--wait-for", "0", "--", "sleep", "60"],
  ["barrier", "warm", "--parties", "2"],
  ["barrier", "warm", "--parties", "2", "--lead"],
  ["barrier", "warm", "--follow"],
  ["ps", "--timeout", "60s"],
  ["record"],
  ["replay", "RECORDING"],
];

/** A recording that takes a minute to replay; the file is removed in the end. */
async function recording(): Promise<{ file: string } & AsyncDisposable> {
  const file = await Deno.makeTempFile();
  const { text } = new RecordingScript()
    .signal(0, "fio", "start").signal(60_000, "fio", "stop");
  await Deno.writeTextFile(file, text);
  return { file, [Symbol.asyncDispose]: () => Deno.remove(file) };
}

/** A server behind a proxy, and a way to break it. */
interface Stage {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
}

/** Ways in which a server that was there breaks. */
const FAULTS: Readonly<Record<string, (stage: Stage) => void>> = {
  "is stopped": ({ server }) => server.suspend(),
  "is black-holed": ({ proxy }) => proxy.blackhole(),
  "is heard no more": ({ proxy }) => proxy.blackhole("toClient"),
  "refuses": ({ proxy }) => {
    proxy.refuse();
    proxy.cut();
  },
};

/** A call with its file, and the server that it is for and waits for as long as it takes. */
function wordsOf(
  call: readonly string[],
  url: string,
  file: string,
): string[] {
  const at = call.indexOf("--");
  const end = at === -1 ? call.length : at;
  const server = ["--redis", url, "--connect-timeout", "never"];
  return [...call.slice(0, end), ...server, ...call.slice(end)].map((word) =>
    word === "RECORDING" ? file : word
  );
}

/** Interrupts a command: its code, and whether that took too long. */
async function interrupt(
  cli: Cli,
  call: readonly string[],
  signal: Deno.Signal,
): Promise<{ code: number; isLate: boolean }> {
  const begin = performance.now();
  const { code } = await cli.interrupt(signal);
  const limit = call[0] === "run" ? RUN_LIMIT : LIMIT;
  return { code, isLate: performance.now() - begin > limit };
}

/** Does something with each call, a few at a time. */
async function forEachCall(
  act: (call: readonly string[], n: number) => Promise<void>,
  calls = CALLS,
): Promise<void> {
  const rest = [...calls.entries()];
  await Promise.all(Array.from({ length: ABREAST }, async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const [n, call] = next;
      await act(call, n);
    }
  }));
}

const permissions = ["--allow-net", "--allow-run", "--allow-read"];
const signalOf = (n: number) => n % 2 === 0 ? "SIGINT" : "SIGTERM";

for (const [fault, breakIt] of Object.entries(FAULTS)) {
  Deno.test(`each command ends soon after a signal where its server ${fault}`, {
    ...needsRedis(`A server that ${fault}`),
  }, async () => {
    // A command that asks for the peers knows at once that no answer will come.
    const calls = fault === "refuses"
      ? CALLS.filter(([name]) => name !== "ps")
      : CALLS;
    await using recorded = await recording();
    await forEachCall(async (call, n) => {
      await using server = await RedisServer.start();
      await using proxy = await FaultProxy.start(server);
      // Subscribes to what publishes, and answers nothing.
      await using responder = await SignalResponder.connect({
        redis: server.url,
        logLevel: "CRITICAL",
      });
      const served = responder.serve({});
      const words = wordsOf(call, proxy.url, recorded.file);
      await using cli = Cli.start(words, { permissions });
      const links = call[0] === "replay" ? 1 : 2;
      await until(() => proxy.connections === links, {
        what: `${call[0]}'s links`,
      });
      // Both links are there: what they wait for now is said on them.
      await new Promise((said) => setTimeout(said, 300));
      breakIt({ server, proxy });
      const ended = await interrupt(cli, call, signalOf(n));
      server.resume();
      const wanted = { code: codeAfter(signalOf(n)), isLate: false };
      assertEquals({ call, ...ended }, { call, ...wanted });
      await responder.close();
      await served;
    }, calls);
  });
}

Deno.test("each command that still connects ends soon after a signal", async () => {
  using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refusing = freePort();
  await using recorded = await recording();
  for (const port of [mute.addr.port, refusing]) {
    await forEachCall(async (call, n) => {
      const url = `redis://127.0.0.1:${port}`;
      const words = wordsOf(call, url, recorded.file);
      await using cli = Cli.start(words, { permissions });
      // It must have begun to listen to signals.
      await new Promise((begun) => setTimeout(begun, 1_000));
      assertEquals({ call, ...await interrupt(cli, call, signalOf(n)) }, {
        call,
        code: codeAfter(signalOf(n)),
        isLate: false,
      });
    });
  }
});
