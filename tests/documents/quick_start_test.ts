/**
 * The quick start of the README: its programs are the examples of that name,
 * and do what the README says, whichever is started first.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Broker } from "../../src/broker/mod.ts";
import { startDeno } from "../interop/example_commands.ts";
import { codeBlocks, readText } from "./documents.ts";

/** Names of the programs, by their exit order. */
type Program = "exporter" | "responder";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: Program, redis: string): Promise<Ended> {
  const { host } = new URL(redis);
  const child = startDeno([
    "run",
    "--no-prompt",
    `--allow-net=${host}`,
    `examples/${program}.ts`,
    redis,
  ]);
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

for (const first of ["exporter", "responder"] as const) {
  Deno.test(`the quick start works when the ${first} is started first`, async () => {
    await using broker = await Broker.listen();
    const second = first === "exporter" ? "responder" : "exporter";
    const ended = { [first]: run(first, broker.url) } as Record<
      Program,
      Promise<Ended>
    >;
    while (broker.stats.accepted < 2) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    ended[second] = run(second, broker.url);
    const exporter = await ended.exporter;
    const responder = await ended.responder;
    assertEquals([exporter.code, exporter.stderr], [0, ""]);
    assertEquals([responder.code, responder.stderr], [0, ""]);
    assertMatch(exporter.stdout, /start done by all.*stop done by all/s);
    assertStringIncludes(responder.stdout, 'fio is in the state "stop"');
  });
}

Deno.test("the programs in the README are the examples of the quick start", () => {
  const programs = codeBlocks("README.md")
    .filter(({ language }) => language === "ts")
    .map(({ text }) => text.trim());
  const examples = ["responder", "exporter"].map((name) =>
    readText(`examples/${name}.ts`).replace(/^\/\*\*[^]*?\*\//, "").trim()
  );
  assertEquals(programs, examples);
});
