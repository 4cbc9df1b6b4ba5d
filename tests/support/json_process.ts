/**
 * A child process that exchanges lines of JSON with the test.
 *
 * @module
 */

import { Inbox } from "./inbox.ts";
import { Process } from "./process.ts";
import type { WaitOptions } from "./wait.ts";

/** A child process; lines of JSON on its stdin and stdout. */
export class JsonProcess extends Process {
  readonly #inbox = new Inbox<unknown>();
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #streams: Promise<unknown>;
  #errorOutput = "";

  /**
   * @param command The program.
   * @param options Its arguments, environment and working directory.
   */
  static spawn(command: string, options: Deno.CommandOptions): JsonProcess {
    return new JsonProcess(
      new Deno.Command(command, {
        ...options,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  private constructor(child: Deno.ChildProcess) {
    super(child);
    this.#stdin = child.stdin.getWriter();
    this.#streams = Promise.all([
      this.#readLines(child.stdout),
      this.#readErrors(child.stderr),
    ]).then(() => this.exited).then(({ code, signal }) =>
      this.#inbox.fail(
        new Error(
          `The child process ended (${signal ?? code}): ${this.#errorOutput}`,
        ),
      )
    );
  }

  /** The stderr of the process so far. */
  get errorOutput(): string {
    return this.#errorOutput;
  }

  /** Sends one line of JSON. */
  async send(message: unknown): Promise<void> {
    await this.#stdin.write(
      new TextEncoder().encode(JSON.stringify(message) + "\n"),
    );
  }

  /** The next line of the process; rejects when the process has ended. */
  async next<T = unknown>(options: WaitOptions): Promise<T> {
    return await this.#inbox.take(options) as T;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#stdin.abort().catch(() => {});
    await this.#streams;
  }

  async #readLines(
    stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    let unfinished = "";
    for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) this.#accept(line);
    }
  }

  #accept(line: string): void {
    try {
      this.#inbox.put(JSON.parse(line));
    } catch (cause) {
      this.#inbox.fail(
        new Error(`The child process printed what is not JSON: ${line}`, {
          cause,
        }),
      );
    }
  }

  async #readErrors(
    stderr: ReadableStream<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
      this.#errorOutput += text;
    }
  }
}
