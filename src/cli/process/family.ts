/**
 * Finds all processes that a command has started, with their own children, in the
 * system's table of processes.
 *
 * @module
 */

/** One process of the system. */
export interface ProcessEntry {
  readonly pid: number;
  /** The process that has started this one, or has adopted it. */
  readonly parent: number;
  /** Its process group. */
  readonly group: number;
  /** Its session; `undefined` if the system does not say so. */
  readonly session: number | undefined;
}

/** The processes that signals to a command reach. */
export interface Reach {
  /** Whether a process is left: a quick look, to which zombies count as processes. */
  readonly isThere: boolean;
  /** Sends a signal to all processes. */
  signal(signal: Deno.Signal): void;
  /** Whether no process is left: a thorough look. */
  isGone(): boolean;
}

/**
 * A command that leads a session, and all that it has started: the processes of
 * its group and its session, and their descendants. The only process that is not
 * found is one that has left the session and survived its parent.
 */
export class Family implements Reach {
  readonly #root: number;
  readonly #read: () => readonly ProcessEntry[] | undefined;
  #members: readonly ProcessEntry[] = [];

  /**
   * @param root The command's process id; it must lead a process group.
   * @param read Reads the table of processes.
   */
  constructor(
    root: number,
    read: () => readonly ProcessEntry[] | undefined = readProcesses,
  ) {
    this.#root = root;
    this.#read = read;
  }

  signal(signal: Deno.Signal): void {
    this.#look();
    send(-this.#root, signal);
    for (const { pid, group } of this.#members) {
      if (group !== this.#root) send(pid, signal);
    }
  }

  get isThere(): boolean {
    return isThere(-this.#root);
  }

  isGone(): boolean {
    return this.#look() ? this.#members.length === 0 : !this.isThere;
  }

  /** @returns Whether the table could be read. */
  #look(): boolean {
    const table = this.#read();
    if (table === undefined) return false;
    this.#members = familyOf(this.#root, this.#members, table);
    return true;
  }
}

/**
 * Picks the processes of a family.
 *
 * @param root The process id of the command.
 * @param known The members at the last look; some may have ended.
 * @param table All processes of the system.
 */
export function familyOf(
  root: number,
  known: readonly ProcessEntry[],
  table: readonly ProcessEntry[],
): ProcessEntry[] {
  const ids = new Set([root, ...known.map(({ pid }) => pid)]);
  const belongs = ({ pid, parent, group, session }: ProcessEntry) =>
    ids.has(pid) || ids.has(parent) || group === root || session === root;
  let found: ProcessEntry[];
  do {
    found = table.filter(belongs);
    // Repeated, because a parent may stand behind its children in the table.
  } while (found.some(({ pid }) => ids.size < ids.add(pid).size));
  return found;
}

/**
 * Reads the table of processes, without zombies. Needs the permission to run any
 * program.
 *
 * @returns `undefined` if the table can't be read.
 */
export function readProcesses(
  os: string = Deno.build.os,
): ProcessEntry[] | undefined {
  try {
    return os === "linux"
      // By grep, because slim containers have no `ps`, and Deno itself needs all permissions for /proc.
      ? parseStatus(outputOf(
        "sh",
        "-c",
        'grep -hE "^(State|Pid|PPid|NSpgid|NSsid):" /proc/[0-9]*/status',
      ))
      : parsePs(outputOf("ps", "-A", "-o", "stat=,pid=,ppid=,pgid="));
  } catch {
    return undefined;
  }
}

function outputOf(program: string, ...args: string[]): string {
  const { stdout } = new Deno.Command(program, {
    args,
    stdin: "null",
    stderr: "null",
  }).outputSync();
  if (stdout.length === 0) throw new Error(`Cannot use ${program}`);
  return new TextDecoder().decode(stdout);
}

/** Reads /proc/…/status. Of the ids in nested namespaces, the first is that of this process's namespace. */
function parseStatus(text: string): ProcessEntry[] {
  const processes = text.matchAll(
    /^State:\t(\w).*\nPid:\t(\d+)\nPPid:\t(\d+)\nNSpgid:\t(\d+).*\nNSsid:\t(\d+)/gm,
  );
  return [...processes].filter(([, state]) => !isOver(state!)).map(
    ([, , pid, parent, group, session]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
    }),
  );
}

function parsePs(text: string): ProcessEntry[] {
  const processes = text.matchAll(/^\s*(\S+)\s+(\d+)\s+(\d+)\s+(\d+)/gm);
  return [...processes].filter(([, state]) => !isOver(state!)).map(
    ([, , pid, parent, group]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: undefined,
    }),
  );
}

/** Whether a process has ended: a zombie, or dead. */
function isOver(state: string): boolean {
  return /^[ZX]/.test(state);
}

function isThere(target: number): boolean {
  try {
    Deno.kill(target, 0);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

function send(target: number, signal: Deno.Signal): void {
  try {
    Deno.kill(target, signal);
  } catch {
    // The process has ended, or belongs to another user.
  }
}
