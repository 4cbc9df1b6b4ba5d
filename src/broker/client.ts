/**
 * One client as commands see it: who it is, what it is subscribed to, and what
 * waits to be written to it. The socket is elsewhere.
 *
 * @module
 */
import { error } from "../resp/encode.ts";
import {
  type HubSubscriber,
  type Kind,
  noSubscriptions,
  type SubscriptionSets,
} from "./hub.ts";
import type { BrokerMessage, RespVersion } from "./message.ts";
import { ClientOutput } from "./output.ts";
import type { Server, Tenant } from "./server.ts";

/** What a client needs of the socket that it is at the end of. */
export interface ClientLink {
  /** There is something to write. */
  wake(): void;
  /** Closes at once, written or not. */
  destroy(): void;
}

/** Rough cost of a subscription beside its name. */
const SUBSCRIPTION_BYTES = 128;

/** The state of one client. */
export class Client implements HubSubscriber, Tenant {
  readonly id: number;
  readonly subscriptions: SubscriptionSets = noSubscriptions();
  name = "";
  resp: RespVersion = 2;
  authenticated: boolean;
  /** Its last reply is given: what it sends from now on is not looked at. */
  ending = false;
  readonly #server: Server;
  readonly #link: ClientLink;
  readonly #output = new ClientOutput();
  #pending = 0;
  #unread = 0;
  #named = 0;
  #gone = false;

  constructor(server: Server, link: ClientLink) {
    this.id = server.nextClientId();
    this.authenticated = server.password === undefined;
    this.#server = server;
    this.#link = link;
    server.clients.add(this);
  }

  /** Bytes that the client takes, as the server counts them. */
  get held(): number {
    return this.#pending + this.#unread + this.#named;
  }

  /** How many names of any kind it is subscribed to. */
  get subscribed(): number {
    const { channel, pattern, shard } = this.subscriptions;
    return channel.size + pattern.size + shard.size;
  }

  /** Replies with text of one code unit a byte. */
  reply(text: string): void {
    if (this.#gone) return;
    this.#output.text(text);
    this.#queued(text.length);
  }

  /** Replies with an error; line breaks in it become spaces. */
  fail(message: string): void {
    this.reply(error(message));
  }

  /** Replies with an error, and is done with this client. */
  end(message: string): void {
    this.fail(message);
    this.ending = true;
  }

  deliver(message: BrokerMessage): void {
    if (this.#gone) return;
    const bytes = message.encoded(this.resp);
    this.#output.bytes(bytes);
    this.#queued(bytes.length);
  }

  /** Unsubscribes from everything, without a word to the client. */
  unsubscribeAll(): void {
    this.#server.hub.leave(this);
    this.#server.hold(-this.#named);
    this.#named = 0;
  }

  /** Takes what is to be written next; {@linkcode written} is to follow. */
  take(): Uint8Array | undefined {
    return this.#output.take();
  }

  /** Says that bytes which were taken are written. */
  written(bytes: number): void {
    if (this.#gone) return;
    this.#pending -= bytes;
    this.#server.hold(-bytes);
  }

  /** Says how many bytes of a command have arrived that is not whole yet. */
  received(unread: number): void {
    if (this.#gone || unread === this.#unread) return;
    const change = unread - this.#unread;
    this.#unread = unread;
    this.#server.hold(change);
  }

  /** Subscribes to a name, of one code unit a byte. */
  subscribe(kind: Kind, name: string): void {
    if (this.#gone || !this.#server.hub.subscribe(kind, name, this)) return;
    const bytes = name.length + SUBSCRIPTION_BYTES;
    this.#named += bytes;
    this.#server.hold(bytes);
  }

  /** Unsubscribes from a name, of one code unit a byte. */
  unsubscribe(kind: Kind, name: string): void {
    if (this.#gone || !this.#server.hub.unsubscribe(kind, name, this)) return;
    const bytes = name.length + SUBSCRIPTION_BYTES;
    this.#named -= bytes;
    this.#server.hold(-bytes);
  }

  /** Drops the client for the memory that it takes. */
  drop(): void {
    if (this.#gone) return;
    this.#server.counters.dropped++;
    this.leave();
    this.#link.destroy();
  }

  /** Takes the client out of the server, and lets go of all that it holds. */
  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.ending = true;
    this.#server.clients.delete(this);
    this.unsubscribeAll();
    this.#server.hold(-this.held);
    this.#pending = this.#unread = 0;
    this.#output.clear();
  }

  #queued(bytes: number): void {
    this.#pending += bytes;
    this.#server.hold(bytes);
    if (this.#pending > this.#server.limits.maxOutput) this.drop();
    else if (!this.#gone) this.#link.wake();
  }
}
