/**
 * A stage on a real Redis server whose links can be disturbed separately.
 *
 * @module
 */

import type { Signal } from "../../src/protocol/signal/signal.ts";
import type { RedisOptions } from "../../src/redis/mod.ts";
import type { SignalExporter } from "../../src/signals/exporter/exporter.ts";
import type { SignalResponder } from "../../src/signals/responder/responder.ts";
import type { RespondOptions } from "../../src/signals/responder/options.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import {
  RedisServer,
  type RedisServerOptions,
} from "../support/redis_server.ts";
import type { Stage } from "../support/stage.ts";
import { until, within } from "../support/wait.ts";
import { stageOn } from "./redis_stage.ts";

/** Options that detect a dead link and retry much sooner than in production. */
export const SWIFT = {
  handshakeTimeout: 500,
  pingInterval: 200,
  pingTimeout: 200,
  minBackoff: 5,
  maxBackoff: 50,
} as const satisfies RedisOptions;

/** Milliseconds beyond a deadline, for a busy machine. */
export const SLACK = 2_000;

/** The response to a signal, possibly later; undefined for none. */
export type Reaction = (
  signal: Signal,
) => RespondOptions | undefined | Promise<RespondOptions | undefined>;

/** A peer behind a proxy of its own. */
export interface Routed<T> {
  readonly party: T;
  readonly proxy: FaultProxy;
}

/** A server, and peers that reach it through proxies. */
export class LinkStage implements AsyncDisposable {
  readonly server: RedisServer;
  readonly #stage: Stage;
  readonly #proxies = new AsyncDisposableStack();
  readonly #reacting: Promise<void>[] = [];

  static async open(options: RedisServerOptions = {}): Promise<LinkStage> {
    return new LinkStage(await RedisServer.start(options));
  }

  private constructor(server: RedisServer) {
    this.server = server;
    this.#stage = stageOn(server);
  }

  /** A proxy that records. */
  async proxy(): Promise<FaultProxy> {
    const { port } = this.server;
    return this.#proxies.use(await FaultProxy.start({ port, record: true }));
  }

  async exporter(
    options: RedisOptions = {},
  ): Promise<Routed<SignalExporter>> {
    const proxy = await this.proxy();
    const redis = { ...SWIFT, url: proxy.url, ...options };
    return { proxy, party: await this.#stage.exporter({ redis }) };
  }

  /** A responder that reacts to every signal. */
  async responder(react: Reaction): Promise<Routed<SignalResponder>> {
    const proxy = await this.proxy();
    const redis = { ...SWIFT, url: proxy.url };
    const party = await this.#stage.responder({ redis });
    this.#reacting.push(reactToAll(party, react));
    return { proxy, party };
  }

  /** Waits until the server counts exactly `count` subscribers of a channel. */
  async subscribers(channel: string, count: number): Promise<void> {
    await until(
      async () =>
        await this.server.cli("PUBSUB", "NUMSUB", channel) ===
          `${channel}\n${count}`,
      { what: `${count} subscribers of ${channel}` },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage[Symbol.asyncDispose]();
    await within(Promise.all(this.#reacting), { what: "every loop to end" });
    await this.#proxies.disposeAsync();
    await this.server.stop();
  }
}

/** The number of a peer's links on which the server has confirmed a subscription so far. */
export function confirmations({ proxy }: Routed<unknown>): number {
  return proxy.recordings.filter((each) =>
    each.text("toClient").includes("$9\r\nsubscribe\r\n")
  ).length;
}

async function reactToAll(
  responder: SignalResponder,
  react: Reaction,
): Promise<void> {
  for await (const signal of responder) {
    const options = await react(signal);
    if (options === undefined) continue;
    // A response may be lost with the link: the exporter's result shows it.
    await responder.respond(signal, options).catch(() => {});
  }
}
