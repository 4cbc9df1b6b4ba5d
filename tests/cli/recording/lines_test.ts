import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  linesOf,
  MAX_LINE,
  readLastLine,
} from "../../../src/cli/recording/lines.ts";
import { UsageError } from "../../../src/cli/args/usage_error.ts";
import { EMBEDDED_BROKER } from "../../interop/servers.ts";
import { run } from "../cli.ts";
import { RecordingScript } from "../timeline/world.ts";

const encoder = new TextEncoder();

/** Lines of a text that comes in chunks of so many bytes. */
async function lines(
  text: string,
  size: number,
  longest?: number,
): Promise<string[]> {
  const bytes = encoder.encode(text);
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += size) {
      yield bytes.subarray(at, at + size);
    }
  })();
  return await Array.fromAsync(linesOf(chunks, "x.txt as a list", longest));
}

Deno.test("lines are whole wherever the chunks end", async () => {
  for (
    const text of ["", "a", "a\n", "\n\na", "größe\n🚀🚀\nend", "a\nb\n\n"]
  ) {
    for (let size = 1; size < 9; size++) {
      assertEquals(await lines(text, size), text.split("\n"), `by ${size}`);
    }
  }
});

Deno.test("a line that is too long is refused with its number", async () => {
  for (let size = 1; size <= 4; size++) {
    assertEquals(await lines("1234\n1234\n1", size, 4), ["1234", "1234", "1"]);
    for (const text of ["1\n2\n12345", "1\n2\n12345\n4", "1\n2\n1234567\n"]) {
      await assertRejects(
        () => lines(text, size, 4),
        UsageError,
        "Cannot read x.txt as a list: its line 3 is longer than 4 bytes",
      );
    }
  }
});

Deno.test("the last line of a file is looked at, and no other", async () => {
  const path = await Deno.makeTempFile();
  try {
    const long = "x".repeat(200_000);
    for (
      const [text, isTorn, isTooLong] of [
        ["", false, false],
        ["\n", false, false],
        ["a", true, false],
        ["a\n", false, false],
        [`${long}\na`, true, false],
        [`a\n${long}\n`, false, false],
        [`a\n${long}`, true, false],
        [`${long}x`, true, true],
        [`a\n${long}x\n`, false, true],
        [`a\n${long}${long}`, true, true],
        [`${long}${long}\nab\n`, false, false],
      ] as const
    ) {
      await Deno.writeTextFile(path, text);
      using file = await Deno.open(path);
      assertEquals(
        await readLastLine(file, 200_000),
        { isTorn, isTooLong },
        `${text.length} characters`,
      );
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a line of 100 MB is refused by each command, and soon", async () => {
  await using server = await EMBEDDED_BROKER.start();
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/run.ndjson`;
    const { text } = new RecordingScript().signal(1, "fio", "start");
    await Deno.writeTextFile(file, text);
    const line = new Uint8Array(100e6).fill(120);
    await Deno.writeFile(file, line, { append: true });
    const values = { FILE: file, OUT: `${directory}/run.html` };
    const redis = ["--redis", server.url];
    const limit = `longer than ${MAX_LINE} bytes`;
    for (
      const words of [
        ["timeline", file],
        ["replay", file, ...redis],
        ["record", file, "--append", ...redis],
      ]
    ) {
      const begin = performance.now();
      const { code, stderr } = await run(words, { values });
      const ms = performance.now() - begin;
      assertEquals(code, 64, stderr);
      assert(stderr.includes(limit), stderr);
      assert(ms < 10_000, `${words[0]}: ${ms} ms`);
    }
    assertEquals((await Deno.stat(file)).size, text.length + 100e6);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a long line is read in a time that grows with its length alone", async () => {
  const timeOf = async (length: number) => {
    const begin = performance.now();
    await lines("x".repeat(length), 64 * 1024);
    return performance.now() - begin;
  };
  await timeOf(1e6);
  const short = await timeOf(5e6);
  const long = await timeOf(50e6);
  assert(long < 40 * short + 500, `${short} ms, then ${long} ms`);
});
