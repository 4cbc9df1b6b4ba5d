/**
 * Commands that end with this process, with all that they have started, however
 * this process ends.
 *
 * @module
 */
import { delay, every, type Interval } from "../../internal/timer.ts";
import { Family, type Reach } from "./family.ts";

/** Milliseconds from the first signal to SIGKILL. */
const GRACE = 5_000;
/** Milliseconds for SIGKILL: what is there still can't be killed from here. */
const LAST_GRACE = 500;
/** Milliseconds that no wait between two looks at what is left exceeds. */
const MAX_PAUSE = 200;
/** Milliseconds between two looks at what commands that have ended left behind. */
const PRUNE_INTERVAL = 1_000;

/** Commands that run, or are being ended. */
const active = new Set<Child>();
/** Commands that have ended by themselves, and left processes behind. */
const leftBehind = new Set<Child>();
let pruning: Interval | undefined;
let isGuarded = false;

/**
 * A command. Where the permission to run any program is granted, it leads a
 * session of its own, and signals reach all that it has started. Else Deno lets
 * signals go to the command alone: it stays in this process's group, because
 * what is typed at the terminal then reaches all of it.
 */
export class Child {
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** The process, for its streams. */
  readonly process: Deno.ChildProcess;
  readonly #reach: Reach;
  readonly #hurry: AbortSignal;
  readonly #givenUp = Promise.withResolvers<Deno.CommandStatus>();
  #ending: Promise<void> | undefined;

  /**
   * Starts it.
   *
   * @param program What to run.
   * @param options As of `Deno.Command`.
   * @param hurry Once it is to end, leaves it no more time.
   * @throws {Error} If it can't be started.
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

  /** Whether it leads a session of its own. */
  get leadsSession(): boolean {
    return this.#reach instanceof Family;
  }

  /** Whether anything of it is there still; may be wrong where zombies are. */
  get isThere(): boolean {
    return this.#reach.isThere;
  }

  /**
   * Ends it and all that it has started: by a signal, and after 5 seconds, or at
   * once where time is short, by SIGKILL. The first call decides by which signal.
   *
   * @returns Resolves when nothing of it is left.
   */
  end(signal: Deno.Signal): Promise<void> {
    return this.#ending ??= this.#end(signal);
  }

  /** Sends a signal to all that it has started. */
  signal(signal: Deno.Signal): void {
    this.#reach.signal(signal);
  }

  async #end(signal: Deno.Signal): Promise<void> {
    active.add(this);
    leftBehind.delete(this);
    this.signal(signal);
    this.signal("SIGCONT"); // one that is stopped could not act on it
    if (signal !== "SIGTERM") {
      // Shells let what they start in the background ignore SIGINT and SIGQUIT.
      this.process.status.then(() => {
        if (active.has(this)) this.signal("SIGTERM");
      });
    }
    if (!await this.#isGoneIn(GRACE, this.#hurry)) {
      const deadline = performance.now() + LAST_GRACE;
      // Some may have started others since they were looked for.
      do this.signal("SIGKILL"); while (
        !await this.#isGoneIn(MAX_PAUSE) && performance.now() < deadline
      );
    }
    active.delete(this);
    // How it ended is told a little later than that it has.
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

  /** The command has ended by itself, or is being ended. */
  #leave(): void {
    if (this.#ending !== undefined) return;
    active.delete(this);
    if (!this.isThere) return;
    leftBehind.add(this);
    pruning ??= every(PRUNE_INTERVAL, prune);
  }
}

/** Ends what commands have left behind that had ended by themselves. */
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

/** The one process itself. */
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
      // It has ended.
    }
  }

  isGone(): boolean {
    return this.#hasEnded;
  }
}

/** Whether a signal is one that the terminal sends to all processes in front of it. */
function isTyped(signal: Deno.Signal): boolean {
  return (signal === "SIGINT" || signal === "SIGQUIT") &&
    Deno.stdin.isTerminal();
}

/** Signals go to other processes than a child itself only with this permission. */
function mayRunAll(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

/** Forgets groups that have ended: their numbers may be given to others. */
function prune(): void {
  for (const child of leftBehind) {
    if (!child.isThere) leftBehind.delete(child);
  }
  if (leftBehind.size > 0) return;
  pruning?.cancel();
  pruning = undefined;
}

/** Kills what runs where this process exits before it. */
function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  globalThis.addEventListener("unload", () => {
    for (const child of active) child.signal("SIGKILL");
  });
}
