/**
 * Where the shell blocks of the documents run: a folder of their own, a server,
 * the command line by its name, and stand-ins for what a user brings.
 *
 * @module
 */

import { pythonInterpreter } from "../support/python_process.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import type { CodeBlock } from "./documents.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const DEADLINE = 60_000;
const PASSWORD = "open-sesame";

/** Programs that a user brings: they say what they were called with, and succeed. */
const STAND_INS = ["fio", "systemctl", "measure.sh", "deploy.sh"];

/** How a script ended. */
export interface ScriptResult {
  readonly code: number;
  readonly output: string;
}

/** One server and one folder; disposing of it ends what runs there. */
export class ShellStage implements AsyncDisposable {
  readonly #server: RedisServer;
  readonly #directory: string;
  readonly #children = new Set<Deno.ChildProcess>();

  private constructor(server: RedisServer, directory: string) {
    this.#server = server;
    this.#directory = directory;
  }

  /** Sets the stage. */
  static async open(): Promise<ShellStage> {
    const user = `ci on >${PASSWORD} ~* &* +@all`;
    const server = await RedisServer.start({ acl: [user] });
    const stage = new ShellStage(server, await Deno.makeTempDir());
    stage.#write(
      "bin/state-signals",
      `exec '${Deno.execPath()}' run --no-prompt --allow-all --config '${ROOT}deno.json' '${ROOT}src/cli/main.ts' "$@"`,
    );
    stage.#write("bin/python3", `exec '${pythonInterpreter()}' -B "$@"`);
    for (const name of STAND_INS) {
      const path = name.endsWith(".sh") ? name : `bin/${name}`;
      stage.#write(path, `echo ${name} "$@"`);
    }
    return stage;
  }

  /** Puts a Python program there, which finds the server at its port. */
  putPython(name: string, source: string): void {
    const { port } = this.#server;
    Deno.writeTextFileSync(
      `${this.#directory}/${name}`,
      source.replace("Responder(", `Responder(redis_port=${port}, `),
    );
  }

  /** Starts responders, and waits until they hear signals. */
  async startResponders(count: number): Promise<void> {
    for (let n = 1; n <= count; n++) {
      const name = `machine-${n}`;
      this.#spawn(`state-signals respond --name ${name} --until shutdown`);
    }
    await this.#untilHeardBy(count);
  }

  /** Publishes what a run of fio does, as soon as one client hears it. */
  async runFio(): Promise<void> {
    await this.#untilHeardBy(1);
    const child = this.#spawn(
      "state-signals run fio --wait-for 0 -- sleep 0.2",
    );
    await child.status;
  }

  /** Runs a block; what it started in the background is waited for. */
  async run({ text }: CodeBlock): Promise<ScriptResult> {
    const child = this.#spawn(`${text}\nstatus=$?\nwait\nexit $status`);
    const timer = setTimeout(() => kill(child), DEADLINE);
    const [code, stdout, stderr] = await Promise.all([
      child.status.then(({ code }) => code),
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    clearTimeout(timer);
    return { code, output: `${stdout}${stderr}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      kill(child);
      await Promise.all([
        child.status,
        child.stdout.locked || child.stdout.cancel(),
        child.stderr.locked || child.stderr.cancel(),
      ]);
    }
    await this.#server[Symbol.asyncDispose]();
    await Deno.remove(this.#directory, { recursive: true });
  }

  #write(path: string, command: string): void {
    const file = `${this.#directory}/${path}`;
    Deno.mkdirSync(`${this.#directory}/bin`, { recursive: true });
    Deno.writeTextFileSync(file, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  }

  #spawn(script: string): Deno.ChildProcess {
    const child = new Deno.Command("bash", {
      args: ["-c", script],
      cwd: this.#directory,
      env: {
        PATH: `${this.#directory}/bin:${Deno.env.get("PATH")}`,
        STATE_SIGNALS_REDIS: this.#server.url,
        REDIS_PASSWORD: PASSWORD,
        GITHUB_SHA: "0123abc",
        NO_COLOR: "1",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#children.add(child);
    return child;
  }

  async #untilHeardBy(count: number): Promise<void> {
    await until(async () => {
      const reply = await this.#server.cli(
        "PUBSUB",
        "NUMSUB",
        "event-signal-pubsub",
      );
      return Number(/\d+$/.exec(reply.trim())?.[0] ?? 0) >= count;
    }, { what: `${count} clients that hear signals`, timeout: DEADLINE });
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended.
  }
}
