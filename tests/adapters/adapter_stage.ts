/**
 * A real Redis server and transports that reach it through somebody's client,
 * directly or by proxies that disturb them.
 *
 * @module
 */

import type { LinkOptions } from "../../src/link/options.ts";
import type {
  LinkChange,
  Sink,
  Transport,
} from "../../src/transport/transport.ts";
import type { AdapterClient } from "../support/adapter_clients.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import {
  RedisServer,
  type RedisServerOptions,
} from "../support/redis_server.ts";
import { Stage } from "../support/stage.ts";
import { until } from "../support/wait.ts";

/** Notices a dead link and tries again much sooner than anybody would want. */
export const SWIFT = {
  handshakeTimeout: 500,
  commandTimeout: 500,
  pingInterval: 200,
  pingTimeout: 200,
  minBackoff: 5,
  maxBackoff: 50,
} as const satisfies LinkOptions;

/** Milliseconds beyond a deadline, on a machine that is busy with other things. */
export const SLACK = 2_000;

/** What a subscription was told. */
export class Listener implements Sink {
  readonly messages: string[] = [];
  readonly unread: string[] = [];
  readonly changes: LinkChange[] = [];

  message(payload: string): void {
    this.messages.push(payload);
  }

  unreadable(reason: string): void {
    this.unread.push(reason);
  }

  link(change: LinkChange): void {
    this.changes.push(change);
  }

  /** Waits for a change of the link to this state, the first or a later one. */
  async changed<S extends LinkChange["state"]>(
    state: S,
    count = 1,
  ): Promise<Extract<LinkChange, { state: S }>> {
    return await until(
      () => this.changes.filter((each) => each.state === state)[count - 1],
      { what: `the link to be ${state} ${count} times` },
    ) as Extract<LinkChange, { state: S }>;
  }
}

/** Everything is closed when the stage is. */
export class AdapterStage implements AsyncDisposable {
  readonly server: RedisServer;
  readonly #client: AdapterClient;
  readonly #cast = new AsyncDisposableStack();
  readonly #signals = new AsyncDisposableStack();

  static async open(
    client: AdapterClient,
    options: RedisServerOptions = {},
  ): Promise<AdapterStage> {
    return new AdapterStage(client, await RedisServer.start(options));
  }

  private constructor(client: AdapterClient, server: RedisServer) {
    this.#client = client;
    this.server = this.#cast.use(server);
  }

  /** A proxy before the server. */
  async proxy(): Promise<FaultProxy> {
    const { port } = this.server;
    return this.#cast.use(await FaultProxy.start({ port }));
  }

  /** A transport over a client of its own. */
  transport(
    url: string = this.server.url,
    options: LinkOptions = {},
  ): Transport {
    const client = this.#cast.use(this.#client.create(url));
    return this.#cast.use(client.transport({ ...SWIFT, ...options }));
  }

  /** Exporters and responders, each over a transport of their own. */
  signals(url: string = this.server.url): Stage {
    const transport = () => this.transport(url);
    return this.#signals.use(
      new Stage({
        get redis() {
          return transport();
        },
        namespaces: false,
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    );
  }

  /** How many are subscribed to a channel. */
  async subscribers(channel: string): Promise<number> {
    const reply = await this.server.cli("PUBSUB", "NUMSUB", channel);
    return Number(reply.split("\n")[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#signals.disposeAsync();
    await this.#cast.disposeAsync();
  }
}

/** What rejected, which has to. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { outcome?: string; code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It succeeded, but had to fail");
}
