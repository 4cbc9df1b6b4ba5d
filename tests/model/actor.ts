/**
 * One process of an episode, as the episode sees it: what it has said, what was
 * done to it, and how it ended.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { startRole } from "../support/child.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { JsonProcess } from "../support/json_process.ts";
import { pythonInterpreter } from "../support/python_process.ts";
import { until } from "../support/wait.ts";
import type {
  ExporterCommand,
  ExporterStart,
  ResponderCommand,
  ResponderStart,
  Style,
} from "./commands.ts";
import {
  type ExporterSaid,
  type Line,
  type Moment,
  moment,
  type ResponderSaid,
} from "./lines.ts";
import type { World } from "./worlds.ts";

/** A time in which something was wrong with a process, its link or its server. */
export interface Trouble {
  readonly what: string;
  readonly from: Moment;
  to: Moment;
}

/** What remains of a process: the oracle judges by it. */
export interface History<Said = ResponderSaid | ExporterSaid> {
  /** Names it among the processes of the episode. */
  readonly name: string;
  readonly role: "exporter" | "ours" | "python";
  /** How a responder of this module listens and answers. */
  readonly style?: Style | undefined;
  /** The peer's id on the wire. */
  readonly id: string;
  /** When it was ended, or has ended by itself; `Infinity`: it has not. */
  readonly endedAt: Moment;
  readonly lines: readonly Line<Said>[];
  readonly troubles: readonly Trouble[];
  /** What it wrote on stderr. */
  readonly errorOutput: string;
}

/** A running process; disposing of it kills it. */
export class Actor<Said extends ResponderSaid | ExporterSaid, Command>
  implements History<Said>, AsyncDisposable {
  readonly name: string;
  readonly role: History["role"];
  readonly style: Style | undefined;
  readonly lines: Line<Said>[] = [];
  readonly troubles: Trouble[] = [];
  readonly proxy: FaultProxy;
  id = "";
  endedAt = Infinity;
  readonly #process: JsonProcess;
  readonly #reading: Promise<void>;
  #stopped: Trouble | undefined;

  constructor(
    name: string,
    role: History["role"],
    process: JsonProcess,
    proxy: FaultProxy,
    style?: Style,
  ) {
    this.name = name;
    this.role = role;
    this.style = style;
    this.proxy = proxy;
    this.#process = process;
    this.#reading = this.#read();
  }

  get errorOutput(): string {
    return this.#process.errorOutput;
  }

  /** Whether it runs, stopped or not. */
  get isAlive(): boolean {
    return this.endedAt === Infinity;
  }

  /** Whether it was told to stop where it stands. */
  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Waits until it is connected. */
  async ready(): Promise<this> {
    const line = await this.says(
      (each) => each.said === "ready",
      "to be ready",
      30_000,
    );
    this.id = (line as Line & { said: "ready" }).id;
    return this;
  }

  /** Waits until it has said something. */
  async says(
    isIt: (line: Line<Said>) => boolean,
    what: string,
    timeout = 20_000,
  ): Promise<Line<Said>> {
    return await until(() => {
      const line = this.lines.find(isIt);
      if (line === undefined && !this.isAlive) {
        throw new Error(`${this.name} has ended: ${this.errorOutput}`);
      }
      return line;
    }, { what: `${this.name} ${what}`, timeout }) as Line<Said>;
  }

  /** Tells it to do something. */
  tell(command: Command): void {
    if (!this.isAlive) return;
    this.#process.send(command).catch(() => {}); // it has just ended
  }

  /** Notes that something is wrong from now on; returns what ends that. */
  trouble(what: string): () => void {
    const trouble: Trouble = { what, from: moment(), to: Infinity };
    this.troubles.push(trouble);
    return () => trouble.to = moment();
  }

  suspend(): void {
    if (this.#stopped !== undefined || !this.isAlive) return;
    this.#stopped = { what: "SIGSTOP", from: moment(), to: Infinity };
    this.troubles.push(this.#stopped);
    this.#process.suspend();
  }

  resume(): void {
    if (this.#stopped === undefined) return;
    this.#process.resume();
    this.#stopped.to = moment();
    this.#stopped = undefined;
  }

  /** SIGKILLs it, and reads what it has said until then. Idempotent. */
  async kill(): Promise<void> {
    if (this.isAlive) this.endedAt = moment();
    await this.#process[Symbol.asyncDispose]();
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.proxy.stop();
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        this.lines.push(
          await this.#process.next<Line<Said>>({
            what: "the next line",
            timeout: Infinity,
          }),
        );
      }
    } catch (error) {
      if (this.isAlive) this.endedAt = moment();
      if (!/ended/.test((error as Error).message)) throw error;
    }
  }
}

export type ResponderActor = Actor<ResponderSaid, ResponderCommand>;
export type ExporterActor = Actor<ExporterSaid, ExporterCommand>;

/** Starts an exporter; the server is given by the proxy in front of it. */
export async function startExporter(
  name: string,
  world: World,
  start: ExporterStart,
): Promise<ExporterActor> {
  const proxy = await FaultProxy.start(world);
  const process = startModelRole("exporter.ts", {
    ...start,
    redis: { ...start.redis, url: proxy.url },
  });
  return new Actor<ExporterSaid, ExporterCommand>(
    name,
    "exporter",
    process,
    proxy,
  );
}

/** Starts a responder of this module. */
export async function startResponder(
  world: World,
  start: ResponderStart,
): Promise<ResponderActor> {
  const proxy = await FaultProxy.start(world);
  const process = startModelRole("responder.ts", {
    ...start,
    redis: { ...start.redis, url: proxy.url },
  });
  return new Actor<ResponderSaid, ResponderCommand>(
    start.process,
    "ours",
    process,
    proxy,
    start.style,
  );
}

/** Starts a responder of Python, which stays at the first server. */
export async function startPython(
  { port }: World,
  { process: name, id, mood, seed }: ResponderStart,
): Promise<ResponderActor> {
  const proxy = await FaultProxy.start({ port });
  const start = {
    host: proxy.hostname,
    port: proxy.port,
    name: id,
    process: name,
    mood,
    seed,
  };
  const script = fileURLToPath(new URL("roles/responder.py", import.meta.url));
  const process = JsonProcess.spawn(pythonInterpreter()!, {
    args: ["-B", "-X", "utf8", script, JSON.stringify(start)],
  });
  return new Actor<ResponderSaid, ResponderCommand>(
    name,
    "python",
    process,
    proxy,
  );
}

function startModelRole(script: string, start: unknown): JsonProcess {
  return startRole(`../../model/roles/${script}`, {
    args: [JSON.stringify(start)],
    permissions: ["--allow-net=127.0.0.1"],
  });
}
