import { assertEquals } from "@std/assert";
import { line, paint } from "../../../src/cli/output/line.ts";
import { Output, type Sheet } from "../../../src/cli/output/output.ts";

/** A stream that takes a few bytes at a time. */
class FakeSheet implements Sheet {
  text = "";
  broken = false;
  readonly #isTerminal: boolean;

  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await Promise.resolve();
    if (this.broken) throw new Deno.errors.BrokenPipe();
    const taken = bytes.subarray(0, 3);
    this.text += String.fromCharCode(...taken);
    return taken.length;
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }
}

function outputOn(
  { terminal = false, json = false, colours = true } = {},
): { out: FakeSheet; err: FakeSheet; output: Output } {
  const out = new FakeSheet(terminal);
  const err = new FakeSheet(terminal);
  return { out, err, output: new Output(out, err, { json, colours }) };
}

const RED = line`${paint("red", "stop")} now`;

Deno.test("results are lines for people, and NDJSON for machines", async () => {
  const people = outputOn();
  await people.output.result(RED, { a: 1 });
  await people.output.result(undefined, { a: 2 });
  assertEquals(people.out.text, "stop now\n");
  const machines = outputOn({ json: true, terminal: true });
  await machines.output.result(RED, { a: 1 });
  await machines.output.result(undefined, { a: 2 });
  assertEquals(machines.out.text, '{"a":1}\n{"a":2}\n');
});

Deno.test("colours are for terminals that want them", async () => {
  for (
    const [terminal, colours, text] of [
      [true, true, "\x1b[31mstop\x1b[0m now\n"],
      [true, false, "stop now\n"],
      [false, true, "stop now\n"],
    ] as const
  ) {
    const { out, output } = outputOn({ terminal, colours });
    await output.result(RED, {});
    assertEquals(out.text, text);
  }
});

Deno.test("what is written at once stays in order", async () => {
  const { out, output } = outputOn();
  for (let n = 0; n < 10; n++) output.result(line`line ${n}`, {});
  await output.flush();
  assertEquals(out.text.trim().split("\n").length, 10);
  assertEquals(out.text.indexOf("line 9"), out.text.length - 7);
});

Deno.test("a status is shown on terminals only, and steps aside for lines", async () => {
  const { out, err, output } = outputOn({ terminal: true, colours: false });
  output.status(line`1 of 2`);
  output.status(line`1 of 2`);
  output.result(line`done`, {});
  output.status(undefined);
  await output.flush();
  assertEquals(out.text, "done\n");
  const clear = "\r\x1b[2K";
  assertEquals(err.text, `${clear}1 of 2${clear}1 of 2${clear}`);
  for (const options of [{}, { terminal: true, json: true }]) {
    const { err, output } = outputOn(options);
    output.status(line`1 of 2`);
    await output.flush();
    assertEquals(err.text, "");
  }
});

Deno.test("where nobody reads any more it goes quiet, and says so", async () => {
  const { out, err, output } = outputOn();
  out.broken = true;
  await output.result(line`lost`, {});
  assertEquals(output.closed.aborted, true);
  await output.note(line`heard`);
  assertEquals(err.text, "heard\n");
});
