/**
 * The Python package as a peer: its exporter and its responder, with this
 * module's names and milliseconds.
 *
 * @module
 */

import {
  hasPython,
  needsPython,
  PythonError,
  type PythonLiterals,
  PythonProcess,
  type PythonSignal,
} from "./python_process.ts";

export {
  hasPython,
  needsPython,
  PythonError,
  type PythonLiterals,
  type PythonSignal,
};

/** The options of a Python peer. */
export interface PythonPeerOptions {
  /** The exporter's process name, or the responder's name. */
  name?: string;
  runnerHost?: string;
  /**
   * Milliseconds, in whole seconds; the peer makes one attempt a second.
   *
   * @default {5_000}
   */
  connectTimeout?: number;
}

/** The reaction of a responder to a signal. */
export interface PythonAnswer {
  ras?: number;
  message?: string;
  /** Milliseconds of work before the response; the next signal waits for its end. */
  delay?: number;
  /** Whether the answer, and all that is after it, waits for {@linkcode PythonResponder.release}. */
  held?: boolean;
}

/** The reactions by event; `"*"` is for all other events, null for no response. */
export type PythonAnswers = Record<string, PythonAnswer | null>;

/** A `SignalExporter` of Python. */
export class PythonExporter implements AsyncDisposable {
  readonly publisherId: string;
  readonly #python: PythonProcess;

  static async connect(
    url: string,
    { name = "python-exporter", runnerHost, connectTimeout = 5_000 }:
      PythonPeerOptions = {},
  ): Promise<PythonExporter> {
    const python = new PythonProcess();
    const id = await connect(python, "exporter", {
      url,
      process_name: name,
      ...(runnerHost === undefined ? {} : { runner_host: runnerHost }),
      conn_timeout: seconds(connectTimeout),
      log_level: "CRITICAL",
    });
    return new PythonExporter(python, id);
  }

  private constructor(python: PythonProcess, publisherId: string) {
    this.#python = python;
    this.publisherId = publisherId;
  }

  /** The process of the peer, to kill, suspend and resume it. */
  get process(): PythonProcess["process"] {
    return this.#python.process;
  }

  async initialize(
    legalEvents: readonly string[],
    { tag, expected }: { tag?: string; expected?: readonly string[] } = {},
  ): Promise<void> {
    await this.#python.call("initialize", {
      legal_events: legalEvents,
      tag,
      expected_resps: expected,
    });
  }

  /** Resolves with false if it timed out. */
  async initializeAndWait(
    count: number,
    legalEvents: readonly string[],
    { tag, expected, timeout = 10_000, periodic = false }: {
      tag?: string;
      expected?: readonly string[];
      timeout?: number;
      periodic?: boolean;
    } = {},
  ): Promise<boolean> {
    const code = await this.#python.call<number>("initialize_and_wait", {
      await_sub_count: count,
      legal_events: legalEvents,
      tag,
      expected_resps: expected,
      timeout: seconds(timeout),
      periodic,
    });
    return code === 0;
  }

  async publishSignal(
    event: string,
    { sample = -1, tag, metadata, timeout = 10_000 }: {
      sample?: number;
      tag?: string;
      metadata?: Record<string, unknown>;
      timeout?: number;
    } = {},
  ): Promise<{ code: number; messages: Record<string, string> }> {
    const [code, messages] = await this.#python.call<
      [number, Record<string, string>]
    >("publish_signal", {
      event,
      sample,
      tag,
      metadata,
      timeout: seconds(timeout),
    });
    return { code, messages };
  }

  /** Publishes with arguments as JSON, which Python parses. */
  async publishJson(text: string): Promise<void> {
    await this.#python.call("publish_json", { text });
  }

  async subscribers(): Promise<string[]> {
    return await this.#python.call("subscribers", {});
  }

  async shutdown({ tag }: { tag?: string } = {}): Promise<void> {
    await this.#python.call("shutdown", { tag });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python[Symbol.asyncDispose]();
  }
}

/** A `SignalResponder` of Python. */
export class PythonResponder implements AsyncDisposable {
  readonly responderId: string;
  readonly #python: PythonProcess;

  static async connect(
    url: string,
    { name = "python-responder", connectTimeout = 5_000 }: PythonPeerOptions =
      {},
  ): Promise<PythonResponder> {
    const python = new PythonProcess();
    const id = await connect(python, "responder", {
      url,
      responder_name: name,
      conn_timeout: seconds(connectTimeout),
      log_level: "CRITICAL",
    });
    return new PythonResponder(python, id);
  }

  private constructor(python: PythonProcess, responderId: string) {
    this.#python = python;
    this.responderId = responderId;
  }

  /** The process of the peer, to kill, suspend and resume it. */
  get process(): PythonProcess["process"] {
    return this.#python.process;
  }

  /** Listens from now on and answers; a second call replaces the answers. */
  async listen(answers: PythonAnswers = {}): Promise<void> {
    await this.#python.call("listen", { answers });
  }

  /** Lets the oldest answer go that is held, or the next one. */
  async release(): Promise<void> {
    await this.#python.call("release", {});
  }

  /** The next signal that it yielded; rejects when its `listen()` has ended. */
  async nextSignal(options: { timeout?: number } = {}): Promise<PythonSignal> {
    return (await this.#next(options))[0];
  }

  /** The next signal with its fields as literals of Python. */
  async nextLiterals(
    options: { timeout?: number } = {},
  ): Promise<PythonLiterals> {
    return (await this.#next(options))[1];
  }

  async respond(
    to: { publisherId: string; event: string },
    { ras, message }: { ras?: number; message?: string } = {},
  ): Promise<void> {
    await this.#python.call("respond", {
      publisher_id: to.publisherId,
      event: to.event,
      ras,
      message,
    });
  }

  async lockId(publisherId: string): Promise<void> {
    await this.#python.call("lock_id", { publisher_id: publisherId });
  }

  async lockTag(tag: string): Promise<void> {
    await this.#python.call("lock_tag", { tag });
  }

  async unlock(): Promise<void> {
    await this.#python.call("unlock", {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python[Symbol.asyncDispose]();
  }

  async #next(
    options: { timeout?: number },
  ): Promise<[PythonSignal, PythonLiterals]> {
    return await this.#python.nextSignal({
      ...options,
      what: "a signal that Python yields",
    });
  }
}

/** A plain client of Python's Redis package. */
export class PythonClient implements AsyncDisposable {
  readonly #python: PythonProcess;

  static async connect(url: string): Promise<PythonClient> {
    const python = new PythonProcess();
    await connect(python, "client", { url });
    return new PythonClient(python);
  }

  private constructor(python: PythonProcess) {
    this.#python = python;
  }

  /** Publishes any payload; resolves with the number of receivers. */
  async publish(
    channel: string,
    payload: string | Uint8Array<ArrayBuffer>,
  ): Promise<number> {
    const bytes = typeof payload === "string"
      ? new TextEncoder().encode(payload)
      : payload;
    return await this.#python.call("publish_bytes", {
      channel,
      payload: bytes.toBase64(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#python[Symbol.asyncDispose]();
  }
}

/** Creates the peer; the process ends after a failure. */
async function connect(
  python: PythonProcess,
  role: "exporter" | "responder" | "client",
  options: Record<string, unknown>,
): Promise<string> {
  try {
    return await python.call<string>(role, options);
  } catch (error) {
    await python[Symbol.asyncDispose]();
    throw error;
  }
}

/** Python counts in seconds, and -1 means for ever. */
function seconds(milliseconds: number): number {
  return milliseconds === Infinity ? -1 : milliseconds / 1000;
}
