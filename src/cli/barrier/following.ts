/**
 * The state machine of a follower: which leader it follows, which signals it
 * answers, and when it leaves. Pure.
 *
 * @module
 */
import {
  INITIALIZATION,
  SHUTDOWN,
  type Signal,
} from "../../protocol/signal/signal.ts";

/**
 * The end of a barrier: it opened; the leader published `fail`; the leader shut
 * down before `barrier`; or the follower missed the leader's last signal.
 */
export type End = "open" | "fail" | "shutdown" | "unknown";

/** What to do about a signal. */
export interface Reaction {
  /** Whether to answer with success. */
  readonly answer: boolean;
  /** The end of the barrier, if the signal ends it. */
  readonly end?: End | undefined;
}

const IGNORE: Reaction = { answer: false };
const ANSWER: Reaction = { answer: true };

/** Follows the leaders of one barrier, and then the one that has published `barrier`. */
export class Following {
  readonly #name: string;
  /**
   * The publisher ids of the leaders that were answered. Before `barrier` these may
   * be several, because a leader may die and be started again. From `barrier` on,
   * it is the leader that has published it.
   */
  readonly #leaders = new Set<string>();
  #heard = false;
  #begun = false;
  #missedSome = false;

  /** @param name The barrier's name. */
  constructor(name: string) {
    this.#name = name;
  }

  /** The publisher id of the leader, or of the first leader. */
  get leader(): string | undefined {
    return this.#leaders.values().next().value;
  }

  /** What the follower was waiting for, for people to read. */
  get progress(): string {
    if (this.#begun) return 'neither "success" nor "fail" came after "barrier"';
    if (this.#leaders.size > 0) return "its leader was waiting for others";
    if (this.#heard) return "a leader was there, but asked for no more parties";
    return "no leader was there";
  }

  /** Notes that signals may have been missed; of this publisher, if it is given. */
  missSome(publisherId?: string): void {
    if (publisherId !== undefined && !this.#leaders.has(publisherId)) return;
    this.#missedSome = true;
  }

  /** Decides what to do about a signal. */
  take({ event, processName, publisherId }: Signal): Reaction {
    if (processName !== this.#name) return IGNORE;
    this.#heard = true;
    if (event === INITIALIZATION && !this.#begun) {
      // Signals that were missed before there was a leader are not the leader's.
      if (this.#leaders.size === 0) this.#missedSome = false;
      this.#leaders.add(publisherId);
    }
    if (!this.#leaders.has(publisherId)) return IGNORE;
    switch (event) {
      case "barrier":
        this.#begun = true;
        this.#missedSome = false;
        this.#leaders.clear();
        this.#leaders.add(publisherId);
        return ANSWER;
      case "success":
        return { answer: true, end: "open" };
      case "fail":
        return { answer: true, end: this.#leave(publisherId, "fail") };
      case SHUTDOWN:
        // The leader waits for no answer.
        return { answer: false, end: this.#leave(publisherId, this.#shutdown) };
      default:
        return ANSWER;
    }
  }

  /** The end of the barrier if a leader shuts down without `success` or `fail`. */
  get #shutdown(): End {
    if (this.#missedSome) return "unknown";
    return this.#begun ? "open" : "shutdown";
  }

  /** Removes a leader; the barrier has ended if no other leader is left. */
  #leave(publisherId: string, end: End): End | undefined {
    if (this.#leaders.size === 1) return end;
    this.#leaders.delete(publisherId);
    return undefined;
  }
}
