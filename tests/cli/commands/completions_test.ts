import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../src/cli/commands/commands.ts";
import { bashScript } from "../../../src/cli/completions/bash.ts";
import { fishScript } from "../../../src/cli/completions/fish.ts";
import { completionTable } from "../../../src/cli/completions/table.ts";
import { zshScript } from "../../../src/cli/completions/zsh.ts";
import { skipUnless } from "../../support/skip.ts";
import { run } from "../cli.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };
const TABLE = completionTable(COMMANDS);

function isInstalled(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["--version"] })
      .outputSync().success;
  } catch {
    return false;
  }
}

function needs(shell: typeof SHELLS[number]): { ignore: boolean } {
  return skipUnless(
    isInstalled(shell),
    `The completions of ${shell}`,
    `there is no ${shell} on the PATH`,
  );
}

async function shellOutput(
  shell: string,
  args: readonly string[],
  cwd?: string,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(shell, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(success, text + new TextDecoder().decode(stderr));
  return text;
}

/** Calls with a folder that holds a script of the shell, and two files. */
async function withFolder(
  shell: typeof SHELLS[number],
  use: (folder: string, script: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/script`;
    await Deno.writeTextFile(script, SCRIPTS[shell](TABLE));
    await Deno.mkdir(`${folder}/files`);
    await Deno.writeTextFile(`${folder}/files/run 1.ndjson`, "");
    await Deno.writeTextFile(`${folder}/files/run*.ndjson`, "");
    await use(`${folder}/files`, script);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("completions prints the script of each shell, without a permission", async () => {
  for (const shell of SHELLS) {
    const { code, stdout, stderr } = await run(["completions", shell], {
      permissions: [],
    });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(stdout, SCRIPTS[shell](TABLE));
  }
  const other = await run(["completions", "tcsh"], { permissions: [] });
  assertEquals([other.code, other.stdout], [64, ""]);
  assertStringIncludes(other.stderr, "bash or zsh or fish");
});

Deno.test("every command and option has a description for completions", () => {
  assertEquals(
    TABLE.map(({ name }) => name),
    [...COMMANDS.map(({ name }) => name), "help"],
  );
  for (const [n, { options }] of COMMANDS.entries()) {
    const completed = new Map(TABLE[n]!.options.map((it) => [it.name, it]));
    for (const [name, { type }] of Object.entries(options)) {
      const option = completed.get(name)!;
      assert(option.description.length > 3, name);
      assertEquals(option.value === undefined, type === "boolean", name);
      assertEquals(option.valueName === "", type === "boolean", name);
    }
  }
});

for (const shell of SHELLS) {
  Deno.test(`the script of ${shell} has no syntax error`, {
    ...needs(shell),
  }, async () => {
    await withFolder(shell, async (_, script) => {
      await shellOutput(shell, ["-n", script]);
    });
  });
}

/** What is typed, and what the last word is completed to. */
const CASES: readonly (readonly [string[], string[]])[] = [
  [["pu"], ["publish"]],
  [["--redis", "redis://h", "pu"], ["publish"]],
  [["help", "tim"], ["timeline"]],
  [["ps", "--cou"], ["--count"]],
  [["publish", "fio", "start", "--fa"], ["--fail-fast"]],
  [["publish", "fio", "--on-lost", ""], ["evict", "keep"]],
  [["publish", "fio", "--timeout", ""], []],
  [["publish", "fio", "r"], []],
  [["timeline", "r"], ["run 1.ndjson", "run*.ndjson"]],
  [["listen", "--password-file", "r"], ["run 1.ndjson", "run*.ndjson"]],
  [["completions", ""], ["bash", "fish", "zsh"]],
];

Deno.test("bash completes commands, options, words and files", {
  ...needs("bash"),
}, async () => {
  const cases: typeof CASES = [
    ...CASES,
    // bash splits --on-lost=ev in three.
    [["publish", "fio", "--on-lost", "=", "ev"], ["evict"]],
    [["publish", "fio", "--on-lost", "="], ["evict", "keep"]],
    [["publish", "--on-lost", "=", "keep", "fio", "--sam"], ["--sample"]],
    [["run", "fio", "--", "sleep", "r"], ["run 1.ndjson", "run*.ndjson"]],
    [["--j"], ["--json"]],
  ];
  await withFolder("bash", async (folder, script) => {
    for (const [words, expected] of cases) {
      const text = await shellOutput("bash", [
        "-c",
        `source "$1"; shift
         COMP_WORDS=(state-signals "$@"); COMP_CWORD=$#
         _state_signals
         for word in "\${COMPREPLY[@]}"; do printf '%s\\n' "$word"; done`,
        "bash",
        script,
        ...words,
      ], folder);
      const found = text.split("\n").filter((each) => each !== "").sort();
      assertEquals(found, expected, words.join(" "));
    }
  });
  const main = await shellOutput("bash", [
    "-c",
    `${SCRIPTS.bash(TABLE)}\ncomplete -p state-signals`,
  ]);
  assertEquals(main, "complete -F _state_signals state-signals\n");
});

Deno.test("fish completes commands, options, words and files", {
  ...needs("fish"),
}, async () => {
  await withFolder("fish", async (folder, script) => {
    for (const [words, expected] of CASES) {
      const text = await shellOutput("fish", [
        "--no-config",
        "-c",
        'source $argv[1]; complete -C "state-signals $argv[2]"',
        script,
        words.join(" "),
      ], folder);
      const found = text.split("\n").map((each) => each.split("\t")[0]!);
      for (const each of expected) {
        const escaped = each.replace(/[ *]/g, "\\$&");
        assert(found.includes(escaped) || found.includes(each), text);
      }
    }
  });
});
