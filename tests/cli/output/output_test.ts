import { assertEquals } from "@std/assert";
import { line, paint } from "../../../src/cli/output/line.ts";
import { Output, type Sheet } from "../../../src/cli/output/output.ts";

/** A stream that takes a few bytes at a time. */
class FakeSheet implements Sheet {
  text = "";
  /** What each write says, until it is taken away. */
  error: Error | undefined;
  readonly #isTerminal: boolean;

  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await Promise.resolve();
    if (this.error !== undefined) throw this.error;
    const taken = bytes.subarray(0, 3);
    this.text += String.fromCharCode(...taken);
    return taken.length;
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }
}

interface OutputSetting {
  terminal?: boolean;
  json?: boolean;
  colours?: boolean;
  quiet?: boolean;
  columns?: () => number;
}

function outputOn(
  { terminal = false, json = false, colours = true, ...rest }: OutputSetting =
    {},
): { out: FakeSheet; err: FakeSheet; output: Output } {
  const out = new FakeSheet(terminal);
  const err = new FakeSheet(terminal);
  return { out, err, output: new Output(out, err, { json, colours, ...rest }) };
}

const noSpace = () => new Error("No space left on device (os error 28)");

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

Deno.test("without a reader the output stops writing, and its signal aborts", async () => {
  const { out, err, output } = outputOn();
  out.error = new Deno.errors.BrokenPipe();
  await output.result(line`lost`, {});
  assertEquals([output.closed.aborted, output.failed.aborted], [true, false]);
  await output.note(line`heard`);
  assertEquals(err.text, "heard\n");
});

Deno.test("what can't be written although it is read fails, with the stream's name", async () => {
  const cases = [["out", "standard output"], [
    "err",
    "standard error",
  ]] as const;
  for (const [stream, name] of cases) {
    const all = outputOn();
    all[stream].error = noSpace();
    await (stream === "out"
      ? all.output.text("lost")
      : all.output.note(line`lost`));
    assertEquals(
      all.output.failed.reason.message,
      `Cannot write to ${name}: No space left on device (os error 28)`,
    );
    assertEquals(all.output.closed.aborted, stream === "out");
  }
});

Deno.test("a terminal that was closed is not read any more, and no fault", async () => {
  const { out, output } = outputOn({ terminal: true });
  out.error = new Error("Input/output error (os error 5)");
  await output.text("lost");
  assertEquals([output.closed.aborted, output.failed.aborted], [true, false]);
});

Deno.test("a stream that takes nothing just now is tried again", async () => {
  const { out, output } = outputOn();
  out.error = new Deno.errors.WouldBlock();
  const written = output.text("in the end");
  setTimeout(() => out.error = undefined, 30);
  await written;
  assertEquals(out.text, "in the end");
  assertEquals([output.closed.aborted, output.failed.aborted], [false, false]);
});

Deno.test("with quiet only errors are written for people", async () => {
  const { out, err, output } = outputOn({ terminal: true, quiet: true });
  assertEquals(output.live, false);
  output.status(line`1 of 2`);
  output.result(RED, {});
  output.note(line`a warning`);
  await output.error(line`an error`);
  assertEquals([out.text, err.text], ["", "an error\n"]);
  const machines = outputOn({ json: true, quiet: true });
  await machines.output.result(RED, { a: 1 });
  assertEquals(machines.out.text, '{"a":1}\n');
});

Deno.test("a status is cut to the terminal, and drawn anew as that is resized", async () => {
  const clear = "\r\x1b[2K";
  let columns = 8;
  const { err, output } = outputOn({ terminal: true, columns: () => columns });
  const drawn = async () => {
    await output.flush();
    const bytes = Uint8Array.from(err.text, (byte) => byte.charCodeAt(0));
    err.text = "";
    return new TextDecoder().decode(bytes);
  };
  output.status(line`waiting for ${paint("red", "node")}`);
  assertEquals(await drawn(), `${clear}waitin…`);
  columns = 15;
  output.redraw();
  assertEquals(await drawn(), `${clear}waiting for \x1b[31mn\x1b[0m…`);
  columns = 0; // not known
  output.redraw();
  assertEquals(await drawn(), `${clear}waiting for \x1b[31mnode\x1b[0m`);
  output.status(undefined);
  await drawn();
  output.redraw();
  assertEquals(await drawn(), "");
});
