/**
 * A bus within one process: what a test of your own code needs in place of
 * Redis. It needs no permission, opens no socket and leaves no timer behind.
 *
 * @example
 * ```ts
 * import { SignalExporter, SignalResponder } from "@dsa/state-signals";
 * import { MemoryTransport } from "@dsa/state-signals/memory";
 *
 * const redis = new MemoryTransport();
 * await using responder = await SignalResponder.connect({ redis });
 * await using exporter = await SignalExporter.connect("fio", { redis });
 * (async () => {
 *   for await (const signal of responder) await responder.srespond(signal, 1);
 * })();
 * await exporter.initializeAndWait(1, ["start"]);
 * const { ok } = await exporter.publishSignal("start");
 * ```
 *
 * @module
 */
import type { Sink, Subscription, Transport } from "./transport.ts";

/**
 * A {@linkcode Transport} that carries messages between all peers that share it.
 *
 * @category Transport
 */
export class MemoryTransport implements Transport {
  /** Names the bus in errors. */
  readonly name: string = "memory";
  /** The bus is one for all, so every count is of it. */
  readonly connection: number = 1;
  readonly #sinks = new Map<string, Set<Sink>>();
  #closed = false;

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Delivers a message to every subscriber of the channel, after the current turn. */
  publish(channel: string, payload: string): Promise<number> {
    if (this.#closed) {
      return Promise.reject(this.#refusal(`publish on "${channel}"`));
    }
    const sinks = this.#sinks.get(channel);
    if (sinks === undefined) return Promise.resolve(0);
    const receivers = [...sinks];
    queueMicrotask(() => {
      for (const sink of receivers) {
        if (sinks.has(sink)) sink.message(payload, channel);
      }
    });
    return Promise.resolve(receivers.length);
  }

  /** Subscribes at once. */
  subscribe(channels: readonly string[], sink: Sink): Promise<Subscription> {
    if (this.#closed) {
      return Promise.reject(
        this.#refusal(`subscribe to "${channels.join('", "')}"`),
      );
    }
    for (const channel of channels) {
      const sinks = this.#sinks.get(channel);
      if (sinks === undefined) this.#sinks.set(channel, new Set([sink]));
      else sinks.add(sink);
    }
    return Promise.resolve({
      close: () => {
        for (const channel of channels) {
          const sinks = this.#sinks.get(channel);
          if (sinks?.delete(sink) && sinks.size === 0) {
            this.#sinks.delete(channel);
          }
        }
        return Promise.resolve();
      },
    });
  }

  /** How many subscribers each channel has. */
  countSubscribers(channels: readonly string[]): Promise<number[]> {
    if (this.#closed) {
      return Promise.reject(this.#refusal("count subscribers"));
    }
    return Promise.resolve(
      channels.map((channel) => this.#sinks.get(channel)?.size ?? 0),
    );
  }

  /** Ends every subscription; publishing and subscribing are refused from now on. */
  close(): Promise<void> {
    this.#closed = true;
    const sinks = new Set(
      [...this.#sinks.values()].flatMap((each) => [...each]),
    );
    // A message that is on its way finds no sink any more.
    for (const each of this.#sinks.values()) each.clear();
    this.#sinks.clear();
    const cause = new Error("The memory transport was closed");
    for (const sink of sinks) sink.link?.({ state: "closed", cause });
    return Promise.resolve();
  }

  #refusal(what: string): Error {
    return Object.assign(
      new Error(`Cannot ${what} as the memory transport is closed`),
      { outcome: "not-sent" as const },
    );
  }
}
