/**
 * Finds out which peers are gone without a word: their own channels have no
 * subscriber any more, or they no longer say that they are there.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";

/**
 * Milliseconds for which a channel may be without its subscriber: the time that
 * a link takes to come back, and less than a second.
 */
const ABSENCE = 600;
/** Milliseconds of silence after which a peer is asked whether it is there. */
const SILENCE = 2_000;

/** What a {@linkcode Liveness} needs to know and to do. */
export interface LivenessOptions {
  /** How many subscribers the own channel of each peer has; nothing where the transport can't tell. */
  count(ids: readonly string[]): Promise<number[]> | undefined;
  /** Asks a peer to say that it is there. */
  ping?(id: string): void;
  /** Milliseconds for which a peer may say nothing though asked. @default {Infinity} */
  heartbeatTimeout?: number;
  /** Is told, once, where counting is refused. */
  logger: Logger;
}

/** Watches peers that hold a channel of their own. */
export class Liveness {
  readonly #options: LivenessOptions;
  /** Since when each peer's channel has been without a subscriber. */
  readonly #absentSince = new Map<string, number>();
  /** When each peer that is looked after was last heard, or first looked after. */
  readonly #heardAt = new Map<string, number>();
  #counting = true;
  #checking = false;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** Notes a sign of life. */
  heard(id: string): void {
    if (this.#heardAt.has(id)) this.#heardAt.set(id, performance.now());
    this.#absentSince.delete(id);
  }

  /** Nobody is looked after for now: who is silent meanwhile was not asked. */
  rest(): void {
    // A map that is emptied is made anew, and the old ones may keep the new ones alive.
    if (this.#heardAt.size > 0) this.#heardAt.clear();
  }

  /** Forgets a peer. */
  forget(id: string): void {
    this.#heardAt.delete(id);
    this.#absentSince.delete(id);
  }

  /** Whether any peer was last seen absent. */
  get suspectsSomebody(): boolean {
    return this.#absentSince.size > 0;
  }

  /** Whether a peer was last seen absent. */
  suspects(id: string): boolean {
    return this.#absentSince.has(id);
  }

  /**
   * Looks after these peers.
   *
   * @returns Those of them that are lost.
   */
  async check(ids: readonly string[]): Promise<string[]> {
    if (this.#checking || ids.length === 0) return [];
    this.#checking = true;
    this.#dropOthers(ids);
    try {
      await this.#count(ids);
      return ids.filter((id) => this.#isAbsent(id) || this.#isSilent(id));
    } finally {
      this.#checking = false;
    }
  }

  /** Nobody is asked who is not looked after any more. */
  #dropOthers(ids: readonly string[]): void {
    const lookedAfter = new Set(ids);
    for (const id of this.#heardAt.keys()) {
      if (!lookedAfter.has(id)) this.#heardAt.delete(id);
    }
  }

  async #count(ids: readonly string[]): Promise<void> {
    if (!this.#counting) return;
    try {
      const counts = await this.#options.count(ids);
      if (counts === undefined) {
        this.#counting = false;
        return;
      }
      const now = performance.now();
      ids.forEach((id, n) => {
        if (counts[n] !== 0) this.#absentSince.delete(id);
        else if (!this.#absentSince.has(id)) this.#absentSince.set(id, now);
      });
    } catch (error) {
      // Without an answer nobody is absent; without the right to ask, nobody ever.
      this.#absentSince.clear();
      if ("code" in Object(error)) {
        this.#counting = false;
        this.#options.logger.warn(
          `Peers that die are noticed late, as subscribers can't be counted: ${
            (error as Error).message
          }`,
        );
      }
    }
  }

  #isAbsent(id: string): boolean {
    const since = this.#absentSince.get(id);
    return since !== undefined && performance.now() - since >= ABSENCE;
  }

  #isSilent(id: string): boolean {
    const { ping, heartbeatTimeout = Infinity } = this.#options;
    if (ping === undefined || heartbeatTimeout === Infinity) return false;
    const now = performance.now();
    const heardAt = this.#heardAt.get(id);
    if (heardAt === undefined) {
      this.#heardAt.set(id, now);
      return false;
    }
    const silence = now - heardAt;
    if (silence >= Math.min(SILENCE, heartbeatTimeout / 3)) ping(id);
    return silence >= heartbeatTimeout;
  }
}
