/**
 * A child process that a test kills, suspends and resumes.
 *
 * @module
 */

/** A running child process; disposing of it kills it. */
export class Process implements AsyncDisposable {
  /** Resolves when the process has ended. */
  readonly exited: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  #status: Deno.CommandStatus | undefined;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.exited = child.status.then((status) => this.#status = status);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The end of the process; undefined while the process runs. */
  get status(): Deno.CommandStatus | undefined {
    return this.#status;
  }

  /** Sends a signal and waits until the process has ended. */
  async kill(signal: Deno.Signal = "SIGKILL"): Promise<Deno.CommandStatus> {
    this.#send(signal);
    return await this.exited;
  }

  /** Suspends the process: its sockets stay open and mute. */
  suspend(): void {
    this.#send("SIGSTOP");
  }

  resume(): void {
    this.#send("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #send(signal: Deno.Signal): void {
    if (this.#status) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // The process has ended, and its status is on the way.
      if (
        !(error instanceof TypeError || error instanceof Deno.errors.NotFound)
      ) {
        throw error;
      }
    }
  }
}
