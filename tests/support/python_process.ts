/**
 * One exporter or responder of the Python package, in a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { Inbox } from "./inbox.ts";
import { JsonProcess } from "./json_process.ts";
import { skipUnless } from "./skip.ts";
import type { WaitOptions } from "./wait.ts";

const SCRIPT = fileURLToPath(new URL("./python_peer.py", import.meta.url));

/** Milliseconds for a Python call: more than any timeout that a test passes to it. */
const CALL_TIMEOUT = 30_000;

/** An exception of Python. */
export class PythonError extends Error {
  override readonly name = "PythonError";
  /** The name of the exception's class. */
  readonly type: string;

  constructor({ type, message }: { type: string; message: string }) {
    super(`${type}: ${message}`);
    this.type = type;
  }
}

type Report =
  | { result: unknown }
  | { error: { type: string; message: string } }
  | { signal: PythonSignal; literals: PythonLiterals }
  | { listening: "ended"; error: { type: string; message: string } | null };

/** A signal as Python yielded it, with NaN and Infinity as texts. */
export interface PythonSignal {
  publisher_id: string;
  process_name: string;
  event: string;
  runner_host: string;
  sample_no: number;
  tag: string;
  metadata: Record<string, unknown> | null;
}

/** The fields of a signal as literals of Python in ASCII, which are exact where JSON is not. */
export type PythonLiterals = Record<keyof PythonSignal, string>;

/** The process; disposing of it kills it, so that it vanishes for its peers. */
export class PythonProcess implements AsyncDisposable {
  readonly process: JsonProcess;
  readonly #replies = new Inbox<unknown>();
  readonly #signals = new Inbox<[PythonSignal, PythonLiterals]>();
  readonly #pump: Promise<void>;

  constructor() {
    this.process = JsonProcess.spawn(pythonInterpreter() ?? "python3", {
      args: ["-B", "-X", "utf8", SCRIPT],
    });
    this.#pump = this.#dispatch();
  }

  /** Calls a method of the peer and waits for its result. */
  async call<T>(name: string, args: Record<string, unknown>): Promise<T> {
    await this.process.send({ do: name, with: args });
    const reply = await this.#replies.take({
      timeout: CALL_TIMEOUT,
      what: `Python's ${name}`,
    });
    if (reply instanceof PythonError) throw reply;
    return reply as T;
  }

  /** The next signal in both notations; rejects when Python no longer listens. */
  async nextSignal(
    options: WaitOptions,
  ): Promise<[PythonSignal, PythonLiterals]> {
    return await this.#signals.take(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.#pump;
  }

  async #dispatch(): Promise<void> {
    try {
      for (;;) {
        this.#accept(
          await this.process.next<Report>({
            timeout: Infinity,
            what: "a report",
          }),
        );
      }
    } catch (error) {
      this.#replies.fail(error as Error);
      this.#signals.fail(error as Error);
    }
  }

  #accept(report: Report): void {
    if ("signal" in report) {
      this.#signals.put([report.signal, report.literals]);
    } else if ("listening" in report) {
      this.#signals.fail(
        new PythonError(
          report.error ?? { type: "StopIteration", message: "listen() ended" },
        ),
      );
    } else if ("error" in report) {
      this.#replies.put(new PythonError(report.error));
    } else {
      this.#replies.put(report.result);
    }
  }
}

let interpreter: string | undefined | null = null;

/** Whether an interpreter has the package `state_signals`. */
export function hasPython(): boolean {
  return pythonInterpreter() !== undefined;
}

/** Options for `Deno.test` of a test that needs the Python package. */
export function needsPython(whatIsNotTested: string): { ignore: boolean } {
  return skipUnless(
    hasPython(),
    whatIsNotTested,
    "neither STATE_SIGNALS_PYTHON nor python3 can import state_signals",
  );
}

/** The interpreter that has the package `state_signals`; undefined if there is none. */
export function pythonInterpreter(): string | undefined {
  if (interpreter === null) {
    interpreter = [Deno.env.get("STATE_SIGNALS_PYTHON"), "python3"]
      .find((candidate) => candidate && canImport(candidate));
  }
  return interpreter;
}

function canImport(candidate: string): boolean {
  try {
    return new Deno.Command(candidate, {
      args: ["-B", "-c", "import state_signals"],
      stderr: "null",
    }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
