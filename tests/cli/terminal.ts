/**
 * A command on a terminal of its own, by script(1).
 *
 * @module
 */
import { Process } from "../support/process.ts";
import { skipUnless } from "../support/skip.ts";
import { until } from "../support/wait.ts";
import { denoArgs, MAIN } from "./cli.ts";

/** Options for `Deno.test` of a test that needs a terminal. */
export const needsTerminal: { ignore: boolean } = skipUnless(
  Deno.build.os === "linux" && hasScript(),
  "The command line on a terminal",
  "there is no script(1)",
);

function hasScript(): boolean {
  try {
    return new Deno.Command("script", { args: ["--version"] })
      .outputSync().success;
  } catch {
    return false;
  }
}

/** How a terminal is to be. */
export interface TerminalOptions {
  /** Columns. @default {80} */
  columns?: number;
  /** Permission flags. @default {those that the command's help states} */
  permissions?: readonly string[];
}

/** A terminal with a command on it; disposing of it closes it. */
export class Terminal extends Process {
  readonly #reading: Promise<void>;
  readonly #name: Promise<string>;
  #screen = "";

  /** Starts a command on a terminal. */
  static start(
    words: readonly string[],
    { columns = 80, permissions }: TerminalOptions = {},
  ): Terminal {
    const options = permissions === undefined ? {} : { permissions };
    const command = [Deno.execPath(), ...denoArgs(words, options), MAIN];
    const quoted = [...command, ...words].map((word) => `'${word}'`).join(" ");
    return new Terminal(
      new Deno.Command("script", {
        args: [
          "-qec",
          `tty; stty cols ${columns}; exec ${quoted}`,
          "/dev/null",
        ],
        env: { NO_COLOR: "" }, // whatever is said of colours outside
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn(),
    );
  }

  private constructor(child: Deno.ChildProcess) {
    super(child);
    this.#reading = (async () => {
      const text = child.stdout.pipeThrough(new TextDecoderStream());
      for await (const part of text) this.#screen += part;
    })();
    this.#name = until(() => /^(\/dev\/\S+)\r\n/.exec(this.#screen)?.[1], {
      what: "the terminal",
    });
  }

  /** What was written on it so far. */
  get screen(): string {
    return this.#screen;
  }

  /** What the live line has been, each time that it was drawn. */
  get statuses(): string[] {
    return this.#screen.split("\r\x1b[2K").slice(1).map((text) =>
      text.replace(/\r\n.*/s, "")
    );
  }

  /** Gives it another width. */
  async resize(columns: number): Promise<void> {
    const { success } = await new Deno.Command("stty", {
      args: ["-F", await this.#name, "cols", String(columns)],
    }).output();
    if (!success) throw new Error("Cannot resize the terminal");
  }

  /** Closes it, as a window is closed. */
  async close(): Promise<void> {
    await this.kill();
    await this.#reading;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
