/**
 * Commands of the user. They end with this process, in whatever way it ends,
 * together with all processes that they have started.
 *
 * @module
 */
import { delay, every, type Interval } from "../../internal/timer.ts";
import { Family, type Reach } from "./family.ts";

/** Milliseconds from the first signal to SIGKILL. */
const GRACE = 5_000;
/** Milliseconds for SIGKILL: a process that is left then can't be killed. */
const LAST_GRACE = 500;
/** Milliseconds of the longest wait between two looks at the processes that are left. */
const MAX_PAUSE = 200;
/** Milliseconds between two looks at the processes that ended commands have left behind. */
const PRUNE_INTERVAL = 1_000;

/** Commands that run, or are being ended. */
const active = new Set<Child>();
/** Commands that have ended by themselves, and have left processes behind. */
const leftBehind = new Set<Child>();
let pruning: Interval | undefined;
let isGuarded = false;

/**
 * A command. If the permission to run any program is granted, the command leads a
 * session of its own, and signals reach all processes that it has started. If
 * not, Deno lets signals go only to the command itself. Then it stays in the group
 * of this process, so that signals of the terminal reach all its processes.
 */
export class Child {
  /** The end of the command. */
  readonly status: Promise<Deno.CommandStatus>;
  /** The process of the command, for its streams. */
  readonly process: Deno.ChildProcess;
  readonly #reach: Reach;
  readonly #hurry: AbortSignal;
  readonly #givenUp = Promise.withResolvers<Deno.CommandStatus>();
  #ending: Promise<void> | undefined;

  /**
   * Starts a command.
   *
   * @param program The program to run.
   * @param options As of `Deno.Command`.
   * @param hurry Aborts when the command has no more time to end.
   * @throws {Error} If the command can't be started.
   */
  constructor(
    program: string,
    options: Omit<Deno.CommandOptions, "detached">,
    hurry: AbortSignal,
  ) {
    const detached = Deno.build.os !== "windows" && mayRunAll();
    this.process = new Deno.Command(program, { ...options, detached }).spawn();
    this.#hurry = hurry;
    this.#reach = detached
      ? new Family(this.process.pid)
      : new Single(this.process);
    active.add(this);
    const ended = this.process.status.finally(() => this.#leave());
    this.status = Promise.race([ended, this.#givenUp.promise]);
    guard();
  }

  /** Whether the command leads a session of its own. */
  get leadsSession(): boolean {
    return this.#reach instanceof Family;
  }

  /** Whether a process of the command is left; zombies may count as processes. */
  get isThere(): boolean {
    return this.#reach.isThere;
  }

  /**
   * Ends the command and all that it has started: by a signal, and by SIGKILL after
   * 5 seconds, or at once in a hurry. The signal of the first call counts.
   *
   * @returns Resolves when no process of the command is left.
   */
  end(signal: Deno.Signal): Promise<void> {
    return this.#ending ??= this.#end(signal);
  }

  /** Sends a signal to the command and all that it has started. */
  signal(signal: Deno.Signal): void {
    this.#reach.signal(signal);
  }

  async #end(signal: Deno.Signal): Promise<void> {
    active.add(this);
    leftBehind.delete(this);
    this.signal(signal);
    this.signal("SIGCONT"); // a stopped process could not act on the signal
    if (signal !== "SIGTERM") {
      // Shells let background processes ignore SIGINT and SIGQUIT.
      this.process.status.then(() => {
        if (active.has(this)) this.signal("SIGTERM");
      });
    }
    if (!await this.#isGoneIn(GRACE, this.#hurry)) {
      const deadline = performance.now() + LAST_GRACE;
      // Repeated, because processes may have started others since the last look.
      do this.signal("SIGKILL"); while (
        !await this.#isGoneIn(MAX_PAUSE) && performance.now() < deadline
      );
    }
    active.delete(this);
    // The status of the command arrives a little after its end.
    delay(LAST_GRACE).then(() =>
      this.#givenUp.resolve({ success: false, code: 137, signal: "SIGKILL" })
    );
  }

  async #isGoneIn(ms: number, hurry?: AbortSignal): Promise<boolean> {
    const deadline = performance.now() + ms;
    for (let pause = 10;; pause = Math.min(pause * 2, MAX_PAUSE)) {
      if (this.#reach.isGone()) return true;
      if (hurry?.aborted || performance.now() >= deadline) return false;
      await delay(pause, hurry).catch(() => {});
    }
  }

  /** Notes that the command has ended. */
  #leave(): void {
    if (this.#ending !== undefined) return;
    active.delete(this);
    if (!this.isThere) return;
    leftBehind.add(this);
    pruning ??= every(PRUNE_INTERVAL, prune);
  }
}

/** Ends the processes that ended commands have left behind. */
export async function endLeftBehind(signal: Deno.Signal): Promise<void> {
  await Promise.all([...leftBehind].map((child) => child.end(signal)));
}

/**
 * Checks, without a prompt, that a program may be run.
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

/** The process of a command alone. */
class Single implements Reach {
  readonly #process: Deno.ChildProcess;
  #hasEnded = false;

  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    process.status.finally(() => this.#hasEnded = true);
  }

  get isThere(): boolean {
    return !this.#hasEnded;
  }

  signal(signal: Deno.Signal): void {
    if (isTyped(signal)) return;
    try {
      this.#process.kill(signal);
    } catch {
      // The process has ended.
    }
  }

  isGone(): boolean {
    return this.#hasEnded;
  }
}

/** Whether a signal is one that the terminal itself sends to all processes in its foreground. */
function isTyped(signal: Deno.Signal): boolean {
  return (signal === "SIGINT" || signal === "SIGQUIT") &&
    Deno.stdin.isTerminal();
}

/** Whether the permission is granted that signals to other processes than a child itself need. */
function mayRunAll(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

/** Drops process groups that have ended, because the system may use their numbers again. */
function prune(): void {
  for (const child of leftBehind) {
    if (!child.isThere) leftBehind.delete(child);
  }
  if (leftBehind.size > 0) return;
  pruning?.cancel();
  pruning = undefined;
}

/** Kills all running commands when this process exits. */
function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  globalThis.addEventListener("unload", () => {
    for (const child of active) child.signal("SIGKILL");
  });
}
