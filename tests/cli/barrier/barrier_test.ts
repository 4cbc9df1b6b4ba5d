import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openTransport } from "../../../src/connect.ts";
import { barrierChannel } from "../../../src/protocol/extension/own_channels.ts";
import { parseJson } from "../../../src/protocol/json/json.ts";
import { SERVERS } from "../../interop/servers.ts";
import { until } from "../../support/wait.ts";
import { Cli, codeAfter, run } from "../cli.ts";

for (const { name, ignore, start } of SERVERS) {
  Deno.test(`barrier on ${name}`, { ignore }, async (t) => {
    await using server = await start();
    const redis = ["--redis", server.url];

    await t.step("all leave together", async () => {
      const words = ["barrier", "warm", "--parties", "3", "--json", ...redis];
      const results = await Promise.all([run(words), run(words), run(words)]);
      assertEquals(results.map(({ code }) => code), [0, 0, 0]);
      const open = results.map(({ stdout }) => JSON.parse(stdout));
      assertEquals(open.map(({ index }) => index).sort(), [0, 1, 2]);
      assertEquals(open[0].members, open[1].members);
    });

    await t.step(
      "all print the same values, for people and machines",
      async () => {
        const words = ["barrier", "address", "--parties", "server,client"];
        const [server, client] = await Promise.all([
          run([
            ...words,
            ...redis,
            "--party",
            "server",
            "--value",
            '{"port":1,"seed":18446744073709551616}',
          ]),
          run([
            ...[...words, ...redis, "--party", "client"],
            ...["--value", "null", "--json"],
          ]),
        ]);
        const values = {
          server: { port: 1, seed: 2n ** 64n },
          client: null,
        };
        assertEquals([server.code, client.code], [0, 0]);
        assertEquals(parseJson(server.stdout), values);
        const told = parseJson(client.stdout) as { values: unknown };
        assertEquals(told.values, values);
      },
    );

    await t.step("enough parties leave without the missing one", async () => {
      const words = [
        "barrier",
        "few",
        "--parties",
        "a,b,c",
        ...redis,
        "--json",
      ];
      const quorum = ["--at-least", "2", "--settle", "100ms", "--party"];
      const results = await Promise.all(
        ["a", "b"].map((party) => run([...words, ...quorum, party])),
      );
      assertEquals(results.map(({ code }) => code), [0, 0]);
      const [{ members }] = results.map(({ stdout }) => JSON.parse(stdout));
      assertEquals(members.toSorted(), ["a", "b"]);
      const late = await run([...words, ...quorum, "c", "--timeout", "300ms"]);
      assertEquals(late.code, 69, late.stdout);
      assertEquals(JSON.parse(late.stdout).outcome, "unknown");
    });

    await t.step("a party that gives up names the missing ones", async () => {
      const words = ["barrier", "w", "--parties", "a,b", "--party", "a"];
      const { code, stdout } = await run(
        [...words, "--timeout", "300ms", ...redis],
      );
      assertEquals(code, 2);
      assertStringIncludes(stdout, '1 arrived, 1 missing: "b"');
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await t.step(`${signal} ends it for all`, async () => {
        const words = ["barrier", "w", "--parties", "a,b,c", ...redis];
        await using arrivals = await arrivalsAt("w", server.url);
        await using a = Cli.start([...words, "--party", "a", "--json"]);
        await using b = Cli.start([...words, "--party", "b"]);
        await until(() => arrivals.count() === 2, { what: "two parties" });
        assertEquals((await b.interrupt(signal)).code, codeAfter(signal));
        const { code, stdout } = await a.result();
        assertEquals(code, 1);
        const { by, missing, reason } = JSON.parse(stdout);
        assertEquals([by, reason], ["b", "aborted"]);
        // Whether it heard of its own arrival before is a matter of luck.
        assertEquals(missing.at(-1), "c");
      });
    }
  });
}

/** Counts the arrivals at a barrier. */
async function arrivalsAt(
  name: string,
  redis: string,
): Promise<AsyncDisposable & { count(): number }> {
  const transport = await openTransport({ redis });
  let arrivals = 0;
  await transport.subscribe([barrierChannel(name)], {
    message: (text) => arrivals += JSON.parse(text).kind === "arrive" ? 1 : 0,
  });
  return {
    count: () => arrivals,
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

Deno.test("barrier refuses parties that can't be", async () => {
  const cases = [
    [],
    ["--parties", "0"],
    ["--parties", "1001"],
    ["--parties", "a,a", "--party", "a"],
    ["--parties", "a,b"],
    ["--parties", "a,"],
    ["--parties", ""],
    ["--parties", "1.5"],
    ["--parties", "1", "--party", "x".repeat(300)],
    ["--parties", "1", "--generation", "9".repeat(20)],
    ["--parties", "a,b", "--party", "c"],
    ["--parties", "2", "--generation", "-1"],
    ["--parties", "2", "--value", "{"],
    ["--parties", "2", "--value", JSON.stringify("x".repeat(65_535))],
    ["--parties", "4", "--at-least", "2"],
    ["--parties", "4", "--at-least", "5"],
    ["--parties", "4", "--settle", "1s"],
    ["--parties", "4", "--lead", "--value", "1"],
    ["--follow", "--at-least", "2"],
  ];
  for (const words of cases) {
    const { code, stderr } = await run(["barrier", "w", ...words], {
      permissions: [],
    });
    assertEquals(code, 64, stderr);
    assert(stderr.includes("Try: state-signals barrier --help"));
  }
});
