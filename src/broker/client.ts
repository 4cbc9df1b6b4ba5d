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
  KINDS,
  noSubscriptions,
  type SubscriptionSets,
} from "./hub/hub.ts";
import type { BrokerMessage, RespVersion, SharedBytes } from "./hub/message.ts";
import { ClientOutput } from "./output.ts";
import type { Work } from "./pace.ts";
import type { Server, Tenant } from "./server.ts";
import type { Transaction } from "./transaction.ts";

/** What a client needs of the socket that it is at the end of. */
export interface ClientLink {
  /** The addresses of both ends, as `host:port`. */
  readonly address: string;
  readonly localAddress: string;
  /** Milliseconds since the socket last took bytes, where it is to take more; else 0. */
  readonly blockedFor: number;
  /** There is something to write. */
  wake(): void;
  /** Closes at once, written or not. */
  destroy(): void;
}

/**
 * Bytes that things take in the end, measured from outside: with the objects of
 * the runtime, and with what its garbage collector leaves for a while.
 */
const CONNECTION = 14 * 1024;
/** A subscription, beside its name. */
const SUBSCRIPTION = 360;
/** A name, while it has a subscriber. */
const NAME = 380;
/** A word of a command that has been decoded, beside its bytes. */
const WORD = 200;
/** A byte that has been sent: the buffers that it is in are not full. */
const SENT_BYTE = 1.25;
/**
 * Milliseconds from which on a client counts as one that does not read. The
 * system tells of what was read only when a good part of its buffer is free.
 */
const STALLED = 5_000;

/** The state of one client. */
export class Client implements HubSubscriber, Tenant {
  readonly id: number;
  readonly subscriptions: SubscriptionSets = noSubscriptions();
  readonly connectedAt: number = Date.now();
  name = "";
  library = { name: "", version: "" };
  resp: RespVersion = 2;
  database = 0;
  authenticated: boolean;
  /** The commands since MULTI. */
  transaction: Transaction | undefined;
  /** Those that EXEC goes through. */
  executing: Transaction | undefined;
  /** The latest command, and when it came. */
  command = "NULL";
  activeAt: number = Date.now();
  /** Its last reply is given: what it sends from now on is not looked at. */
  ending = false;
  readonly #server: Server;
  readonly #link: ClientLink;
  readonly #output: ClientOutput;
  /** Messages that came amid a reply, which they must not interrupt. */
  #deferred: SharedBytes[] = [];
  #deferredBytes = 0;
  /** How many replies of several parts are being given, one within the other. */
  #partial = 0;
  #input = 0;
  #named = 0;
  #gone = false;

  constructor(server: Server, link: ClientLink) {
    this.id = server.nextClientId();
    this.authenticated = server.password === undefined;
    this.#server = server;
    this.#link = link;
    this.#output = new ClientOutput(server.memory);
    server.clients.add(this);
    server.memory.hold(CONNECTION);
  }

  /** Whether the client is out of the server. */
  get gone(): boolean {
    return this.#gone;
  }

  get address(): string {
    return this.#link.address;
  }

  get localAddress(): string {
    return this.#link.localAddress;
  }

  /** Bytes that the client takes, but for messages that it shares. */
  get held(): number {
    return CONNECTION + this.#input + this.#named;
  }

  /** Bytes that wait to be written. */
  get pending(): number {
    return this.#output.size + this.#deferredBytes;
  }

  get stalledOutput(): number {
    return this.#link.blockedFor < STALLED ? 0 : this.pending;
  }

  get input(): number {
    return this.#input;
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
    this.#queued();
  }

  /** Replies with bytes as they are, which must not change any more. */
  replyBytes(shared: SharedBytes): void {
    if (this.#gone) return;
    this.#output.share(shared);
    this.#queued();
  }

  /** Replies with an error; line breaks in it become spaces. */
  fail(message: string): void {
    this.reply(error(message));
  }

  /** Replies why a command is not run, and sees to it that its transaction is not either. */
  reject(message: string): void {
    if (this.transaction !== undefined) this.transaction.aborted = true;
    this.fail(message);
  }

  /** Replies with an error, and is done with this client. */
  end(message: string): void {
    this.fail(message);
    this.ending = true;
  }

  deliver(message: BrokerMessage): boolean {
    if (this.#gone) return false;
    for (const piece of message.encoded(this.resp)) {
      if (this.#partial > 0) this.#defer(piece);
      else this.#output.share(piece);
    }
    this.#queued();
    return true;
  }

  /** Keeps messages back until {@linkcode endReply}: a reply of several parts follows. */
  beginReply(): void {
    this.#partial++;
  }

  /** Lets through what was kept back. */
  endReply(): void {
    if (--this.#partial > 0) return;
    const deferred = this.#deferred;
    this.#deferred = [];
    this.#deferredBytes = 0;
    for (const piece of deferred) {
      if (!this.#gone) this.#output.share(piece);
      this.#server.memory.hold(-piece.release());
    }
    if (deferred.length > 0) this.#queued();
  }

  /** Whether what waits to be written is replies alone. */
  get hasRepliesOnly(): boolean {
    return this.#output.hasRepliesOnly;
  }

  /** Takes what is to be written next; {@linkcode written} is to follow. */
  take(): Uint8Array | undefined {
    return this.#output.take();
  }

  /** Says that the bytes that were taken are written. */
  written(): void {
    this.#output.written();
  }

  /**
   * Says what the client has sent and is not acted on yet.
   *
   * @param bytes How many bytes, those of whole words included.
   * @param words How many whole words.
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

  /** Whether there is room for so many subscriptions to names of so many bytes. */
  hasRoomFor(subscriptions: number, bytes: number): boolean {
    return this.#server.memory.hasRoomFor(
      subscriptions * (SUBSCRIPTION + NAME) + 2 * bytes,
    );
  }

  /** Subscribes to a name, of one code unit a byte. */
  subscribe(kind: Kind, name: string): void {
    if (this.#gone || !this.#server.hub.subscribe(kind, name, this)) return;
    this.#hold(name.length + SUBSCRIPTION);
    if (this.#server.hub.count(kind, name) === 1) {
      this.#server.memory.hold(NAME);
    }
  }

  /** Unsubscribes from a name, of one code unit a byte. */
  unsubscribe(kind: Kind, name: string): void {
    if (!this.#server.hub.unsubscribe(kind, name, this)) return;
    this.#hold(-name.length - SUBSCRIPTION);
    if (this.#server.hub.count(kind, name) === 0) {
      this.#server.memory.hold(-NAME);
    }
  }

  /** Unsubscribes from everything, without a word to the client. */
  *unsubscribeAll(): Work {
    for (const kind of KINDS) {
      for (const name of this.subscriptions[kind]) {
        this.unsubscribe(kind, name);
        this.#server.pace.charge(1);
        if (this.#server.pace.spent) yield;
      }
    }
  }

  /** Drops the client for the memory that it takes. */
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
   * Takes the client out of the server, and lets go of all that it holds but
   * for its subscriptions: {@linkcode unsubscribeAll} is to follow.
   */
  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.ending = true;
    this.#partial = 1;
    this.endReply();
    this.#server.clients.delete(this);
    this.#output.clear();
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
