/**
 * Publisher on a client's command link: which connection a message goes out
 * on, and that it was a master's where nobody got it.
 *
 * @module
 */
import { checkText } from "../internal/check.ts";
import { byteLength } from "../resp/encode.ts";
import type { Reply } from "../resp/reply.ts";
import type {
  Receipt,
  TransportPublishOptions,
} from "../transport/transport.ts";
import type { PendingCommand } from "./connection/command_queue.ts";
import { outcomeOf } from "../transport/outcome.ts";
import { RedisConnectionError, RedisProtocolError } from "./errors.ts";
import type { Link } from "./link.ts";
import type { RoleWatch } from "./role_watch.ts";
import type { Settings } from "./settings.ts";

/** Publishes, and tells receipts. */
export class Publisher {
  readonly #settings: Settings;
  readonly #commands: Link;
  readonly #role: RoleWatch;
  readonly #subscriber: () => Link | undefined;
  /** Messages that wait for the link: what is posted later goes out later. */
  #waiting = 0;

  /** @param subscriber The link by which replies to what is published are heard, if there is one. */
  constructor(
    settings: Settings,
    commands: Link,
    role: RoleWatch,
    subscriber: () => Link | undefined,
  ) {
    this.#settings = settings;
    this.#commands = commands;
    this.#role = role;
    this.#subscriber = subscriber;
  }

  /** The server's name. */
  get name(): string {
    return this.#settings.name;
  }

  /** Publishes one message; never throws. */
  post(
    channel: string,
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ): void {
    const message = new PublishCommand(
      this,
      channel,
      payload,
      options,
      receipt,
    );
    try {
      this.#check(channel, payload);
      options.signal?.throwIfAborted();
      const connection = this.#commands.current;
      if (connection === undefined || this.#waiting > 0) {
        this.#postWhenUp(message);
      } else connection.publish(channel, payload, message);
    } catch (error) { // there may be no memory for it, too
      message.reject(error);
    }
  }

  /** Whether what nobody got went to a master for certain. */
  get isSettled(): boolean {
    return this.#role.isSettled;
  }

  /** Publishes once more what nobody got, unless it had gone to a master. */
  async postToMaster(message: PublishCommand): Promise<void> {
    try {
      if (await this.#role.verify()) return message.sent(0);
      // Whoever gets it may reply at once: not before that can be heard.
      const { timeout, signal } = message;
      await this.#subscriber()?.whenUp(timeout, signal);
      await this.#postWhenUp(message);
    } catch (error) {
      message.unsent(error);
    }
  }

  async #postWhenUp(message: PublishCommand): Promise<void> {
    const { channel, payload, timeout, signal } = message;
    this.#waiting++;
    try {
      const connection = await this.#commands.whenUp(timeout, signal);
      signal?.throwIfAborted();
      message.goesOut();
      connection.publish(channel, payload, message);
    } catch (error) {
      message.unsent(error);
    } finally {
      this.#waiting--;
    }
  }

  #check(channel: string, payload: string): void {
    checkText(channel, "channel");
    checkText(payload, "payload");
    const { maxPayload } = this.#settings;
    // A character takes at most three bytes: most messages need no counting.
    if (payload.length * 3 > maxPayload && byteLength(payload) > maxPayload) {
      const error = new RangeError(
        `Cannot publish on "${channel}" as the message must be at most ${maxPayload} bytes: it has ${
          byteLength(payload)
        }`,
      );
      throw Object.assign(error, { outcome: "not-sent" as const });
    }
  }
}

/** A message on its way: an object with methods, as closures and promises would be made anew for each. */
class PublishCommand implements PendingCommand {
  readonly channel: string;
  readonly payload: string;
  readonly #receipt: Receipt;
  readonly #options: TransportPublishOptions;
  readonly #publisher: Publisher;
  #isSecond = false;

  constructor(
    publisher: Publisher,
    channel: string,
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ) {
    this.channel = channel;
    this.payload = payload;
    this.#receipt = receipt;
    this.#options = options;
    this.#publisher = publisher;
  }

  /** Milliseconds to wait for a link that is down. */
  get timeout(): number {
    return this.#options.timeout ?? 20_000;
  }

  /** Withdraws it. */
  get signal(): AbortSignal | undefined {
    return this.#receipt.over ?? this.#options.signal;
  }

  what(): string {
    return `publish on "${this.channel}"`;
  }

  take(reply: Reply): void {
    if (typeof reply !== "number") {
      throw new RedisProtocolError(
        `The server ${this.#publisher.name} did not answer PUBLISH with a number`,
        { outcome: "unknown" },
      );
    }
    // Nobody got it: where that is because it went to a replica, it can go out once more.
    if (reply > 0 || this.#isSecond || this.#publisher.isSettled) {
      return this.sent(reply);
    }
    this.#isSecond = true;
    this.#publisher.postToMaster(this);
  }

  /** It goes out after it has waited, for the first time or again. */
  goesOut(): void {
    if (!this.#isSecond) return;
    try {
      this.#receipt.again?.();
    } catch (error) {
      reportError(error);
    }
  }

  // A receipt that throws is its owner's fault and must not cost the others the link.
  sent(receivers: number): void {
    try {
      this.#receipt.sent(receivers);
    } catch (error) {
      reportError(error);
    }
  }

  /** It can't be sent, for this reason or as nobody waits for it any more. */
  unsent(error: unknown): void {
    // One that a server has had may be out by other ways: its publish may have repeated it.
    const { name } = this.#publisher;
    if (this.#isSecond && outcomeOf(error) === "not-sent") {
      // The replica may have passed it on, as a node of a cluster does.
      return this.reject(
        new RedisConnectionError(
          `Could not ${this.what()} at ${name} once more as its server became a replica: ${
            (error as Error).message
          }`,
          { cause: error, outcome: "unknown" },
        ),
      );
    }
    const isWithdrawn = !this.#isSecond && this.#receipt.over?.aborted;
    if (!isWithdrawn) return this.reject(error);
    this.reject(
      new RedisConnectionError(
        `Did not ${this.what()} at ${name} as nobody waited for that any more`,
      ),
    );
  }

  reject(error: unknown): void {
    try {
      this.#receipt.failed(error);
    } catch (error) {
      reportError(error);
    }
  }
}
