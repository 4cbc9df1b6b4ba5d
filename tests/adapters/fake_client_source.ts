/**
 * A client with no server behind it: what its duplicates do is up to the test.
 *
 * @module
 */

import type {
  ClientConnection,
  ClientEvents,
  ClientSource,
} from "../../src/adapters/client_source.ts";

/** What a server says to a command; an error is thrown, a promise waited for. */
export type Reply = (
  command: string,
  ...args: string[]
) => unknown | Promise<unknown>;

/** A master that takes everything. */
export const MASTER: Reply = (command) => {
  switch (command) {
    case "PING":
      return "PONG";
    case "ROLE":
      return ["master", 0, []];
    case "PUBLISH":
      return 1;
  }
};

/** Never. */
export function silence(): Promise<never> {
  return new Promise(() => {});
}

/** The client that was handed in. */
export class FakeClientSource implements ClientSource {
  readonly name = "the fake";
  readonly mode: "cluster" | undefined;
  /** What was made of it, in order. */
  readonly duplicates: FakeClientConnection[] = [];
  /** What the server says from now on. */
  reply: Reply = MASTER;
  /** Ends the client as its owner would; undefined when nobody listens. */
  closeByOwner: (() => void) | undefined;

  constructor({ mode }: { mode?: "cluster" } = {}) {
    this.mode = mode;
  }

  /** The newest of what was made of it. */
  get newest(): FakeClientConnection {
    return this.duplicates.at(-1)!;
  }

  duplicate(events: ClientEvents): Promise<FakeClientConnection> {
    const duplicate = new FakeClientConnection(this, events);
    this.duplicates.push(duplicate);
    return Promise.resolve(duplicate);
  }

  onClosed(callback: () => void): () => void {
    this.closeByOwner = callback;
    return () => this.closeByOwner = undefined;
  }
}

/** A connection. */
export class FakeClientConnection implements ClientConnection {
  /** What it was told, in order. */
  readonly told: string[] = [];
  readonly #source: FakeClientSource;
  readonly #events: ClientEvents;

  constructor(source: FakeClientSource, events: ClientEvents) {
    this.#source = source;
    this.#events = events;
  }

  /** A message comes. */
  message(channel: string, payload: string | Uint8Array): void {
    const encode = (text: string) => new TextEncoder().encode(text);
    this.#events.message(
      encode(channel),
      typeof payload === "string" ? encode(payload) : payload,
    );
  }

  /** The connection ends. */
  lose(cause: unknown = new Error("gone")): void {
    this.#events.lost(cause);
  }

  connect(): Promise<unknown> {
    return this.#run("CONNECT");
  }

  command(...args: [string, ...string[]]): Promise<unknown> {
    return this.#run(...args);
  }

  subscribe(channels: string[]): Promise<unknown> {
    return this.#run("SUBSCRIBE", ...channels);
  }

  unsubscribe(channels: string[]): Promise<unknown> {
    return this.#run("UNSUBSCRIBE", ...channels);
  }

  destroy(): Promise<void> {
    this.told.push("destroy");
    return Promise.resolve();
  }

  async #run(command: string, ...args: string[]): Promise<unknown> {
    this.told.push([command, ...args].join(" "));
    const reply = await this.#source.reply(command, ...args);
    if (reply instanceof Error) throw reply;
    return reply;
  }
}
