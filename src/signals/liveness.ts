/**
 * Finds out which peers are gone without a word, by proof and not by guess.
 *
 * Invariant: a peer whose process runs and whose link is up is never called
 * lost before its `heartbeatTimeout`. Three facts decide:
 * - A peer whose inbox has a subscriber, as the server counts, is there. Its
 *   silence proves nothing, because a handler may block its process.
 * - A count of 0 is a suspicion only where the same connection to a server has
 *   counted that inbox as held before: another node of a cluster, or another
 *   server behind the same address, never has. The peer is then asked on its
 *   inbox, and is lost when it does not answer within 0.6 s.
 * - Any other peer is asked when it is silent, and is lost when it has been
 *   silent for `heartbeatTimeout` although it was asked.
 *
 * A question counts from the moment at which the server has confirmed it, and a
 * link that went down takes every question back. A server that was replaced knows
 * nothing of peers that have gone over to the new one, so it is verified before a
 * peer is lost.
 *
 * @module
 */
import type { Intervals } from "../internal/intervals.ts";
import type { Logger } from "../internal/logger.ts";
import { after, type Timer } from "../internal/timer.ts";
import { isRefused } from "../transport/outcome.ts";
import type { Transport } from "../transport/transport.ts";

/** Milliseconds in which a peer answers a question on its inbox, if it is there. */
export const QUESTION_TIMEOUT = 600;

/** How many subscribers each inbox has, and which connection to a server has counted them. */
export interface Count {
  readonly counts: readonly number[];
  /** Differs from one connection to the next; `undefined` where that can't be told. */
  readonly connection: number | undefined;
}

/** Counts the subscribers of inboxes, by the names of their channels; `undefined` where the transport can't. */
export async function countSubscribers(
  transport: Transport,
  channels: readonly string[],
): Promise<Count | undefined> {
  const { connection } = transport;
  const counts = await transport.countSubscribers?.(channels);
  if (counts === undefined) return undefined;
  const isSame = connection === transport.connection;
  return { counts, connection: isSame ? connection : undefined };
}

/** The dependencies of {@linkcode Liveness}. */
export interface LivenessOptions<Peer> {
  /** Counts the subscribers of these peers' inboxes; `undefined` where that can't be counted. */
  count(peers: readonly Peer[]): Promise<Count | undefined>;
  /** Asks a peer to say that it is there; resolves when the server has the question. */
  ask(peer: Peer): Promise<void>;
  /** Finds out whether the server is the one to use; the link to another one is lost by that. */
  verify?(): Promise<boolean>;
  /** Called when a peer is lost. */
  lost(peer: Peer): void;
  /** Called when a peer that was met has been counted; `isCounted` is `false` where it could not be. */
  met?(peer: Peer, isCounted: boolean): void;
  /** After which silence a peer that is not counted is asked, and lost. */
  intervals: Pick<Intervals, "silence" | "heartbeatTimeout">;
  /** Takes one warning where the server refuses to count. */
  logger: Logger;
}

/** The knowledge of one peer. */
interface WatchedPeer<Peer> {
  readonly id: Peer;
  /** When it was last heard. */
  heardAt: number;
  /** When the oldest question that it has not answered was confirmed by the server. */
  askedAt: number | undefined;
  /** When the newest question was sent. */
  lastAskedAt: number;
  /** Whether a question is on its way to the server. */
  isAsking: boolean;
  /** The connection that has counted a subscriber on its inbox. */
  heldBy: number | undefined;
  /** Ends the time in which a suspected peer may answer. */
  deadline: Timer | undefined;
  /** Whether it has not answered a question in time, and was neither heard nor counted since. */
  isLost: boolean;
}

/** Watches peers that hold an inbox; `Peer` is what each of them is known by. */
export class Liveness<Peer> {
  readonly #options: LivenessOptions<Peer>;
  readonly #peers = new Map<Peer, WatchedPeer<Peer>>();
  /** Peers that were counted before, and were not when they were counted last. */
  readonly #missing = new Set<Peer>();
  /** Peers that have not answered a question yet; a question of any other peer was taken back. */
  readonly #asked = new Set<WatchedPeer<Peer>>();
  /** Peers that have just been met, and are to be counted. */
  readonly #met = new Set<Peer>();
  /** Since when silence means something. */
  #watchedSince = -Infinity;
  /** Why the server does not count, if it has said so. */
  #refusal: string | undefined;
  #isRefusalTold = false;
  #isChecking = false;

  constructor(options: LivenessOptions<Peer>) {
    this.#options = options;
  }

  /** Notes a sign of life. */
  heard(id: Peer): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    peer.heardAt = performance.now();
    peer.isLost = false;
    // A peer that answers although it is not counted is connected where this server does not count.
    if (peer.deadline !== undefined) {
      peer.heldBy = undefined;
      this.#missing.delete(id);
    }
    this.#trust(peer);
  }

  /** Counts a peer that is known to live, so that a later count of 0 means something. */
  meet(id: Peer): void {
    if (this.#met.size === 0) queueMicrotask(() => this.#countMet());
    this.#met.add(id);
  }

  /** Looks after no peer for now: a peer that was not asked meanwhile was not silent. */
  rest(): void {
    this.#watchedSince = Infinity;
    for (const peer of this.#asked) this.#trust(peer);
  }

  /** Takes every question back, because the link that brings the answers went down or is back. */
  disturb(): void {
    if (this.#watchedSince < Infinity) this.#watchedSince = performance.now();
    for (const peer of this.#asked) this.#trust(peer);
    for (const id of this.#missing) this.#peers.get(id)!.isLost = false;
  }

  /** Forgets a peer. */
  forget(id: Peer): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#trust(peer);
    this.#peers.delete(id);
    this.#missing.delete(id);
    this.#met.delete(id);
  }

  /** Whether any peer was not there when it was counted last. */
  get missesAny(): boolean {
    return this.#missing.size > 0;
  }

  /** Whether a peer was not there when it was counted last. */
  misses(id: Peer): boolean {
    return this.#missing.has(id);
  }

  /** Looks for these peers; must be called again and again. */
  async check(ids: readonly Peer[]): Promise<void> {
    if (this.#isChecking || ids.length === 0) return;
    const now = performance.now();
    if (this.#watchedSince === Infinity) this.#watchedSince = now;
    this.#isChecking = true;
    try {
      for (const id of ids) this.#peer(id);
      const count = await this.#count(ids);
      this.#tellRefusal();
      // Silence counts up to now: an answer may have come since, and not be read yet.
      ids.forEach((id, n) => this.#judge(id, now, count, n));
    } finally {
      this.#isChecking = false;
    }
  }

  #peer(id: Peer): WatchedPeer<Peer> {
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = {
        id,
        heardAt: performance.now(),
        askedAt: undefined,
        lastAskedAt: -Infinity,
        isAsking: false,
        heldBy: undefined,
        deadline: undefined,
        isLost: false,
      };
      this.#peers.set(id, peer);
    }
    return peer;
  }

  async #countMet(): Promise<void> {
    const ids = [...this.#met]; // all peers that were met in one turn
    this.#met.clear();
    if (ids.length === 0) return; // forgotten meanwhile
    const count = await this.#count(ids);
    ids.forEach((id, n) => {
      const isCounted = (count?.counts[n] ?? 0) > 0;
      if (isCounted) this.#noteHeld(this.#peer(id), count!.connection);
      this.#options.met?.(id, isCounted);
    });
  }

  /** Counts; `undefined` where no count is to be had, which proves nothing. */
  async #count(ids: readonly Peer[]): Promise<Count | undefined> {
    if (this.#refusal !== undefined) return undefined;
    try {
      return await this.#options.count(ids);
    } catch (error) {
      if (isRefused(error)) this.#refusal = (error as Error).message;
      return undefined;
    }
  }

  #tellRefusal(): void {
    if (this.#refusal === undefined || this.#isRefusalTold) return;
    this.#isRefusalTold = true;
    this.#options.logger.warn(
      `Peers that die are noticed late, as subscribers can't be counted: ${this.#refusal}`,
    );
  }

  #judge(id: Peer, now: number, count: Count | undefined, n: number): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return; // it was forgotten meanwhile
    if ((count?.counts[n] ?? 0) > 0) {
      this.#noteHeld(peer, count!.connection);
      return this.#trust(peer);
    }
    const { connection } = count ?? {};
    if (connection !== undefined && peer.heldBy === connection) {
      this.#missing.add(id);
      return this.#suspect(peer);
    }
    const { heartbeatTimeout } = this.#options.intervals;
    if (heartbeatTimeout === Infinity) return;
    const silence = now - Math.max(peer.heardAt, this.#watchedSince);
    if (silence >= this.#askAfter) this.#ask(peer);
    const asked = peer.askedAt === undefined ? 0 : now - peer.askedAt;
    const patience = Math.min(QUESTION_TIMEOUT, heartbeatTimeout / 3);
    if (silence >= heartbeatTimeout && asked >= patience) {
      void this.#loseAtMaster(peer);
    }
  }

  /** Milliseconds of silence after which a peer that is not counted is asked, and asked again. */
  get #askAfter(): number {
    const { silence, heartbeatTimeout } = this.#options.intervals;
    return Math.min(silence, heartbeatTimeout / 3);
  }

  #noteHeld(peer: WatchedPeer<Peer>, connection: number | undefined): void {
    peer.heldBy = connection;
    peer.isLost = false;
    this.#missing.delete(peer.id);
  }

  /** Gives a peer that is not counted any more the time to answer a question. */
  #suspect(peer: WatchedPeer<Peer>): void {
    if (peer.isLost) return this.#lose(peer);
    if (peer.deadline !== undefined) return;
    peer.askedAt = undefined;
    peer.lastAskedAt = -Infinity;
    this.#ask(peer, () => {
      const expire = () => void this.#loseAtMaster(peer);
      peer.deadline = after(QUESTION_TIMEOUT, expire);
    });
  }

  #ask(peer: WatchedPeer<Peer>, confirmed?: () => void): void {
    const now = performance.now();
    if (peer.isAsking || now - peer.lastAskedAt < this.#askAfter) return;
    peer.isAsking = true;
    peer.lastAskedAt = now;
    this.#asked.add(peer);
    this.#options.ask(peer.id).then(
      () => {
        peer.isAsking = false;
        if (!this.#asked.has(peer)) return; // it was answered, or taken back
        peer.askedAt ??= performance.now();
        confirmed?.();
      },
      () => {
        peer.isAsking = false;
        peer.lastAskedAt = -Infinity; // it is asked again at the next look
      },
    );
  }

  #trust(peer: WatchedPeer<Peer>): void {
    this.#asked.delete(peer);
    peer.askedAt = undefined;
    peer.lastAskedAt = -Infinity;
    peer.deadline?.cancel();
    peer.deadline = undefined;
  }

  /** Loses a peer, unless the server was replaced: the peer may have gone over to the new one. */
  async #loseAtMaster(peer: WatchedPeer<Peer>): Promise<void> {
    const isMaster = await this.#options.verify?.().catch(() => true);
    if (!this.#asked.has(peer)) return; // it was answered, or taken back
    if (isMaster === false) return this.#trust(peer);
    peer.isLost = true;
    this.#lose(peer);
  }

  #lose(peer: WatchedPeer<Peer>): void {
    this.#trust(peer);
    this.#options.lost(peer.id);
  }
}
