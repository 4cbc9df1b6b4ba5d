/**
 * A command, run as users run it: a process of its own, under the permissions
 * that its help states and no others.
 *
 * @module
 */
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../src/cli/commands/commands.ts";
import type { Command } from "../../src/cli/args/command.ts";
import { Inbox } from "../support/inbox.ts";
import { Process } from "../support/process.ts";
import { within } from "../support/wait.ts";

/** The entry of the command line. */
export const MAIN: string = fileURLToPath(
  new URL("../../src/cli/main.ts", import.meta.url),
);

/** How to run a command. */
export interface CliOptions {
  /** Permission flags. @default {those that its help states, for its server} */
  permissions?: readonly string[];
  /** What stands for the capitals in the permissions of its help, beside HOST:PORT. */
  values?: Readonly<Record<string, string>>;
  /** Variables of its environment. */
  env?: Record<string, string>;
  /** What it reads; a stream: what comes of it, as it comes. */
  stdin?: string | ReadableStream<Uint8Array>;
}

/** How a command ended. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command; disposing of it kills it. */
export class Cli extends Process {
  readonly #lines = new Inbox<string>();
  readonly #streams: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #stdout = "";
  #unfinished = "";
  #stderr = "";

  /** Starts a command. */
  static start(words: readonly string[], options: CliOptions = {}): Cli {
    return new Cli(
      new Deno.Command(Deno.execPath(), {
        args: [...denoArgs(words, options), MAIN, ...words],
        env: options.env ?? {},
        stdin: options.stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
      options.stdin,
    );
  }

  private constructor(child: Deno.ChildProcess, stdin: CliOptions["stdin"]) {
    super(child);
    this.#reader = child.stdout.getReader();
    this.#streams = Promise.all([
      read(this.#reader, (text) => this.#takeOutput(text)),
      read(child.stderr.getReader(), (text) => this.#stderr += text),
      stdin === undefined ? undefined : feed(child, stdin),
    ]).then(() => this.#lines.fail(new Error(`It ended: ${this.#stderr}`)));
  }

  /** What it printed on standard error so far. */
  get errors(): string {
    return this.#stderr;
  }

  /** The next line of its standard output. */
  async line(what = "a line of output"): Promise<string> {
    return await this.#lines.take({ what });
  }

  /** The next line of its standard output that is a record of this type. */
  async record<T = Record<string, unknown>>(type: string): Promise<T> {
    for (;;) {
      const record = JSON.parse(await this.line(`a record "${type}"`));
      if (record.type === type) return record;
    }
  }

  /** How it ended. */
  async result(): Promise<CliResult> {
    const { code } = await within(this.exited, {
      timeout: 30_000,
      what: "the command to end",
    });
    // What it has left behind may hold them open.
    await within(this.#streams, { what: "the end of the command's streams" });
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** Sends a signal, and does not wait. */
  send(signal: Deno.Signal): void {
    if (this.status !== undefined) return;
    try {
      Deno.kill(this.pid, signal);
    } catch (error) {
      // It has ended, and its status is on the way.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Closes its standard output from the reader's side. */
  async stopReading(): Promise<void> {
    await this.#reader.cancel();
  }

  /** Interrupts it, and waits for its end. */
  async interrupt(signal: Deno.Signal = "SIGINT"): Promise<CliResult> {
    await this.kill(signal);
    return await this.result();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#streams;
  }

  #takeOutput(text: string): void {
    this.#stdout += text;
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop() ?? "";
    for (const line of lines) this.#lines.put(line);
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  keep: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    keep(decoder.decode(value, { stream: true }));
  }
}

/** What a command exits with after a signal: 128 and its number. */
export function codeAfter(signal: Deno.Signal): number {
  return 128 + constants.signals[signal as "SIGINT"];
}

/** Runs a command to its end. */
export async function run(
  words: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  await using cli = Cli.start(words, options);
  return await cli.result();
}

/** What `deno` is called with before the entry. */
export function denoArgs(
  words: readonly string[],
  { permissions, values }: CliOptions = {},
): string[] {
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    ...permissions ?? statedPermissions(words, values),
  ];
}

/**
 * The flags that a command's help states: of each kind the first one whose
 * capitals have a value.
 */
function statedPermissions(
  words: readonly string[],
  values: Readonly<Record<string, string>> = {},
): string[] {
  const [name] = words;
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) return [];
  const server = words[words.indexOf("--redis") + 1]!;
  const known = words.includes("--redis")
    ? { "HOST:PORT": new URL(server).host, ...values }
    : values;
  const stated = new Map<string, string>();
  for (const flag of flagsOf(command)) {
    const [kind, value] = flag.split("=");
    if (stated.has(kind!)) continue;
    if (value === undefined) {
      if (name === "respond" && !words.includes("--exec")) continue;
      stated.set(kind!, flag);
    } else if (Object.hasOwn(known, value)) {
      stated.set(kind!, `${kind}=${known[value]}`);
    }
  }
  return [...stated.values()];
}

function flagsOf(command: Command): string[] {
  const [, paragraph = ""] = /^Permissions: (.*?)(\n\n|$)/ms.exec(
    command.help,
  ) ?? [];
  return paragraph.match(/--allow-[a-z]+(=[A-Za-z:]+)?/g) ?? [];
}

/** Writes what the command reads, until it ends. */
async function feed(
  { stdin, status }: Deno.ChildProcess,
  input: string | ReadableStream<Uint8Array>,
): Promise<void> {
  const stream = typeof input === "string"
    ? new Blob([input]).stream()
    : input as ReadableStream<Uint8Array<ArrayBuffer>>;
  const ended = new AbortController();
  status.then(() => ended.abort());
  await stream.pipeTo(stdin, { signal: ended.signal }).catch(() => {});
}

/** An input that goes on until it is ended. */
export class Input {
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** For {@linkcode CliOptions}. */
  readonly stream = new ReadableStream<Uint8Array>({
    start: (controller) => void (this.#controller = controller),
  });

  /** Adds text, or bytes. */
  add(content: string | Uint8Array): void {
    this.#controller?.enqueue(
      typeof content === "string" ? this.#encoder.encode(content) : content,
    );
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    try {
      this.#controller?.close();
    } catch {
      // The command has ended.
    }
    this.#controller = undefined;
  }
}
