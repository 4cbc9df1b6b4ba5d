/**
 * What a follower makes of the signals that it hears: whom it follows, what it
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
 * How it ended: it opened; the leader said that it failed; the leader shut down
 * before `barrier`; or what the leader said last was missed.
 */
export type End = "open" | "fail" | "shutdown" | "unknown";

/** What to do about a signal. */
export interface Reaction {
  /** Whether to answer that all is well. */
  readonly answer: boolean;
  /** How it ended, if it did. */
  readonly end?: End | undefined;
}

const IGNORE: Reaction = { answer: false };
const ANSWER: Reaction = { answer: true };

/** Follows the leaders of one barrier, and then the one that has published `barrier`. */
export class Following {
  readonly #name: string;
  /**
   * Who was answered: all that asked, as a leader that died before `barrier` may
   * have been started again; from `barrier` on the one that published it.
   */
  readonly #leaders = new Set<string>();
  #heard = false;
  #begun = false;
  #missedSome = false;

  /** @param name The barrier's name. */
  constructor(name: string) {
    this.#name = name;
  }

  /** The leader, or the first of them. */
  get leader(): string | undefined {
    return this.#leaders.values().next().value;
  }

  /** What it is that does not go on, for people. */
  get progress(): string {
    if (this.#begun) return 'neither "success" nor "fail" came after "barrier"';
    if (this.#leaders.size > 0) return "its leader was waiting for others";
    if (this.#heard) return "a leader was there, but asked for nobody any more";
    return "no leader was there";
  }

  /** Notes that signals may have been missed: of this publisher, where that is known. */
  missSome(publisherId?: string): void {
    if (publisherId !== undefined && !this.#leaders.has(publisherId)) return;
    this.#missedSome = true;
  }

  /** Says what to do about a signal. */
  take({ event, processName, publisherId }: Signal): Reaction {
    if (processName !== this.#name) return IGNORE;
    this.#heard = true;
    if (event === INITIALIZATION && !this.#begun) {
      // What was missed before there was a leader is none of its.
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
        // Nobody waits for an answer.
        return { answer: false, end: this.#leave(publisherId, this.#shutdown) };
      default:
        return ANSWER;
    }
  }

  /** What it means that a leader shuts down, having said neither `success` nor `fail`. */
  get #shutdown(): End {
    if (this.#missedSome) return "unknown";
    return this.#begun ? "open" : "shutdown";
  }

  /** It is over when no other leader is left. */
  #leave(publisherId: string, end: End): End | undefined {
    if (this.#leaders.size === 1) return end;
    this.#leaders.delete(publisherId);
    return undefined;
  }
}
