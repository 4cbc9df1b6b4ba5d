/**
 * Turns what passes on both channels into lines of a recording.
 *
 * @module
 */
import { openTransport } from "../../connect.ts";
import type { ConnectOptions } from "../../connect_options.ts";
import { type Channels, channelsOf } from "../../protocol/channels.ts";
import type {
  LinkChange,
  Sink,
  Subscription,
  Transport,
} from "../../transport/transport.ts";
import { encodeEntry, type EntryBody, RECORDING_VERSION } from "./recording.ts";
import type { RecordingFile } from "./recording_writer.ts";

/** Lines that may wait to be written; beyond, what comes is dropped. */
const MAX_BACKLOG = 100_000;

/** What a {@linkcode Recorder} writes to, and who else wants to know. */
export interface RecorderOptions {
  readonly file: RecordingFile;
  /** Is shown every signal. */
  readonly watch: { see(payload: string): void };
  /** Is told of a gap. */
  onGap(reason: string): void;
}

/** Since when nothing is recorded, and why. */
interface OpenGap {
  readonly cause: "link" | "backlog";
  readonly since: number;
  readonly reason: string;
}

/** Records from when it is opened until it is closed. */
export class Recorder implements AsyncDisposable, Sink {
  readonly #options: RecorderOptions;
  readonly #channels: Channels;
  readonly #transport: Transport;
  readonly #began = performance.now();
  readonly #lost = new AbortController();
  readonly #counts = { signal: 0, response: 0 };
  #subscription: Subscription | undefined;
  #gaps = 0;
  #gap: OpenGap | undefined;

  private constructor(
    transport: Transport,
    channels: Channels,
    options: RecorderOptions,
  ) {
    this.#transport = transport;
    this.#channels = channels;
    this.#options = options;
    this.#write({
      type: "recording",
      version: RECORDING_VERSION,
      server: transport.name,
    });
  }

  /** Connects and subscribes; resolves when that is confirmed. */
  static async open(
    connection: ConnectOptions,
    options: RecorderOptions,
  ): Promise<Recorder> {
    const channels = channelsOf(connection.namespace);
    const transport = await openTransport(connection);
    const recorder = new Recorder(transport, channels, options);
    try {
      const { signals, responses } = channels;
      recorder.#subscription = await transport.subscribe(
        [signals, responses],
        recorder,
      );
      return recorder;
    } catch (error) {
      await recorder.close();
      throw error;
    }
  }

  /** How many signals were recorded. */
  get signals(): number {
    return this.#counts.signal;
  }

  /** How many answers were. */
  get responses(): number {
    return this.#counts.response;
  }

  /** How often nothing was, for a while. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Milliseconds since it began. */
  get elapsed(): number {
    return Math.round((performance.now() - this.#began) * 1_000) / 1_000;
  }

  /**
   * Records until one of the signals aborts.
   *
   * @param ends The signals, by the reason that they are for.
   * @returns The reason.
   * @throws {Error} If the link is lost for good, or nothing can be written.
   */
  async run(ends: Readonly<Record<string, AbortSignal>>): Promise<string> {
    const { failed } = this.#options.file;
    const all = [...Object.values(ends), failed, this.#lost.signal];
    await whenAborted(AbortSignal.any(all));
    const reason = Object.keys(ends).find((name) => ends[name]!.aborted) ??
      "failure";
    await this.#subscription?.close();
    this.#closeGap();
    this.#write({ type: "end", reason });
    failed.throwIfAborted();
    if (reason === "failure") throw this.#lost.signal.reason;
    return reason;
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#subscription?.close();
    await this.#transport.close();
  }

  /** As {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  message(payload: string, channel: string): void {
    if (this.#options.file.backlog >= MAX_BACKLOG) {
      this.#openGap("backlog", "More came than could be written");
      return;
    }
    if (this.#gap?.cause === "backlog") this.#closeGap();
    const type = this.#typeOf(channel);
    this.#counts[type]++;
    this.#write({ type, payload });
    if (type === "signal") this.#options.watch.see(payload);
  }

  unreadable(reason: string, channel: string): void {
    this.#write({ type: "unreadable", channel: this.#typeOf(channel), reason });
  }

  link(change: LinkChange): void {
    switch (change.state) {
      case "down":
        this.#openGap("link", change.cause.message);
        break;
      case "up": {
        const { downtime, silence = downtime } = change;
        this.#closeGap(silence);
        break;
      }
      case "closed":
        this.#lost.abort(change.cause);
    }
  }

  #openGap(cause: OpenGap["cause"], reason: string): void {
    if (this.#gap !== undefined) return;
    this.#gap = { cause, since: this.elapsed, reason };
    this.#gaps++;
    this.#options.onGap(reason);
  }

  /** @param silence Milliseconds without a sign of life, if that is more. */
  #closeGap(silence: number = 0): void {
    if (this.#gap === undefined) return;
    const { since, reason } = this.#gap;
    this.#gap = undefined;
    const duration = Math.max(silence, this.elapsed - since);
    this.#write({ type: "gap", duration, reason });
  }

  #write(body: EntryBody): void {
    const at = new Date().toISOString();
    this.#options.file.add(encodeEntry({ at, t: this.elapsed, ...body }));
  }

  #typeOf(channel: string): "signal" | "response" {
    return channel === this.#channels.signals ? "signal" : "response";
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
