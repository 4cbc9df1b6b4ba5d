/**
 * The stage of one case of a test: exporters and responders that meet at one
 * place, and are all closed at the end of the case.
 *
 * @module
 */

import { openTransport } from "../../src/connect.ts";
import type { Logger } from "../../src/internal/logger.ts";
import { channelsOf } from "../../src/protocol/channels.ts";
import type { Signal } from "../../src/protocol/signal/signal.ts";
import { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { ExporterOptions } from "../../src/signals/exporter/options.ts";
import { SignalResponder } from "../../src/signals/responder/responder.ts";
import type {
  ResponderOptions,
  RespondOptions,
} from "../../src/signals/responder/options.ts";
import type { OpenPlace } from "./places.ts";
import { within } from "./wait.ts";

/** One case of a table, by its name. */
export type Cases = Readonly<Record<string, (stage: Stage) => Promise<void>>>;

/** The response to a signal; undefined for none. */
export type Answer = (signal: Signal) => RespondOptions | undefined;

/** Answers every signal with success. */
export const succeed: Answer = () => ({ ras: 1 });

/** Joins, and answers no other signal. */
export const joinOnly: Answer = ({ event }) =>
  event === "initialization" ? {} : undefined;

/** The next signal of an event. */
export async function nextOf(
  signals: AsyncIterator<Signal>,
  event: string,
): Promise<Signal> {
  for (;;) {
    const { value } = await signals.next();
    if (value.event === event) return value;
  }
}

/** Resolves when a responder has seen an event, so that respond() can name it. */
export async function seen(
  responder: SignalResponder,
  event: string,
): Promise<Signal> {
  const signals = responder.listen();
  const signal = await nextOf(signals, event);
  await signals.return?.();
  return signal;
}

/** The cast of one case. */
export class Stage implements AsyncDisposable {
  /** The log lines so far, such as `warn: ...`. */
  readonly logged: string[] = [];
  readonly #place: OpenPlace;
  readonly #namespace: string | undefined;
  readonly #cast = new AsyncDisposableStack();
  readonly #answering: Promise<void>[] = [];

  constructor(place: OpenPlace) {
    this.#place = place;
    this.#namespace = place.namespaces ? crypto.randomUUID() : undefined;
  }

  /** Whether the place allows the own channels of peers. */
  get hasOwnChannels(): boolean {
    return this.#place.namespaces;
  }

  /** A connected exporter. */
  async exporter<E extends string = string>(
    options: ExporterOptions = {},
  ): Promise<SignalExporter<E>> {
    return this.#cast.use(
      await SignalExporter.connect<E>("fio", { ...this.#common, ...options }),
    );
  }

  /** A connected responder without a listener. */
  async responder(options: ResponderOptions = {}): Promise<SignalResponder> {
    return this.#cast.use(
      await SignalResponder.connect({ ...this.#common, ...options }),
    );
  }

  /** A connected responder that answers every signal, with a lock on a tag if one is given. */
  async answering(
    answer: Answer = succeed,
    { tag, ...options }: ResponderOptions & { tag?: string } = {},
  ): Promise<SignalResponder> {
    const responder = await this.responder(options);
    if (tag !== undefined) responder.lockTag(tag);
    this.#answering.push(answerAll(responder, answer));
    return responder;
  }

  /** An initialized exporter and its only subscriber, which has joined and answers no signal. */
  async pair<E extends string = string>(
    legalEvents: readonly E[],
    options: ExporterOptions = {},
  ): Promise<[SignalExporter<E>, SignalResponder]> {
    const responder = await this.answering(joinOnly);
    const exporter = await this.exporter<E>(options);
    await exporter.initializeAndWait(1, legalEvents);
    return [exporter, responder];
  }

  /** Publishes any text. */
  async publish(channel: "signals" | "responses", text: string): Promise<void> {
    const transport = await openTransport(this.#common);
    try {
      await transport.publish(channelsOf(this.#namespace)[channel], text);
    } finally {
      await transport.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within(this.#cast.disposeAsync(), { what: "all peers to close" });
    await within(Promise.all(this.#answering), { what: "every loop to end" });
  }

  get #common(): ExporterOptions & ResponderOptions {
    return {
      redis: this.#place.redis,
      namespace: this.#namespace,
      logger: this.#logger,
      logLevel: "INFO",
    };
  }

  get #logger(): Logger {
    const log = (level: string) => (message: string) => {
      this.logged.push(`${level}: ${message}`);
    };
    return {
      debug: log("debug"),
      info: log("info"),
      warn: log("warn"),
      error: log("error"),
    };
  }
}

async function answerAll(
  responder: SignalResponder,
  answer: Answer,
): Promise<void> {
  for await (const signal of responder) {
    const options = answer(signal);
    if (options === undefined) continue;
    try {
      await responder.respond(signal, options);
    } catch (error) {
      // The test has closed the responder without waiting for its responses.
      if (!/ closed/.test((error as Error).message)) throw error;
    }
  }
}
