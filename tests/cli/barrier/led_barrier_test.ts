/** `barrier` with a leader: ours or Python's, and those who follow it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openTransport } from "../../../src/connect.ts";
import { RESPONSE_CHANNEL } from "../../../src/protocol/channels.ts";
import { parseResponse } from "../../../src/protocol/response/response.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { SERVERS } from "../../interop/servers.ts";
import {
  needsPython,
  PythonExporter,
  PythonResponder,
} from "../../support/python_peer.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { until } from "../../support/wait.ts";
import { Cli, type CliResult, codeAfter, run } from "../cli.ts";
import { serving } from "../serving.ts";

const python = needsPython("barrier with Python peers");
const EVENTS = ["barrier", "success", "fail"];

/** Notes what the leader of a barrier publishes, and what it is answered. */
async function watching(redis: string, name: string) {
  const responder = await SignalResponder.connect({ redis });
  const transport = await openTransport({ redis });
  const events: string[] = [];
  const answers: string[] = [];
  await transport.subscribe([RESPONSE_CHANNEL], {
    message: (text) => {
      const { responderId, event, ras } = parseResponse(text);
      answers.push(`${responderId.split("-")[0]} ${event} ${ras}`);
    },
  });
  const watching = (async () => {
    for await (const { event, processName } of responder) {
      if (processName === name) events.push(event);
    }
  })();
  return {
    /** Without repetitions of `initialization`. */
    get events() {
      return events.filter((event, n) => event !== events[n - 1]);
    },
    /** How often subscribers were asked for. */
    get asked() {
      return events.filter((event) => event === "initialization").length;
    },
    answered: (answer: string) =>
      until(() => answers.includes(answer), { what: `the answer ${answer}` }),
    saw: (event: string) =>
      until(() => events.includes(event), { what: `the event ${event}` }),
    async [Symbol.asyncDispose]() {
      await responder.close();
      await transport.close();
      await watching;
    },
  };
}

/** The single record that a command told. */
function recordOf({ stdout }: CliResult): Record<string, unknown> {
  return JSON.parse(stdout);
}

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`a barrier with a leader on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];
    const lead = ["barrier", "warm", "--lead", "--party", "a", ...redis];
    const follow = ["barrier", "warm", "--follow", ...redis];

    await t.step("opens for all, also if a party is late", async () => {
      await using watch = await watching(server.url, "warm");
      await using leader = Cli.start([...lead, "--parties", "3", "--json"]);
      await watch.saw("initialization");
      const [b, c] = await Promise.all([
        run([...follow, "--party", "b", "--json"]),
        run([...follow, "--party", "c"]),
      ]);
      const ended = await leader.result();
      assertEquals([ended.code, b.code, c.code], [0, 0, 0]);
      assertEquals([ended, b, c].map(({ stderr }) => stderr), ["", "", ""]);
      const { type, members, index } = recordOf(ended);
      assertEquals([type, members, index], ["open", ["a", "b", "c"], 0]);
      const followed = recordOf(b);
      assertEquals(followed.type, "open");
      assert(String(followed.leader).startsWith("warm-"));
      assert(/^open after [\d.]+ m?s\n$/.test(c.stdout), c.stdout);
      await watch.saw("shutdown");
      assertEquals(watch.events, [
        "initialization",
        "barrier",
        "success",
        "shutdown",
      ]);
    });

    await t.step("opens at once for a leader alone", async () => {
      const { code, stdout } = await run([...lead, "--parties", "1"]);
      assertEquals(code, 0);
      assertStringIncludes(stdout, ": a\n");
    });

    await t.step("only those of one namespace meet", async () => {
      const spaced = ["--namespace", "ci"];
      const [leader, b, c] = await Promise.all([
        run([...lead, "--parties", "2", ...spaced]),
        run([...follow, "--party", "b", ...spaced]),
        run([...follow, "--party", "c", "--timeout", "2s"]),
      ]);
      assertEquals([leader.code, b.code, c.code], [0, 0, 2]);
      assertStringIncludes(leader.stdout, ": a, b\n");
    });

    await t.step("where one is missing it fails for all", async () => {
      await using watch = await watching(server.url, "warm");
      const [leader, b] = await Promise.all([
        run([...lead, "--parties", "a,b,c", "--timeout", "4s"]),
        run([...follow, "--party", "b"]),
      ]);
      assertEquals([leader.code, b.code], [2, 1]);
      assertStringIncludes(leader.stdout, '2 arrived, 1 missing: "c"');
      assertStringIncludes(b.stdout, 'its leader published "fail"');
      await watch.saw("shutdown");
      assertEquals(watch.events, ["initialization", "fail", "shutdown"]);
      const counted = await run([...lead, "--parties=3", "--timeout", "0.3"]);
      assertEquals(counted.code, 2);
      assertStringIncludes(counted.stdout, "1 arrived, 2 missing\n");
    });

    await t.step(
      "names a party that has come and does not answer",
      async () => {
        await using _ = await serving(server.url, "b", {});
        const ended = await run(
          [...lead, "--parties", "2", "--timeout", "2s", "--json"],
        );
        assertEquals(ended.code, 2);
        const { reason, by, arrived, missing, missing_count } = recordOf(ended);
        assertEquals([reason, by, arrived, missing, missing_count], [
          "timeout",
          "b",
          ["a"],
          ["b"],
          1,
        ]);
      },
    );

    await t.step("where one fails it fails for all", async () => {
      await using _ = await serving(server.url, "no\x1b[2Jde", {
        barrier() {
          throw new Error("no \x1b[31mdisk");
        },
      });
      const [leader, b] = await Promise.all([
        run([...lead, "--parties", "3"]),
        run([...follow, "--party", "b", "--json"]),
      ]);
      assertEquals([leader.code, b.code], [1, 1]);
      assertStringIncludes(leader.stdout, '"no[2Jde" failed: no [31mdisk;');
      assertStringIncludes(leader.stdout, "3 arrived, 0 missing");
      assertEquals(leader.stdout.match(/[\p{Cc}\p{Cf}]/gu), ["\n"]);
      assertEquals(recordOf(b).reason, "failed");
    });

    await t.step("a bystander counts, unless parties have names", async () => {
      await using _ = await serving(server.url, "x", { barrier() {} });
      const counted = await run([...lead, "--parties", "2"]);
      assertEquals(counted.code, 0);
      assertStringIncludes(counted.stderr, "x did not answer success");
      assertStringIncludes(counted.stdout, ": a, x\n");
      await using watch = await watching(server.url, "warm");
      await using leader = Cli.start([...lead, "--parties", "a,b"]);
      await until(() => watch.asked > 1, { what: "the leader to ask again" });
      assertEquals((await run([...follow, "--party", "b"])).code, 0);
      const { code, stdout } = await leader.result();
      assertEquals(code, 0);
      assertStringIncludes(stdout, ": a, b\n");
    });

    await t.step("a leader that was killed has a successor", async () => {
      await using watch = await watching(server.url, "warm");
      await using b = Cli.start([...follow, "--party", "b"]);
      await using dead = Cli.start([...lead, "--parties", "3"]);
      await watch.answered("b initialization 1");
      await dead.kill();
      const { code } = await run([...lead, "--parties", "2"]);
      assertEquals([code, (await b.result()).code], [0, 0]);
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(`${signal} of the leader ends it for all`, async () => {
        await using watch = await watching(server.url, "warm");
        await using b = Cli.start([...follow, "--party", "b"]);
        await using leader = Cli.start([...lead, "--parties", "3", "--json"]);
        await watch.answered("b initialization 1");
        const ended = await leader.interrupt(signal);
        assertEquals([ended.code, (await b.result()).code], [
          codeAfter(signal),
          1,
        ]);
        const { by, reason } = recordOf(ended);
        assertEquals([by, reason], ["a", "aborted"]);
        await watch.saw("shutdown");
        assertEquals(watch.events, ["initialization", "fail", "shutdown"]);
      });

      await t.step(`${signal} of the leader while others answer`, async () => {
        await using watch = await watching(server.url, "warm");
        await using b = Cli.start([...follow, "--party", "b"]);
        await using leader = Cli.start([...lead, "--parties", "3"]);
        await using _ = await serving(server.url, "c", {
          barrier: async () => void await leader.interrupt(signal),
          fail() {},
        });
        const codes = [(await leader.result()).code, (await b.result()).code];
        assertEquals(codes, [codeAfter(signal), 1]);
        await watch.saw("shutdown");
        assertEquals(watch.events.slice(1), ["barrier", "fail", "shutdown"]);
      });

      await t.step(
        `${signal} of a follower makes room for another`,
        async () => {
          await using watch = await watching(server.url, "warm");
          await using b = Cli.start([...follow, "--party", "b", "--json"]);
          await using leader = Cli.start([...lead, "--parties", "3"]);
          await watch.answered("b initialization 1");
          const ended = await b.interrupt(signal);
          assertEquals(ended.code, codeAfter(signal));
          assertEquals(recordOf(ended).reason, "aborted");
          const [c, d] = await Promise.all([
            run([...follow, "--party", "c"]),
            run([...follow, "--party", "d"]),
          ]);
          const { code, stdout } = await leader.result();
          assertEquals([code, c.code, d.code], [0, 0, 0]);
          assertStringIncludes(stdout, ": a, c, d\n");
        },
      );

      await t.step(`${signal} of a follower while others answer`, async () => {
        await using watch = await watching(server.url, "warm");
        await using b = Cli.start([...follow, "--party", "b"]);
        await using _ = await serving(server.url, "c", {
          async barrier() {
            await watch.answered("b barrier 1");
            await b.interrupt(signal);
          },
          fail() {},
        });
        const leader = await run([...lead, "--parties", "3"]);
        assertEquals([leader.code, b.status?.code], [2, codeAfter(signal)]);
        assertStringIncludes(leader.stdout, '"b" has left; 2 arrived, 1 miss');
        await watch.saw("shutdown");
        assertEquals(watch.events.slice(1), ["barrier", "fail", "shutdown"]);
      });
    }

    await t.step("a follower gives up, and says what it saw", async () => {
      const brief = [...follow, "--party", "b", "--timeout"];
      const alone = await run([...brief, "300ms"]);
      assertEquals(alone.code, 2);
      assertStringIncludes(alone.stdout, "no leader was there");
      await using exporter = await SignalExporter.connect("warm", {
        redis: server.url,
      });
      await using joined = Cli.start([...brief, "2s"]);
      const wait = { periodic: 100, timeout: 10_000 };
      assert(await exporter.initializeAndWait(1, EVENTS, wait));
      const waiting = await joined.result();
      assertEquals(waiting.code, 2);
      assertStringIncludes(waiting.stdout, "its leader was waiting for others");
      await using begun = Cli.start([...brief, "2s"]);
      assert(await exporter.initializeAndWait(1, EVENTS, wait));
      assert((await exporter.publishSignal("barrier")).ok);
      const { code, stdout } = await begun.result();
      assertEquals(code, 2);
      assertStringIncludes(stdout, 'neither "success" nor "fail" came');
    });

    await t.step({
      name: "our leader and responders of Python",
      ...python,
      fn: async () => {
        await using d = await PythonResponder.connect(server.url, {
          name: "d",
        });
        await using e = await PythonResponder.connect(server.url, {
          name: "e",
        });
        await d.listen({ "*": { ras: 1 } });
        await e.listen({ "*": { ras: 1 } });
        const [mixed, b] = await Promise.all([
          run([...lead, "--parties", "a,b,d,e"]),
          run([...follow, "--party", "b"]),
        ]);
        assertEquals([mixed.code, b.code], [0, 0], mixed.stdout);
        assertStringIncludes(mixed.stdout, ": a, b, d, e\n");
        const counted = await run([...lead, "--parties", "3"]);
        assertEquals(counted.code, 0, counted.stdout);
        await e.listen({ barrier: { ras: 0 }, "*": { ras: 1 } });
        const failed = await run([...lead, "--parties", "3"]);
        assertEquals(failed.code, 1);
        assertStringIncludes(failed.stdout, '"e" failed;');
        await e.listen({ barrier: null, "*": { ras: 1 } });
        const silent = await run([...lead, "--parties=3", "--timeout", "2"]);
        assertEquals(silent.code, 2);
        assertStringIncludes(silent.stdout, '"e" did not answer in time');
      },
    });

    await t.step({
      name: "a leader of Python and our followers",
      ...python,
      fn: async () => {
        const cases: [string[], number][] = [
          [["barrier", "success"], 0],
          [["barrier"], 0], // it shuts down without a word
          [["barrier", "fail"], 1],
          [[], 1],
        ];
        await using exporter = await PythonExporter.connect(server.url, {
          name: "warm",
        });
        for (const [events, expected] of cases) {
          await using b = Cli.start([...follow, "--party", "b"]);
          await using c = Cli.start([...follow, "--party", "c"]);
          const wait = { periodic: true };
          assert(await exporter.initializeAndWait(2, EVENTS, wait));
          for (const event of events) {
            assertEquals((await exporter.publishSignal(event)).code, 0, event);
          }
          await exporter.shutdown();
          const codes = [(await b.result()).code, (await c.result()).code];
          assertEquals(codes, [expected, expected], events.join());
        }
      },
    });
  });
}

Deno.test(
  "a follower whose link was lost takes no shutdown for success",
  needsRedis("A follower's link"),
  async () => {
    await using server = await RedisServer.start();
    // Without tickets, as of Python: what was missed is not said again.
    await using exporter = await SignalExporter.connect("warm", {
      redis: server.url,
      correlation: "off",
      logLevel: "CRITICAL",
    });
    await using follower = Cli.start(
      ["barrier", "warm", "--follow", "--json", "--redis", server.url],
    );
    const wait = { periodic: 100, timeout: 10_000 };
    assert(await exporter.initializeAndWait(1, EVENTS, wait));
    assert((await exporter.publishSignal("barrier")).ok);
    await server.cli("CLIENT", "KILL", "TYPE", "pubsub");
    await until(() => follower.errors.includes("The link is back"), {
      what: "the follower's link",
    });
    await exporter.shutdown();
    const ended = await follower.result();
    assertEquals(ended.code, 69);
    const { outcome, reason } = recordOf(ended);
    assertEquals([outcome, reason], ["unknown", "disconnected"]);
  },
);

Deno.test("a barrier with a leader refuses what can't be", async () => {
  const cases: [string[], string][] = [
    [["--lead"], "--parties is missing"],
    [["--lead", "--follow", "--parties", "2"], "--lead together with --follow"],
    [["--lead", "--parties", "0"], "--parties"],
    [["--lead", "--parties", "a,b"], "--party must be one"],
    [["--follow", "--parties", "a,b", "--party", "c"], "--party must be one"],
    [["--lead", "--parties", "2", "--generation", "1"], "--generation"],
    [["--follow", "--generation", "1"], "--generation"],
    [["--follow", "--timeout", "soon"], "--timeout"],
  ];
  for (const [words, message] of cases) {
    const { code, stderr } = await run(["barrier", "w", ...words], {
      permissions: [],
    });
    assertEquals(code, 64, stderr);
    assertStringIncludes(stderr, message);
    assertStringIncludes(stderr, "Try: state-signals barrier --help");
  }
});
