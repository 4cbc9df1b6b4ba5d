/**
 * Processes that end with this one, however that ends.
 *
 * @module
 */

/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE = 5_000;

const running = new Set<Child>();
let guarded = false;

/** A process that was started here; it is killed where this process exits before it. */
export class Child {
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** The process, for its streams. */
  readonly process: Deno.ChildProcess;
  readonly #hasGroup: boolean;

  /**
   * Starts it.
   *
   * @param program What to run.
   * @param options As of `Deno.Command`; detached, it and what it starts are a
   * group, to which signals go.
   * @throws {Error} If it can't be started.
   */
  constructor(program: string, options: Deno.CommandOptions) {
    this.process = new Deno.Command(program, options).spawn();
    this.#hasGroup = options.detached === true && Deno.build.os !== "windows";
    running.add(this);
    this.status = this.process.status.finally(() => running.delete(this));
    if (!guarded) {
      guarded = true;
      globalThis.addEventListener("unload", () => {
        for (const child of running) child.signal("SIGKILL");
      });
    }
  }

  /** Sends a signal, to its group where it has one. */
  signal(signal: Deno.Signal): void {
    try {
      if (this.#hasGroup && mayKillGroups()) {
        Deno.kill(-this.process.pid, signal);
      } else this.process.kill(signal);
    } catch {
      // It has ended.
    }
  }

  /** Asks it to end, and makes it end where it does not. */
  async stop(): Promise<void> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), GRACE);
    await this.status;
    clearTimeout(timer);
  }
}

/**
 * Checks, without asking anybody, that a program may be run.
 *
 * @throws {Deno.errors.NotCapable} If not.
 */
export function checkMayRun(program: string): void {
  const { state } = Deno.permissions.querySync({
    name: "run",
    command: program,
  });
  if (state !== "granted") {
    throw new Deno.errors.NotCapable(`Requires run access to "${program}"`);
  }
}

function mayKillGroups(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}
