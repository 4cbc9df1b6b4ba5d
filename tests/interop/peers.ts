/**
 * Exporters and responders of both languages behind one interface, so that a
 * scenario works with either language.
 *
 * @module
 */

import { type Signal, SignalExporter, SignalResponder } from "../../mod.ts";
import { Inbox } from "../support/inbox.ts";
import {
  type PythonAnswer,
  PythonExporter,
  PythonResponder,
  type PythonSignal,
} from "../support/python_peer.ts";

/** The implementation of a peer. */
export type Language = "ours" | "python";

/** The result of `publishSignal` in both languages. */
export interface Outcome {
  readonly code: number;
  /** By responder id. */
  readonly messages: Record<string, string>;
}

/** An exporter of either language. */
export interface Exporter extends AsyncDisposable {
  readonly publisherId: string;
  initialize(
    legalEvents: readonly string[],
    options?: { tag?: string; expected?: readonly string[] },
  ): Promise<void>;
  initializeAndWait(
    count: number,
    legalEvents: readonly string[],
    options?: { tag?: string; timeout?: number; periodic?: boolean },
  ): Promise<boolean>;
  publishSignal(event: string, options?: Publication): Promise<Outcome>;
  subscribers(): Promise<string[]>;
  shutdown(options?: { tag?: string }): Promise<void>;
}

/** The options of a publish. */
export interface Publication {
  sample?: number;
  tag?: string;
  metadata?: Record<string, unknown>;
  timeout?: number;
}

/** The responses by event; `"*"` is for all other events, null for no response. */
export type Answers = Record<
  string,
  Pick<PythonAnswer, "ras" | "message"> | null
>;

/** A responder of either language. */
export interface Responder extends AsyncDisposable {
  readonly responderId: string;
  /** Listens from now on and answers; a second call replaces the answers. */
  listen(answers: Answers): Promise<void>;
  /** The next signal that the responder yielded; rejects when its listening has ended. */
  nextSignal(options?: { timeout?: number }): Promise<Signal>;
  respond(
    to: { publisherId: string; event: string },
    answer?: { ras?: number; message?: string },
  ): Promise<void>;
  lockId(publisherId: string): Promise<void>;
  lockTag(tag: string): Promise<void>;
  unlock(): Promise<void>;
}

/** The runner host in the signals of every scenario. */
const RUNNER_HOST = "node-1";

/** Connects an exporter of a language. */
export async function connectExporter(
  language: Language,
  redis: string,
  name: string,
): Promise<Exporter> {
  if (language === "python") {
    return await PythonExporter.connect(redis, {
      name,
      runnerHost: RUNNER_HOST,
    });
  }
  return new OurExporter(
    await SignalExporter.connect(name, {
      redis,
      runnerHost: RUNNER_HOST,
      logLevel: "ERROR",
    }),
  );
}

/** Connects a responder of a language. */
export async function connectResponder(
  language: Language,
  redis: string,
  name: string,
): Promise<Responder> {
  return language === "python"
    ? new PythonResponderPeer(await PythonResponder.connect(redis, { name }))
    : new OurResponder(await SignalResponder.connect({ redis, name }));
}

class OurExporter implements Exporter {
  readonly publisherId: string;
  readonly #exporter: SignalExporter;

  constructor(exporter: SignalExporter) {
    this.#exporter = exporter;
    this.publisherId = exporter.publisherId;
  }

  initialize(...args: Parameters<Exporter["initialize"]>): Promise<void> {
    return this.#exporter.initialize(...args);
  }

  initializeAndWait(
    ...args: Parameters<Exporter["initializeAndWait"]>
  ): Promise<boolean> {
    return this.#exporter.initializeAndWait(...args);
  }

  async publishSignal(event: string, options?: Publication): Promise<Outcome> {
    const { code, messages } = await this.#exporter.publishSignal(
      event,
      options,
    );
    return { code, messages };
  }

  subscribers(): Promise<string[]> {
    return Promise.resolve([...this.#exporter.subscribers].sort());
  }

  shutdown(options?: { tag?: string }): Promise<void> {
    return this.#exporter.shutdown(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#exporter.close();
  }
}

class OurResponder implements Responder {
  readonly responderId: string;
  readonly #responder: SignalResponder;
  readonly #yielded = new Inbox<Signal>();
  #answers: Answers = {};
  #listening: Promise<void> | undefined;

  constructor(responder: SignalResponder) {
    this.#responder = responder;
    this.responderId = responder.responderId;
  }

  listen(answers: Answers): Promise<void> {
    this.#answers = answers;
    this.#listening ??= this.#listen().then(
      () => this.#yielded.fail(new Error("listen() ended")),
      (error) => this.#yielded.fail(error),
    );
    return Promise.resolve();
  }

  nextSignal({ timeout }: { timeout?: number } = {}): Promise<Signal> {
    return this.#yielded.take({
      ...(timeout === undefined ? {} : { timeout }),
      what: "a signal of our responder",
    });
  }

  respond(...args: Parameters<Responder["respond"]>): Promise<void> {
    return this.#responder.respond(...args);
  }

  lockId(publisherId: string): Promise<void> {
    return Promise.resolve(this.#responder.lockId(publisherId));
  }

  lockTag(tag: string): Promise<void> {
    return Promise.resolve(this.#responder.lockTag(tag));
  }

  unlock(): Promise<void> {
    return Promise.resolve(this.#responder.unlock());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#responder.close();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    for await (const signal of this.#responder) {
      this.#yielded.put(signal);
      const { [signal.event]: answer = this.#answers["*"] } = this.#answers;
      if (!answer) continue;
      await this.#responder.srespond(signal, answer.ras, answer.message);
    }
  }
}

class PythonResponderPeer implements Responder {
  readonly responderId: string;
  readonly #responder: PythonResponder;

  constructor(responder: PythonResponder) {
    this.#responder = responder;
    this.responderId = responder.responderId;
  }

  listen(answers: Answers): Promise<void> {
    return this.#responder.listen(answers);
  }

  async nextSignal(options?: { timeout?: number }): Promise<Signal> {
    return asOurs(await this.#responder.nextSignal(options));
  }

  respond(...args: Parameters<Responder["respond"]>): Promise<void> {
    return this.#responder.respond(...args);
  }

  lockId(publisherId: string): Promise<void> {
    return this.#responder.lockId(publisherId);
  }

  lockTag(tag: string): Promise<void> {
    return this.#responder.lockTag(tag);
  }

  unlock(): Promise<void> {
    return this.#responder.unlock();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#responder[Symbol.asyncDispose]();
  }
}

function asOurs(signal: PythonSignal): Signal {
  return {
    publisherId: signal.publisher_id,
    processName: signal.process_name,
    event: signal.event,
    runnerHost: signal.runner_host,
    sampleNo: signal.sample_no,
    tag: signal.tag,
    ...(signal.metadata === null ? {} : { metadata: signal.metadata }),
  };
}
