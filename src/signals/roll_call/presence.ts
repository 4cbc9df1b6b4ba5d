/**
 * The exporter's side of a roll call: answers whoever asks who is there.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import {
  controlChannel,
  rollChannel,
} from "../../protocol/extension/own_channels.ts";
import { INITIALIZATION } from "../../protocol/signal/signal.ts";
import type { Subscription, Transport } from "../../transport/transport.ts";
import { encodeReport, parseQuery, type PresenceReport } from "./message.ts";

/** Most answers under way: a flood of questions must not become one of answers. */
const MAX_ANSWERING = 100;
/** Milliseconds: who asked does not wait any longer for a link that is down. */
const TIMEOUT = 500;

/** Who is present. */
export type Identity =
  & Pick<PresenceReport, "publisherId" | "processName" | "runnerHost">
  & { readonly subscribers: ReadonlySet<string> };

/** Answers roll calls for one exporter, as well as the server lets it. */
export class Presence {
  readonly #identity: Identity;
  readonly #namespace: string | undefined;
  readonly #logger: Logger;
  #state = INITIALIZATION;
  #since = Date.now();
  #tag: string | undefined;
  #opening: Promise<void> | undefined;
  #subscription: Subscription | undefined;
  #answering = 0;
  #closed = false;

  /**
   * @param identity Who is present; read anew for each answer.
   * @param namespace The prefix of the channels, if any.
   * @param logger Is told where the server does not allow it.
   */
  constructor(
    identity: Identity,
    namespace: string | undefined,
    logger: Logger,
  ) {
    this.#identity = identity;
    this.#namespace = namespace;
    this.#logger = logger;
  }

  /** Notes the event that is published now. */
  note(state: string, tag?: string): void {
    this.#state = state;
    this.#since = Date.now();
    this.#tag = tag;
  }

  /**
   * Begins to answer, once; resolves when that is confirmed, or when the server
   * has refused it, which is logged and no failure.
   */
  open(transport: Transport): Promise<void> {
    return this.#opening ??= this.#open(transport);
  }

  /** Answers no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#subscription?.close();
  }

  async #open(transport: Transport): Promise<void> {
    const channel = controlChannel(this.#namespace);
    try {
      const subscription = await transport.subscribe([channel], {
        message: (payload) => this.#take(transport, payload),
      });
      if (this.#closed) return await subscription.close();
      this.#subscription = subscription;
    } catch (error) {
      if (this.#closed) return;
      this.#logger.warn(
        `Can't answer roll calls: ${(error as Error).message}`,
      );
    }
  }

  #take(transport: Transport, payload: string): void {
    const channel = parseQuery(payload);
    // Elsewhere a stranger could make this exporter speak on any channel.
    if (!channel?.startsWith(rollChannel("", this.#namespace))) return;
    if (this.#closed || this.#answering >= MAX_ANSWERING) return;
    const { subscribers, ...identity } = this.#identity;
    const report = encodeReport({
      ...identity,
      state: this.#state,
      since: this.#since,
      tag: this.#tag,
      subscribers: [...subscribers],
    });
    this.#answering++;
    transport.publish(channel, report, { timeout: TIMEOUT })
      .catch((error: Error) => {
        this.#logger.debug(`Could not answer a roll call: ${error.message}`);
      })
      .finally(() => this.#answering--);
  }
}
