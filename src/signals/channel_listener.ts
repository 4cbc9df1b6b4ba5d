/**
 * The receiving half that exporters, responders, barriers and `once` share: one
 * subscription to one channel, whose faults become events, counts and log lines.
 *
 * @module
 */
import { abortable } from "../internal/abortable.ts";
import type { Logger } from "../internal/logger.ts";
import { emit } from "../internal/typed_event_target.ts";
import { explained } from "../transport/long_wait.ts";
import type {
  LinkChange,
  Sink,
  Subscription,
  Transport,
} from "../transport/transport.ts";

/** The dependencies of {@linkcode ChannelListener}. */
export interface ListenerHooks {
  /** Takes a message; an error that it throws says why the message is malformed. */
  take(payload: string): void;
  /** The link went down, and its server has lost its role where `moved` is set. */
  down(moved: boolean): void;
  /** The link is back. */
  up(): void;
  /** The link is lost for good. */
  lost(cause: Error): void;
}

/** Listens to one channel, and dispatches what happens. */
export class ChannelListener implements Sink {
  readonly #target: EventTarget;
  readonly #logger: Logger;
  readonly #hooks: ListenerHooks;
  #subscribing: Promise<void> | undefined;
  #subscription: Subscription | undefined;
  #lost: Error | undefined;
  readonly #stop = new AbortController();
  #isClosed = false;
  #malformed = 0;

  /** @param target Dispatches `disconnect`, `reconnect`, `gap` and `malformed`. */
  constructor(target: EventTarget, logger: Logger, hooks: ListenerHooks) {
    this.#target = target;
    this.#logger = logger;
    this.#hooks = hooks;
  }

  /** How many messages could not be understood. */
  get malformed(): number {
    return this.#malformed;
  }

  /** Why the subscription is lost for good; `undefined` as long as it is not. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** Subscribes, once, or anew where the subscription was lost for good; resolves when the server has confirmed it. */
  async subscribe(transport: Transport, channel: string): Promise<void> {
    this.#subscribing ??= this.#subscribe(transport, channel);
    try {
      await this.#subscribing;
    } catch (error) {
      this.#subscribing = undefined; // the next call tries anew
      throw error;
    }
  }

  /** Ends the subscription, and the wait for it; one that is not confirmed yet ends when it is. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop.abort(new Error("The listener was closed"));
    await this.#subscription?.close();
  }

  message(payload: string): void {
    if (this.#isClosed) return;
    try {
      this.#hooks.take(payload);
    } catch (error) {
      this.#reject({ reason: (error as Error).message, payload });
    }
  }

  unreadable(reason: string): void {
    if (!this.#isClosed) this.#reject({ reason });
  }

  link(change: LinkChange): void {
    if (this.#isClosed) return;
    switch (change.state) {
      case "down":
        this.#logger.warn(`The link is down: ${change.cause.message}`);
        this.#hooks.down(change.moved ?? false);
        return emit(this.#target, "disconnect", {
          cause: change.cause,
          final: false,
        });
      case "up": {
        const { downtime, silence = downtime } = change;
        this.#logger.warn(`The link is back after ${Math.round(downtime)} ms`);
        emit(this.#target, "gap", { downtime: silence });
        emit(this.#target, "reconnect", { downtime });
        return this.#hooks.up();
      }
      case "closed":
        this.#logger.error(
          `The link is lost for good: ${change.cause.message}`,
        );
        this.#lost = change.cause;
        this.#subscribing = undefined;
        this.#subscription = undefined;
        this.#hooks.lost(change.cause);
        return emit(this.#target, "disconnect", {
          cause: change.cause,
          final: true,
        });
    }
  }

  async #subscribe(transport: Transport, channel: string): Promise<void> {
    const subscribing = transport.subscribe([channel], this);
    try {
      const subscription = await explained(
        abortable(subscribing, this.#stop.signal),
        transport,
        this.#logger,
      );
      this.#stop.signal.throwIfAborted();
      this.#subscription = subscription;
      this.#lost = undefined;
    } catch (error) {
      // The server may confirm it after the listener was closed.
      subscribing.then((late) => late.close()).catch(() => {});
      throw error;
    }
  }

  #reject(detail: { reason: string; payload?: string }): void {
    this.#malformed++;
    this.#logger.info(`Passed over a malformed message: ${detail.reason}`);
    emit(this.#target, "malformed", detail);
  }
}
