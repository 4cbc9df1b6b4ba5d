/**
 * An exporter for one call of a command: waits for subscribers, publishes, and
 * reports subscribers, answers and missing answers to the user as they come.
 *
 * @module
 */
import { within } from "../internal/patience.ts";
import type { StopRequestedDetail } from "../signals/events.ts";
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

/** Milliseconds for the shutdown signal, because the server may be gone. */
const FAREWELL = 1_000;

/** What a {@linkcode PublishSession} needs of its command's context. */
export type PublishContext =
  & Pick<Context, "connection" | "interrupted">
  & { readonly output: Report };

/** How to wait for subscribers. */
export interface GatherOptions {
  /** How many subscribers are needed. */
  readonly count: number;
  /** Whether the subscribers are complete, if their number alone does not say so. */
  readonly complete?:
    | ((subscribers: ReadonlySet<string>) => boolean)
    | undefined;
  /** Milliseconds to wait for subscribers. */
  readonly timeout: number;
  /** The events that will be published; `"any"`: they are not known yet. */
  readonly events: readonly string[] | "any";
  readonly tag?: string | undefined;
  /** Ends the wait: it counts as one in which too few came. */
  readonly signal?: AbortSignal;
}

/** How to publish one event. */
export interface TellOptions extends PublishOptions {
  /** The line of standard input that the event stands on. */
  readonly line?: number;
}

/** A peer has asked the session to stop. */
export class RequestedStop extends Error {
  /** Always `"RequestedStop"`. */
  override readonly name = "RequestedStop";
  /** Why. */
  readonly reason: string;

  /** @param detail Who asks, and why. */
  constructor({ name, reason }: StopRequestedDetail) {
    super(`${name} asks to stop: ${reason}`);
    this.reason = reason;
  }
}

/** Publishes events, and reports their results. */
export class PublishSession implements AsyncDisposable {
  readonly #context: PublishContext;
  readonly #exporter: SignalExporter;
  readonly #view: AnswerView;
  readonly #stop = new AbortController();
  #tag: string | undefined;
  #isAbandoned = false;

  private constructor(context: PublishContext, exporter: SignalExporter) {
    this.#context = context;
    this.#exporter = exporter;
    this.#view = new AnswerView(exporter, context.output);
  }

  /**
   * Connects.
   *
   * @param context The context of the command.
   * @param processName The process whose events are published.
   * @param options What to do about subscribers that do not answer.
   */
  static async open(
    context: PublishContext,
    processName: string,
    options: Pick<ExporterOptions, "onLost" | "evictAfterMisses"> = {},
  ): Promise<PublishSession> {
    const exporter = await SignalExporter.connect(processName, {
      ...context.connection(),
      ...options,
    });
    return new PublishSession(context, exporter);
  }

  /**
   * Ends the session, with the reason in `shutdown`, when a peer asks for that
   * from now on: the signal aborts with a {@linkcode RequestedStop}.
   */
  obey(): AbortSignal {
    this.#exporter.addEventListener("stop-requested", ({ detail }) => {
      this.#stop.abort(new RequestedStop(detail));
    });
    return this.#stop.signal;
  }

  /** The responder ids of the subscribers. */
  get subscribers(): ReadonlySet<string> {
    return this.#exporter.subscribers;
  }

  /**
   * Waits for subscribers.
   *
   * @returns Whether there are enough; if not, the user was told so.
   */
  async gather(options: GatherOptions): Promise<boolean> {
    const { count, tag, timeout } = options;
    const { output } = this.#context;
    this.#tag = tag;
    this.#view.expect(count);
    const enough = await this.#wait(options);
    output.status(undefined);
    if (enough || options.signal?.aborted) return enough;
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

  /** Publishes an event, and waits for the answers. */
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

  /** Lets the session end without `shutdown`, which subscribers would take for something else. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** Shuts down and closes; waits at most `FAREWELL` for the shutdown. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#context.output.status(undefined);
    if (!this.#isAbandoned) await this.#shutDown();
    await this.#exporter.close();
  }

  async #shutDown(): Promise<void> {
    const { aborted, reason: stop } = this.#stop.signal;
    const shutdown = this.#exporter.shutdown({
      ...(this.#tag === undefined ? {} : { tag: this.#tag }),
      ...(aborted ? { reason: (stop as RequestedStop).reason } : {}),
    });
    const late = () =>
      new Error(`the server did not confirm it within ${FAREWELL} ms`);
    await within(FAREWELL, shutdown, late).catch((error) => this.#warn(error));
  }

  async #wait(
    { complete = () => true, count, events, tag, timeout, signal: ended }:
      GatherOptions,
  ): Promise<boolean> {
    const begin = performance.now();
    const all = new AbortController();
    const look = () => {
      if (this.subscribers.size >= count && complete(this.subscribers)) {
        all.abort();
      }
    };
    const signal = AbortSignal.any([
      this.#context.interrupted,
      all.signal,
      ...(ended === undefined ? [] : [ended]),
    ]);
    this.#exporter.addEventListener("subscribe", look);
    try {
      let isEnough: boolean;
      do {
        // Enough subscribers may be there, but not yet all those that must come.
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
      if (ended?.aborted && error === ended.reason) return false;
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
 * The exit code of a publish. A publish that waited for no subscriber is a success
 * only if none was asked for: otherwise the subscribers have left.
 *
 * @param result The result of the publish.
 * @param asked How many subscribers were asked for.
 */
export function exitCodeOf(
  { code, waited }: Pick<PublishResult, "code" | "waited">,
  asked: number,
): ExitCode {
  return waited || asked === 0 ? code : ExitCode.Missing;
}
