/**
 * The exchange of signals and acknowledgements as one writes it by hand on a
 * Redis client: what is due is checked, and no more.
 *
 * @module
 */

import {
  type Contender,
  type Exporter,
  type ExporterSetup,
  inFlight,
  INITIALIZATION,
  type Metadata,
  RESPONSES,
  SIGNALS,
  STATE,
} from "./contender.ts";

/** A client, connected: one connection for commands, one for subscriptions. */
export interface Client {
  publish(channel: string, payload: string): Promise<unknown>;
  /** Resolves when the server has confirmed the subscription. */
  subscribe(
    channel: string,
    onMessage: (payload: string) => void,
  ): Promise<unknown>;
}

/** What is read of a response. */
export interface Answer {
  readonly responder_id: string;
  readonly publisher_id: string;
  readonly event: string;
  readonly ras?: number;
}

/** Makes a contender of a client. */
export function handWritten(
  connect: (port: number) => Promise<Client>,
): Contender {
  return {
    async exporter(port, setup) {
      const exporter = new HandWrittenExporter(await connect(port), setup);
      await exporter.subscribe();
      return exporter;
    },
    async responder(port) {
      const client = await connect(port);
      const id = responderId();
      await client.subscribe(SIGNALS, (payload) => {
        const { publisher_id, event } = JSON.parse(payload);
        client.publish(RESPONSES, answerText(id, publisher_id, event));
      });
    },
    async publisher(port) {
      const client = await connect(port);
      return (payload, total, depth) =>
        inFlight(depth, total, () => client.publish(SIGNALS, payload));
    },
    async receive(port, onSignal) {
      const client = await connect(port);
      await client.subscribe(SIGNALS, (payload) => {
        if (JSON.parse(payload).event === STATE) onSignal();
      });
    },
  };
}

export function responderId(): string {
  return `bench-${crypto.randomUUID()}-resp`;
}

export function publisherId(): string {
  return `bench-${crypto.randomUUID()}`;
}

export function signalText(
  publisher_id: string,
  event: string,
  metadata?: Metadata,
): string {
  return JSON.stringify({
    publisher_id,
    process_name: "bench",
    event,
    runner_host: "bench-host",
    sample_no: -1,
    tag: "No tag specified",
    metadata,
  });
}

export function answerText(
  responder_id: string,
  publisher_id: string,
  event: string,
): string {
  return JSON.stringify({ responder_id, publisher_id, event, ras: 1 });
}

class HandWrittenExporter implements Exporter {
  readonly publisherId = publisherId();
  readonly #client: Client;
  readonly #subscribers: Set<string>;
  readonly #owed = new Map<string, Set<string>>();
  readonly #done = new Map<string, () => void>();
  #gathering: { count: number; done: () => void } | undefined;

  constructor(client: Client, { expected = [] }: ExporterSetup) {
    this.#client = client;
    this.#subscribers = new Set(expected);
  }

  async subscribe(): Promise<void> {
    await this.#client.subscribe(RESPONSES, (payload) => this.#take(payload));
  }

  async gather(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gathering = { count, done: resolve };
    await this.#publish(INITIALIZATION);
    await promise;
  }

  async exchange(event: string, metadata?: Metadata): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#owed.set(event, new Set(this.#subscribers));
    this.#done.set(event, resolve);
    await Promise.all([this.#publish(event, metadata), promise]);
    return this.#subscribers.size;
  }

  #publish(event: string, metadata?: Metadata): Promise<unknown> {
    return this.#client.publish(
      SIGNALS,
      signalText(this.publisherId, event, metadata),
    );
  }

  #take(payload: string): void {
    const answer: Answer = JSON.parse(payload);
    const { responder_id, publisher_id, event, ras } = answer;
    if (publisher_id !== this.publisherId) return;
    if (event === INITIALIZATION) {
      this.#subscribers.add(responder_id);
      const { count, done } = this.#gathering ?? {};
      if (this.#subscribers.size === count) done?.();
      return;
    }
    const owed = this.#owed.get(event);
    if (ras === undefined || !owed?.delete(responder_id)) return;
    if (owed.size === 0) this.#done.get(event)?.();
  }
}
