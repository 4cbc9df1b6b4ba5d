/**
 * An exporter for one call of a command: waits for subscribers, publishes, and
 * tells as it goes who has come, who has answered what, and who is missing.
 *
 * @module
 */
import { delay } from "../internal/timer.ts";
import { SignalExporter } from "../signals/exporter/exporter.ts";
import type {
  ExporterOptions,
  PublishOptions,
} from "../signals/exporter/options.ts";
import type { PublishResult } from "../signals/exporter/publish_result.ts";
import type { Context } from "./args/command.ts";
import { ExitCode } from "./exit_codes.ts";
import { AnswerView } from "./output/answer_view.ts";
import { line, paint } from "./output/line.ts";
import type { Report } from "./output/output.ts";
import { formatTime } from "./output/time.ts";

/** Milliseconds for saying goodbye to a server that may be gone. */
const FAREWELL = 1_000;

/** What an {@linkcode PublishSession} works with. */
export type AnnouncerContext =
  & Pick<Context, "connection" | "interrupted">
  & { readonly output: Report };

/** How to wait for subscribers. */
export interface GatherOptions {
  /** How many. */
  readonly count: number;
  /** Whether all are there, where that is not for their number to say. */
  readonly complete?:
    | ((subscribers: ReadonlySet<string>) => boolean)
    | undefined;
  /** Milliseconds to wait for them. */
  readonly timeout: number;
  /** The events that will be published; `"any"`: they are not known yet. */
  readonly events: readonly string[] | "any";
  readonly tag?: string | undefined;
}

/** How to publish one event. */
export interface TellOptions extends PublishOptions {
  /** The line of standard input that the event stands on. */
  readonly line?: number;
}

/** Publishes, and says what becomes of it. */
export class PublishSession implements AsyncDisposable {
  readonly #context: AnnouncerContext;
  readonly #exporter: SignalExporter;
  readonly #view: AnswerView;
  #tag: string | undefined;
  #isAbandoned = false;

  private constructor(context: AnnouncerContext, exporter: SignalExporter) {
    this.#context = context;
    this.#exporter = exporter;
    this.#view = new AnswerView(exporter, context.output);
  }

  /**
   * Connects.
   *
   * @param context What it works with.
   * @param processName The process whose events it publishes.
   * @param options What becomes of subscribers that do not answer.
   */
  static async open(
    context: AnnouncerContext,
    processName: string,
    options: Pick<ExporterOptions, "onLost" | "evictAfterMisses"> = {},
  ): Promise<PublishSession> {
    const exporter = await SignalExporter.connect(processName, {
      ...context.connection(),
      ...options,
    });
    return new PublishSession(context, exporter);
  }

  /** Who has subscribed, by responder id. */
  get subscribers(): ReadonlySet<string> {
    return this.#exporter.subscribers;
  }

  /**
   * Waits for subscribers.
   *
   * @returns Whether there are enough; where not, that was said.
   */
  async gather(options: GatherOptions): Promise<boolean> {
    const { count, tag, timeout } = options;
    const { output } = this.#context;
    this.#tag = tag;
    this.#view.expect(count);
    const enough = await this.#wait(options);
    output.status(undefined);
    if (enough) return true;
    const { size } = this.subscribers;
    await output.result(
      line`${paint("red", "timeout")}: ${size} of ${count} subscribers after ${
        formatTime(timeout)
      }`,
      {
        type: "timeout",
        expected: count,
        subscribers: [...this.subscribers],
      },
    );
    return false;
  }

  /** Publishes, and waits for the answers. */
  async tell(
    event: string,
    { tag = this.#tag, line, ...options }: TellOptions = {},
  ): Promise<PublishResult> {
    this.#view.begin(event);
    const result = await this.#exporter.publishSignal(event, {
      ...options,
      ...(tag === undefined ? {} : { tag }),
    });
    await this.#view.end(event, result, line);
    return result;
  }

  /** Lets the session end without `shutdown`, where subscribers would draw a wrong conclusion from it. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** Shuts down and closes; waits no longer than that deserves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#context.output.status(undefined);
    if (!this.#isAbandoned) await this.#shutDown();
    await this.#exporter.close();
  }

  async #shutDown(): Promise<void> {
    const patience = new AbortController();
    const late = delay(FAREWELL, patience.signal).catch(() => {});
    const shutdown = this.#exporter.shutdown(
      this.#tag === undefined ? {} : { tag: this.#tag },
    ).catch((error: Error) => this.#warn(error));
    await Promise.race([shutdown, late]);
    patience.abort();
  }

  async #wait(
    { complete = () => true, count, events, tag, timeout }: GatherOptions,
  ): Promise<boolean> {
    const begin = performance.now();
    const all = new AbortController();
    const look = () => {
      if (this.subscribers.size >= count && complete(this.subscribers)) {
        all.abort();
      }
    };
    const signal = AbortSignal.any([this.#context.interrupted, all.signal]);
    this.#exporter.addEventListener("subscribe", look);
    try {
      let isEnough: boolean;
      do {
        // Subscribers beyond the number may be none of those that are to come.
        const { size } = this.subscribers;
        isEnough = await this.#exporter.initializeAndWait(
          Math.max(count, complete(this.subscribers) ? 0 : size + 1),
          events,
          {
            periodic: true,
            timeout: Math.max(0, timeout - (performance.now() - begin)),
            signal,
            ...(tag === undefined ? {} : { tag }),
          },
        );
      } while (isEnough && !complete(this.subscribers));
      return isEnough;
    } catch (error) {
      if (all.signal.aborted) return true;
      throw error;
    } finally {
      this.#exporter.removeEventListener("subscribe", look);
    }
  }

  #warn(error: Error): void {
    this.#context.output.note(
      line`${
        paint("yellow", "warning:")
      } no shutdown was sent: ${error.message}`,
    );
  }
}

/**
 * What a publish comes to for a script. One that waited for no subscriber is a
 * success only where none was asked for: else those that were have gone.
 *
 * @param result What became of it.
 * @param asked How many subscribers were asked for.
 */
export function exitCodeOf(
  { code, waited }: Pick<PublishResult, "code" | "waited">,
  asked: number,
): ExitCode {
  return waited || asked === 0 ? code : ExitCode.Missing;
}
