/**
 * Reads the commands in the first comment of an example, and runs them.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** The result of a command. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The TypeScript files in examples/, as paths from the root. */
export function exampleFiles(): string[] {
  return [...Deno.readDirSync(new URL("examples", ROOT))]
    .map(({ name }) => `examples/${name}`)
    .filter((path) => path.endsWith(".ts"))
    .sort();
}

/** The Deno commands in the first comment of a file, as their arguments. */
export function commandsIn(path: string): string[][] {
  const source = Deno.readTextFileSync(new URL(path, ROOT));
  const [comment = ""] = source.match(/^\/\*\*[^]*?\*\//) ?? [];
  return comment
    .replace(/\\\n \* +/g, "")
    .split("\n")
    .map((line) => line.match(/^ \* {5}deno (.*?)(\s+# .*)?$/)?.[1])
    .filter((command) => command !== undefined)
    .map((command) => command.split(/\s+/));
}

/** Starts Deno at the root of the project, without a terminal for permission prompts. */
export function startDeno(
  args: readonly string[],
  env: Record<string, string> = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs Deno to its end. */
export async function runDeno(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult> {
  const { code, stdout, stderr } = await startDeno(args, env).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
