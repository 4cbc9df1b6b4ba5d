/**
 * Asks the exporters to report, as long as something is recorded.
 *
 * @module
 */
import {
  after,
  every,
  type Interval,
  type Timer,
} from "../../internal/timer.ts";
import { controlChannel } from "../../protocol/extension/own_channels.ts";
import {
  encodeRecorderNotice,
  isExporterReport,
  RECORDER_PERIOD,
} from "../../protocol/extension/report.ts";
import { INITIALIZATION } from "../../protocol/signal/signal.ts";
import type {
  LinkChange,
  Sink,
  Subscription,
  Transport,
} from "../../transport/transport.ts";

/** Milliseconds from the first signal of an exporter to the announcement that it hears; several exporters share one. */
const SOON = 20;
/** Milliseconds that an announcement waits for a link that is down. */
const TIMEOUT = 500;

/** How to watch exporters. */
export interface ExporterWatchOptions {
  readonly transport: Transport;
  readonly namespace: string | undefined;
  /** Takes each report, as it came. */
  report(text: string): void;
}

/** Announces a recorder again and again, and takes what exporters report. */
export class ExporterWatch implements Sink {
  readonly #options: ExporterWatchOptions;
  readonly #id = crypto.randomUUID();
  #subscription: Subscription | undefined;
  #interval: Interval | undefined;
  #soon: Timer | undefined;

  private constructor(options: ExporterWatchOptions) {
    this.#options = options;
  }

  /**
   * Begins to watch. A server may refuse the channel: then there are no reports,
   * and what passes on the other channels is all there is.
   *
   * @param refused Called with the reason.
   */
  static async open(
    options: ExporterWatchOptions,
    refused: (reason: string) => void,
  ): Promise<ExporterWatch> {
    const watch = new ExporterWatch(options);
    try {
      const channel = controlChannel(options.namespace);
      watch.#subscription = await options.transport.subscribe([channel], watch);
      watch.#interval = every(RECORDER_PERIOD, () => watch.#announce());
      watch.#announce();
    } catch (error) {
      refused((error as Error).message);
    }
    return watch;
  }

  /** Looks at a signal: an exporter that begins does not know yet that a recorder is there. */
  see(payload: string): void {
    if (this.#interval === undefined || !payload.includes(INITIALIZATION)) {
      return;
    }
    this.#soon ??= after(SOON, () => {
      this.#soon = undefined;
      this.#announce();
    });
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    if (this.#interval === undefined) return;
    this.#interval.cancel();
    this.#interval = undefined;
    this.#soon?.cancel();
    this.#announce(true);
    await this.#subscription?.close();
  }

  message(text: string): void {
    if (isExporterReport(text)) this.#options.report(text);
  }

  link({ state }: LinkChange): void {
    if (state === "up") this.#announce();
  }

  #announce(leave?: boolean): void {
    const { transport, namespace } = this.#options;
    const notice = encodeRecorderNotice({
      id: this.#id,
      ...(leave && { leave }),
    });
    const options = { timeout: TIMEOUT };
    // The next one comes soon; an exporter forgets who says no goodbye.
    transport.publish(controlChannel(namespace), notice, options)
      .catch(() => {});
  }
}
