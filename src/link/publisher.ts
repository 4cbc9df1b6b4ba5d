/**
 * Publishes over a link: waits for the connection, withdraws messages, and
 * checks the server's role if no subscriber got a message.
 *
 * Invariant: a message that may have reached a server is sent again only if that
 * server was not a master.
 *
 * @module
 */
import { checkSignal, checkText } from "../internal/check.ts";
import { checkLength } from "../transport/length.ts";
import { outcomeOf } from "../transport/outcome.ts";
import type { Reply } from "../resp/reply.ts";
import type {
  Receipt,
  TransportPublishOptions,
} from "../transport/transport.ts";
import type { LinkConnection, PendingCommand } from "./connection.ts";
import { RedisConnectionError, RedisProtocolError } from "./errors.ts";
import type { ReconnectingLink } from "./reconnecting_link.ts";
import type { RoleWatch } from "./role_watch.ts";

/** What a {@linkcode Publisher} needs. */
export interface PublisherOptions {
  /** The server's name. */
  name: string;
  /** Bytes of the longest message. */
  maxPayload: number;
  commands: ReconnectingLink<LinkConnection>;
  role: RoleWatch;
  /** Resolves when the responses to a published message can arrive. */
  listening(timeout: number, signal?: AbortSignal): Promise<unknown>;
}

/** Publishes messages, and gives their outcomes to receipts. */
export class Publisher {
  readonly #options: PublisherOptions;
  /** The number of messages that wait for the link. While there are any, a new message waits behind them. */
  #waiting = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** The server's name. */
  get name(): string {
    return this.#options.name;
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
      checkSignal(options.signal)?.throwIfAborted();
      const connection = this.#options.commands.current;
      if (connection === undefined || this.#waiting > 0) {
        this.#postWhenUp(message);
      } else connection.publish(channel, payload, message);
    } catch (error) { // a failed check, an abort, or a lack of memory
      message.reject(error);
    }
  }

  /** Whether a message that no subscriber got certainly went to a master. */
  get isSettled(): boolean {
    return this.#options.role.isSettled;
  }

  /** Publishes a message that no subscriber got once more, unless the server was a master. */
  async postToMaster(message: PublishCommand): Promise<void> {
    const { role, listening } = this.#options;
    try {
      if (await role.verify()) return message.sent(0);
      // The subscriptions must be up first, because a subscriber may respond at once.
      await listening(message.timeout, message.signal);
      await this.#postWhenUp(message);
    } catch (error) {
      message.unsent(error);
    }
  }

  async #postWhenUp(message: PublishCommand): Promise<void> {
    const { channel, payload, timeout, signal } = message;
    this.#waiting++;
    try {
      const connection = await this.#options.commands.whenUp(timeout, signal);
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
    checkLength(payload, this.#options.maxPayload, `publish on "${channel}"`);
  }
}

/** A message on its way: an object with methods, because closures and promises would be made for each message (bench d). */
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

  /** Milliseconds to wait if the link is down. */
  get timeout(): number {
    return this.#options.timeout ?? 20_000;
  }

  /** Withdraws the message. */
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
    // If no subscriber got the message because the server was a replica, it can go out once more.
    if (reply > 0 || this.#isSecond || this.#publisher.isSettled) {
      return this.sent(reply);
    }
    this.#isSecond = true;
    this.#publisher.postToMaster(this);
  }

  /** Notes that the message goes out after a wait, for the first time or again. */
  goesOut(): void {
    if (!this.#isSecond) return;
    try {
      this.#receipt.again?.();
    } catch (error) {
      reportError(error);
    }
  }

  /** Notes that the message was sent. An error of the receipt is reported, so that it does not end the connection. */
  sent(receivers: number): void {
    try {
      this.#receipt.sent(receivers);
    } catch (error) {
      reportError(error);
    }
  }

  /** Notes that the message was not sent, for this reason or because it was withdrawn. */
  unsent(error: unknown): void {
    const { name } = this.#publisher;
    if (this.#isSecond && outcomeOf(error) === "not-sent") {
      // The replica may have passed the message on, as a node of a cluster does.
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
        `Did not ${this.what()} at ${name} as it was withdrawn before`,
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
