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
import { ExporterWatch } from "./exporter_watch.ts";
import { MAX_LINE } from "./lines.ts";
import {
  encodeEntry,
  type EntryBody,
  isTooLong,
  RECORDING_VERSION,
} from "./recording.ts";
import type { RecordingFile } from "./recording_writer.ts";

/** Bytes that may wait to be written; messages that would be more are dropped. */
const MAX_BACKLOG = 64 * 1024 * 1024;
/** Bytes that wait when messages are recorded again, so that a slow reader gets few gaps, not many. */
const LOW_BACKLOG = MAX_BACKLOG / 2;
/** Bytes of a line beside its payload, or of one without. */
const ENVELOPE = 256;

/** What a {@linkcode Recorder} writes to, and who else wants to know. */
export interface RecorderOptions {
  readonly file: RecordingFile;
  /** Is shown every signal. */
  readonly watch: { see(payload: string): void };
  /** Is told of a gap. */
  onGap(reason: string): void;
  /** Called with the reason for which exporters can't be asked to report. */
  onRefused?(reason: string): void;
}

/** Since when messages are missing, and why. */
interface OpenGap {
  readonly since: number;
  readonly reason: string;
  /** Milliseconds without a sign of life from the server, if that is more. */
  silence: number;
  /** Whether the link is down. */
  isDeaf: boolean;
  /** Messages that were received and not recorded. */
  dropped: number;
}

/**
 * Records from when it is opened until it is closed.
 *
 * Invariant: what waits to be written is bounded in bytes. A message that has no
 * room is dropped and counted, in a gap.
 */
export class Recorder implements AsyncDisposable, Sink {
  readonly #options: RecorderOptions;
  readonly #channels: Channels;
  readonly #transport: Transport;
  readonly #began = performance.now();
  readonly #lost = new AbortController();
  readonly #counts = { signal: 0, response: 0, report: 0 };
  #subscription: Subscription | undefined;
  #exporters: ExporterWatch | undefined;
  #gaps = 0;
  #dropped = 0;
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
      const { namespace } = connection;
      const report = (text: string) => recorder.#record("report", text);
      recorder.#exporters = await ExporterWatch.open(
        { transport, namespace, report },
        (reason) => options.onRefused?.(reason),
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

  /** How many messages were received and not recorded. */
  get dropped(): number {
    return this.#dropped;
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
    await this.#exporters?.close();
    await this.#subscription?.close();
    this.#closeGap();
    this.#write({ type: "end", reason });
    failed.throwIfAborted();
    if (reason === "failure") throw this.#lost.signal.reason;
    return reason;
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#exporters?.close();
    await this.#subscription?.close();
    await this.#transport.close();
  }

  /** As {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  message(payload: string, channel: string): void {
    const type = this.#typeOf(channel);
    // Its end must be seen even where it is not recorded.
    if (type === "signal") {
      this.#options.watch.see(payload);
      this.#exporters?.see(payload);
    }
    this.#record(type, payload);
  }

  #record(type: "signal" | "response" | "report", payload: string): void {
    if (!this.#makeRoom(payload.length)) return;
    if (isTooLong(payload)) {
      const reason = `its line would be longer than ${MAX_LINE} bytes`;
      const channel = type === "signal" ? type : "response";
      return this.#write({ type: "unreadable", channel, reason });
    }
    this.#counts[type]++;
    this.#write({ type, payload });
  }

  unreadable(reason: string, channel: string): void {
    if (!this.#makeRoom(reason.length)) return;
    this.#write({ type: "unreadable", channel: this.#typeOf(channel), reason });
  }

  link(change: LinkChange): void {
    switch (change.state) {
      case "down":
        this.#openGap(change.cause.message).isDeaf = true;
        break;
      case "up": {
        if (this.#gap === undefined) return;
        const { downtime, silence = downtime } = change;
        this.#gap.isDeaf = false;
        this.#gap.silence = Math.max(this.#gap.silence, silence);
        this.#closeGapIfOver();
        break;
      }
      case "closed":
        this.#lost.abort(change.cause);
    }
  }

  /** Whether there is room for a message of so many characters; one that finds none is counted. */
  #makeRoom(length: number): boolean {
    this.#closeGapIfOver();
    const { backlog } = this.#options.file;
    const hasRoom = this.#gap === undefined &&
      (backlog === 0 || backlog + length + ENVELOPE <= MAX_BACKLOG);
    if (hasRoom) return true;
    this.#dropped++;
    this.#openGap("More came than could be written").dropped++;
    return false;
  }

  #openGap(reason: string): OpenGap {
    if (this.#gap !== undefined) return this.#gap;
    const since = this.elapsed;
    this.#gap = { since, reason, silence: 0, isDeaf: false, dropped: 0 };
    this.#gaps++;
    this.#options.onGap(reason);
    return this.#gap;
  }

  #closeGapIfOver(): void {
    if (this.#gap === undefined || this.#gap.isDeaf) return;
    if (this.#options.file.backlog <= LOW_BACKLOG) this.#closeGap();
  }

  #closeGap(): void {
    if (this.#gap === undefined) return;
    const { since, reason, silence, dropped } = this.#gap;
    this.#gap = undefined;
    const duration = Math.max(silence, this.elapsed - since);
    this.#write({
      type: "gap",
      duration,
      reason,
      ...(dropped > 0 && { dropped }),
    });
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
