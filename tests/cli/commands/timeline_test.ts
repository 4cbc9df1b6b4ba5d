import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../cli.ts";
import { RecordingScript } from "../timeline/world.ts";

/** A directory with a recording. */
async function recorded(
  text = new RecordingScript().signal(10, "fio", "start").text,
): Promise<{ file: string; out(name: string): string } & AsyncDisposable> {
  const directory = await Deno.makeTempDir({ prefix: "timeline-" });
  const file = `${directory}/run.ndjson`;
  await Deno.writeTextFile(file, text);
  return {
    file,
    out: (name) => `${directory}/${name}`,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

Deno.test("timeline writes a page beside the recording", async () => {
  await using recording = await recorded();
  const { file } = recording;
  const OUT = recording.out("run.html");
  const { code, stdout, stderr } = await run(["timeline", file], {
    values: { FILE: file, OUT },
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(stdout, `Wrote ${OUT}: 1 publisher, 1 signal, 0 answers\n`);
  const page = await Deno.readTextFile(OUT);
  assert(page.startsWith("<!DOCTYPE html>"));
  assertStringIncludes(page, "<title>run.ndjson</title>");
});

Deno.test("timeline writes a trace where OUT ends with .json", async () => {
  await using recording = await recorded();
  const { file } = recording;
  const OUT = recording.out("trace.json");
  const { code, stdout } = await run(
    ["timeline", file, "--out", OUT, "--json"],
    { values: { FILE: file, OUT } },
  );
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout).signals, 1);
  const { traceEvents } = JSON.parse(await Deno.readTextFile(OUT));
  assert(traceEvents.some(({ ph }: { ph: string }) => ph === "i"));
});

/** A recording with a phase that `b` fails. */
function failing(): string {
  return new RecordingScript().signal(0, "fio", "load")
    .answer(100, "fio", "load", "a", { ras: 1 })
    .answer(300, "fio", "load", "b", { ras: 0 }).text;
}

Deno.test("timeline prints the statistics, and writes no page where none is named", async () => {
  await using recording = await recorded(failing());
  const { file } = recording;
  const print = (...words: string[]) =>
    run(["timeline", file, ...words], {
      permissions: [`--allow-read=${file}`],
    });
  const { code, stdout, stderr } = await print("--summary");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertStringIncludes(
    stdout,
    "run.ndjson: 1 publisher, 1 signal, 2 answers, 1 failed, 0 missing\n",
  );
  assert(/fio +load +b +1 +300 ms +300 ms +300 ms +1 +0\n/.test(stdout));
  const markdown = await print("--markdown", "--title", "Nightly");
  assertStringIncludes(markdown.stdout, "## Nightly\n");
  assertStringIncludes(
    markdown.stdout,
    "| fio | load | b | 1 | 300 ms | 300 ms | 300 ms | 1 | 0 |\n",
  );
});

Deno.test("timeline prints the statistics as JSON with the names of the wire", async () => {
  await using recording = await recorded(failing());
  const { file } = recording;
  const OUT = recording.out("page.html");
  const { code, stdout } = await run(
    ["timeline", file, "--summary", "--json", "--out", OUT],
    { values: { FILE: file, OUT } },
  );
  assertEquals(code, 0);
  const { file: written, failed, phases, subscribers } = JSON.parse(stdout);
  assertEquals([written, failed, phases.length], [OUT, 1, 1]);
  const { process_name, event, responder_id, count, p95, worst } =
    subscribers[1];
  assert(responder_id.startsWith("b-"));
  assertEquals(
    { process_name, event, count, p95, worst },
    { process_name: "fio", event: "load", count: 1, p95: 300, worst: 300 },
  );
  assert((await Deno.stat(OUT)).size > 1_000);
});

Deno.test("timeline draws what is left of a recording that was cut short", async () => {
  const { text } = new RecordingScript()
    .signal(10, "fio", "start").signal(20, "fio", "stop");
  await using recording = await recorded(text.slice(0, -20));
  const { file } = recording;
  const { code, stdout, stderr } = await run(["timeline", file], {
    values: { FILE: file, OUT: recording.out("run.html") },
  });
  assertEquals(code, 0);
  assertStringIncludes(stderr, "1 line");
  assertStringIncludes(stdout, "1 signal,");
});

Deno.test("no text of others gets out of its place in the page", async () => {
  const hostile = "</script><script>alert(1)</script><!--<img src=x onerror=1>";
  await using recording = await recorded(
    new RecordingScript().signal(10, hostile, hostile, {
      metadata: { [hostile]: hostile },
    }).text,
  );
  const { file } = recording;
  const OUT = recording.out("run.html");
  const { code } = await run(
    ["timeline", file, "--title", hostile],
    { values: { FILE: file, OUT } },
  );
  assertEquals(code, 0);
  const page = await Deno.readTextFile(OUT);
  assertEquals(page.match(/<script/g)?.length, 2);
  assertEquals(page.match(/<\/script/g)?.length, 2);
  assert(!/<!--|<img/.test(page), "HTML of others is in the page");
});

Deno.test("timeline is called wrongly with code 64", async () => {
  await using recording = await recorded("{}\nnull\n");
  const { file } = recording;
  const values = { FILE: file, OUT: recording.out("run.html") };
  const wrong = async (...words: string[]) => {
    const { code, stderr } = await run(["timeline", ...words], { values });
    assertEquals(code, 64, stderr);
    return stderr;
  };
  assertStringIncludes(await wrong(), "FILE is missing");
  assertStringIncludes(
    await wrong(file, "--out", "page.pdf"),
    ".html or .json",
  );
  assertStringIncludes(
    await wrong(file, "--summary", "--markdown"),
    "--summary together with --markdown",
  );
  assertStringIncludes(
    await wrong(file),
    `Cannot read ${file} as a recording: it has 2 lines, and none is of one`,
  );
  const other = recording.out("other.json");
  values.FILE = other;
  assertStringIncludes(await wrong(other), "no such file");
  const directory = recording.out(".");
  values.FILE = directory;
  assertStringIncludes(
    await wrong(directory),
    `Cannot read ${directory} as it is a directory`,
  );
  values.FILE = other;
  assertStringIncludes(await wrong(other, "--out", other), "itself");
});

Deno.test("timeline names the permission that is missing", async () => {
  await using recording = await recorded();
  const { code, stderr } = await run(["timeline", recording.file], {
    values: { FILE: recording.file },
  });
  assertEquals(code, 77);
  assertStringIncludes(stderr, "--allow-write");
});
