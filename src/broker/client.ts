/**
 * One client as commands see it: its identity, its subscriptions, and the bytes
 * that wait to be written to it. `session.ts` has its socket.
 *
 * @module
 */
import { error } from "../resp/encode.ts";
import {
  type HubSubscriber,
  type Kind,
  KINDS,
  noSubscriptions,
  type SubscriptionSets,
} from "./hub/hub.ts";
import type { BrokerMessage, RespVersion, SharedBytes } from "./hub/message.ts";
import { ClientOutput } from "./output.ts";
import type { Work } from "./pace.ts";
import type { Server, Tenant } from "./server.ts";
import type { Transaction } from "./transaction.ts";

/** What a client needs of its socket. */
export interface ClientLink {
  /** The addresses of both ends, as `host:port`. */
  readonly address: string;
  readonly localAddress: string;
  /** Milliseconds for which the socket has refused bytes; 0 while it takes them. */
  readonly blockedFor: number;
  /** Makes the link write what the client has queued. */
  wake(): void;
  /** Closes the socket at once; queued bytes are lost. */
  destroy(): void;
}

// Bytes that things take, measured from outside: with the runtime's own objects
// and the garbage that the collector leaves for a while.
/** A connection. */
const CONNECTION = 14 * 1024;
/** A subscription, without its name. */
const SUBSCRIPTION = 360;
/** A name that has a subscriber. */
const NAME = 380;
/** A decoded word of a command, without its bytes. */
const WORD = 200;
/** A byte that the client has sent: the buffers of sent bytes are not full. */
const SENT_BYTE = 1.25;
/**
 * Milliseconds of a blocked socket after which a client counts as one that does
 * not read. The system reports reads only when much of its buffer is free.
 */
const STALLED = 5_000;

/** The state of one client. */
export class Client implements HubSubscriber, Tenant {
  readonly id: number;
  readonly subscriptions: SubscriptionSets = noSubscriptions();
  /** The replies and messages that wait to be written. */
  readonly output: ClientOutput;
  readonly connectedAt: number = Date.now();
  name = "";
  library = { name: "", version: "" };
  resp: RespVersion = 2;
  database = 0;
  authenticated: boolean;
  /** The commands since MULTI. */
  transaction: Transaction | undefined;
  /** The commands that EXEC runs now. */
  executing: Transaction | undefined;
  /** The latest command, and the time of the latest read. */
  command = "NULL";
  activeAt: number = Date.now();
  /** Whether the last reply is queued: what the client sends after that is ignored. */
  ending = false;
  readonly #server: Server;
  readonly #link: ClientLink;
  /** Messages that were delivered during a reply, which they must not interrupt. */
  #deferred: SharedBytes[] = [];
  #deferredBytes = 0;
  /** The number of unfinished replies of several parts, one within the other. */
  #partial = 0;
  #input = 0;
  #named = 0;
  #gone = false;

  constructor(server: Server, link: ClientLink) {
    this.id = server.nextClientId();
    this.authenticated = server.password === undefined;
    this.#server = server;
    this.#link = link;
    this.output = new ClientOutput(server.memory);
    server.clients.add(this);
    server.memory.hold(CONNECTION);
  }

  get address(): string {
    return this.#link.address;
  }

  get localAddress(): string {
    return this.#link.localAddress;
  }

  /** Bytes that the client takes, without the messages that it shares. */
  get held(): number {
    return CONNECTION + this.#input + this.#named;
  }

  /** Bytes that wait to be written. */
  get pending(): number {
    return this.output.size + this.#deferredBytes;
  }

  get stalledOutput(): number {
    return this.#link.blockedFor < STALLED ? 0 : this.pending;
  }

  get input(): number {
    return this.#input;
  }

  /** The number of names of all kinds that the client is subscribed to. */
  get subscribed(): number {
    const { channel, pattern, shard } = this.subscriptions;
    return channel.size + pattern.size + shard.size;
  }

  /** Replies with text of one code unit a byte. */
  reply(text: string): void {
    if (this.#gone) return;
    this.output.text(text);
    this.#queued();
  }

  /** Replies with bytes, which must not change any more. */
  replyBytes(shared: SharedBytes): void {
    if (this.#gone) return;
    this.output.share(shared);
    this.#queued();
  }

  /** Replies with an error; line breaks in it become spaces. */
  fail(message: string): void {
    this.reply(error(message));
  }

  /** Replies why a command is not run; EXEC will then refuse the transaction. */
  reject(message: string): void {
    if (this.transaction !== undefined) this.transaction.aborted = true;
    this.fail(message);
  }

  /** Replies with an error, and ignores what the client sends after that. */
  end(message: string): void {
    this.fail(message);
    this.ending = true;
  }

  deliver(message: BrokerMessage): boolean {
    if (this.#gone) return false;
    for (const piece of message.encoded(this.resp)) {
      if (this.#partial > 0) this.#defer(piece);
      else this.output.share(piece);
    }
    this.#queued();
    return true;
  }

  /** Begins a reply of several parts: messages wait until {@linkcode endReply}. */
  beginReply(): void {
    this.#partial++;
  }

  /** Ends a reply of several parts, and queues the messages that waited. */
  endReply(): void {
    if (--this.#partial > 0) return;
    const deferred = this.#deferred;
    this.#deferred = [];
    this.#deferredBytes = 0;
    for (const piece of deferred) {
      if (!this.#gone) this.output.share(piece);
      this.#server.memory.hold(-piece.release());
    }
    if (deferred.length > 0) this.#queued();
  }

  /**
   * Notes how much of what the client has sent waits to be acted on.
   *
   * @param bytes The number of bytes, decoded words included.
   * @param words The number of decoded words.
   */
  received(bytes: number, words: number): void {
    if (this.#gone) return;
    const queued = this.transaction ?? this.executing;
    const held = Math.ceil(bytes * SENT_BYTE) + (queued?.bytes ?? 0) +
      (words + (queued?.words ?? 0)) * WORD;
    if (held === this.#input) return;
    const change = held - this.#input;
    this.#input = held;
    this.#server.memory.holdInput(change);
  }

  /** Whether memory has room for new subscriptions, with names of so many bytes in all. */
  hasRoomFor(subscriptions: number, bytes: number): boolean {
    return this.#server.memory.hasRoomFor(
      subscriptions * (SUBSCRIPTION + NAME) + 2 * bytes,
    );
  }

  /** Subscribes to a name, of one code unit a byte. */
  subscribe(kind: Kind, name: string): void {
    const { hub, memory } = this.#server;
    if (this.#gone || !hub.subscribe(kind, name, this)) return;
    this.#hold(name.length + SUBSCRIPTION);
    if (hub.count(kind, name) === 1) memory.hold(NAME);
  }

  /** Unsubscribes from a name, of one code unit a byte. */
  unsubscribe(kind: Kind, name: string): void {
    const { hub, memory } = this.#server;
    if (!hub.unsubscribe(kind, name, this)) return;
    this.#hold(-name.length - SUBSCRIPTION);
    if (hub.count(kind, name) === 0) memory.hold(-NAME);
  }

  /** Unsubscribes from everything, without a reply. */
  *unsubscribeAll(): Work {
    const { pace } = this.#server;
    for (const kind of KINDS) {
      for (const name of this.subscriptions[kind]) {
        this.unsubscribe(kind, name);
        pace.charge(1);
        if (pace.spent) yield;
      }
    }
  }

  /** Disconnects the client because of the memory that it takes. */
  drop(): void {
    if (this.#gone) return;
    this.#server.counters.dropped++;
    this.kill();
  }

  /** Disconnects the client at once. */
  kill(): void {
    if (this.#gone) return;
    this.leave();
    this.#link.destroy();
  }

  /**
   * Takes the client out of the server and frees its memory, except for its
   * subscriptions: the caller must then go through {@linkcode unsubscribeAll}.
   * Idempotent.
   */
  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.ending = true;
    // Frees the messages that wait for the end of a reply, however deep it is.
    this.#partial = 1;
    this.endReply();
    this.#server.clients.delete(this);
    this.output.clear();
    this.#server.memory.holdInput(-this.#input);
    this.#server.memory.hold(-CONNECTION);
    this.#input = 0;
    this.transaction = this.executing = undefined;
  }

  #defer(piece: SharedBytes): void {
    this.#deferred.push(piece);
    this.#deferredBytes += piece.bytes.length;
    this.#server.memory.hold(piece.retain());
  }

  #hold(bytes: number): void {
    this.#named += bytes;
    this.#server.memory.hold(bytes);
  }

  #queued(): void {
    if (this.pending > this.#server.limits.maxOutput) this.drop();
    else if (!this.#gone) this.#link.wake();
  }
}
