/**
 * Sources of connections over x/redis: each connection makes clients by the
 * user's function, or uses the user's pair of clients.
 *
 * @module
 */
import { atMost } from "../../internal/patience.ts";
import { RedisConnectionError } from "../../link/errors.ts";
import {
  close,
  type DenoRedisClient,
  type DenoRedisFactory,
  type DenoRedisPair,
  discard,
  readable,
  watchTrouble,
} from "./client.ts";
import { DenoRedisSubscriber, PRIVATE } from "./subscriber.ts";
import type {
  ClientConnection,
  ClientEvents,
  ClientSource,
} from "../client_source.ts";

const NAME = "x/redis";
/** The channel to which a message is diverted that x/redis would publish again. */
const SPENT = `${PRIVATE}spent`;
/** Milliseconds in which a connection that is given up may unsubscribe and end. */
const LEAVE = 1_000;

/** Provides the clients of a connection. */
interface Clients {
  /** Provides a client for commands. */
  commands(): Promise<DenoRedisClient>;
  /** Provides a client that subscribes. */
  subscriber(): Promise<DenoRedisSubscriber>;
  /** Takes both clients back. */
  release(use: Use): Promise<void>;
}

/** The clients of a connection that has ended. */
interface Use {
  readonly commands: DenoRedisClient | undefined;
  readonly subscriber: DenoRedisSubscriber | undefined;
  /** The clients that x/redis may be reconnecting. */
  readonly lost: ReadonlySet<DenoRedisClient>;
  publish(channel: string, payload: string): Promise<unknown>;
}

/** The source over clients that the adapter makes, closes and remakes. */
export function madeClients(make: DenoRedisFactory): ClientSource {
  const clients: Clients = {
    commands: make,
    subscriber: async () => new DenoRedisSubscriber(await make()),
    async release({ commands, subscriber, lost }) {
      if (commands !== undefined) discard(commands, false);
      if (subscriber === undefined) return;
      const { client, ended } = subscriber;
      discard(client, lost.has(client));
      await inTime(() => ended);
      close(client);
    },
  };
  return {
    name: NAME,
    duplicate: (events) => new DenoRedisConnection(clients, events),
    onClosed: () => () => {},
  };
}

/** The source over two clients of the user. */
export function ownedPair(
  { commands, subscriber }: DenoRedisPair,
): ClientSource {
  const shared = new DenoRedisSubscriber(subscriber);
  let closed: (() => void) | undefined;
  const clients: Clients = {
    commands: () => Promise.resolve(commands),
    subscriber: () => Promise.resolve(shared),
    async release({ subscriber, lost, publish }) {
      if (subscriber === undefined || lost.size > 0) return;
      await inTime((signal) => subscriber.leave(publish, signal));
    },
  };
  return {
    name: NAME,
    duplicate: (events) =>
      new DenoRedisConnection(clients, events, () => closed?.()),
    onClosed(callback) {
      closed = callback;
      return () => closed = undefined;
    },
  };
}

/** A connection: both clients from their first use to their first trouble. */
class DenoRedisConnection implements ClientConnection {
  readonly #clients: Clients;
  readonly #events: ClientEvents;
  readonly #closedByOwner: (() => void) | undefined;
  readonly #over = new AbortController();
  readonly #unwatch: (() => void)[] = [];
  readonly #lost = new Set<DenoRedisClient>();
  /** The arguments of each unfinished PUBLISH: x/redis reads them when it sends the command, or sends it again. */
  readonly #publishing = new Set<string[]>();
  #commands: DenoRedisClient | undefined;
  #subscriber: DenoRedisSubscriber | undefined;
  #opening: Promise<DenoRedisSubscriber> | undefined;

  constructor(
    clients: Clients,
    events: ClientEvents,
    closedByOwner?: () => void,
  ) {
    this.#clients = clients;
    this.#events = events;
    this.#closedByOwner = closedByOwner;
  }

  async connect(): Promise<void> {
    const commands = await readably(this.#clients.commands());
    this.#commands = commands;
    await this.#unlessOver();
    this.#watch(commands);
  }

  async command(...[name, ...args]: [string, ...string[]]): Promise<unknown> {
    if (name === "PING" && this.#subscriber?.subscribed) {
      // A subscribed client of x/redis can't send PING.
      return await this.#subscriber.prove(this.#publish, this.#over.signal);
    }
    return await this.#run(name, args);
  }

  async subscribe(channels: string[]): Promise<void> {
    const subscriber = await (this.#opening ??= this.#openSubscriber());
    await subscriber.subscribe(channels, this.#publish, this.#over.signal);
  }

  async unsubscribe(channels: string[]): Promise<void> {
    await this.#subscriber?.unsubscribe(channels);
  }

  async destroy(): Promise<void> {
    for (const args of this.#publishing) args.splice(0, 2, SPENT, "");
    for (const stop of this.#unwatch) stop();
    this.#over.abort(new RedisConnectionError("the connection was given up"));
    if (this.#subscriber !== undefined) this.#subscriber.events = undefined;
    await this.#clients.release({
      commands: this.#commands,
      subscriber: this.#subscriber,
      lost: this.#lost,
      publish: this.#publish,
    });
  }

  readonly #publish = (channel: string, payload: string): Promise<unknown> =>
    this.#run("PUBLISH", [channel, payload]);

  async #run(name: string, args: string[]): Promise<unknown> {
    if (name === "PUBLISH") this.#publishing.add(args);
    try {
      return await readably(this.#commands!.sendCommand(name, args));
    } finally {
      this.#publishing.delete(args);
    }
  }

  async #openSubscriber(): Promise<DenoRedisSubscriber> {
    let subscriber: DenoRedisSubscriber;
    try {
      subscriber = await readably(this.#clients.subscriber());
    } catch (error) {
      this.#opening = undefined; // the next call tries again
      throw error;
    }
    this.#subscriber = subscriber;
    await this.#unlessOver();
    this.#watch(subscriber.client);
    const encoder = new TextEncoder();
    subscriber.events = {
      message: (channel, payload) =>
        this.#events.message(encoder.encode(channel), payload),
      ended: (cause) => {
        if (cause === undefined) this.#closedByOwner?.();
        this.#events.lost(cause ?? new Error("the client was closed"));
      },
    };
    return subscriber;
  }

  /** Ends a connection that was destroyed while it waited for a client. */
  async #unlessOver(): Promise<void> {
    if (!this.#over.signal.aborted) return;
    await this.destroy();
    throw this.#over.signal.reason;
  }

  #watch(client: DenoRedisClient): void {
    this.#unwatch.push(watchTrouble(client, (cause) => {
      this.#lost.add(client);
      this.#events.lost(cause);
    }));
  }
}

async function readably<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw readable(error);
  }
}

/** Waits for an end in good order, at most `LEAVE`. */
async function inTime(
  end: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = new AbortController();
  await atMost(LEAVE, end(limit.signal));
  limit.abort(new RedisConnectionError("the connection did not end in time"));
}
