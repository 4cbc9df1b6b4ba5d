/**
 * Looks after those whose answers are waited for, as long as anybody waits:
 * nobody waits for a peer that is gone, or for a server that has been replaced.
 *
 * @module
 */
import { every, type Interval } from "../../internal/timer.ts";
import type { Contact } from "./peer_inboxes.ts";
import type { Liveness } from "../liveness.ts";
import type { Attendant, Publishes } from "./in_flight.ts";
import type { Roster } from "./roster.ts";

/** Milliseconds from one look at the peers to the next. */
const INTERVAL = 200;
/** From so many on, looking for them costs enough to wait for answers that are coming in anyway. */
const MANY = 100;
/** Looks that are left out at most, one after the other. */
const MAX_SKIPPED = 2;
/** How many looks at the peers go between looks at the server. */
const SERVER_EVERY = 5;

/** What a {@linkcode Patrol} looks after. */
export interface PatrolOptions {
  publishes: Publishes;
  roster: Roster;
  contact: Contact;
  liveness: Liveness;
}

/** Runs while publishes wait. */
export class Patrol implements Attendant {
  readonly #options: PatrolOptions;
  #rounds = 0;
  #answers = 0;
  #skipped = 0;
  /** One for all publishes that follow each other: most are over before it rings. */
  #timer: Interval | undefined;
  #isOn = false;

  constructor(options: PatrolOptions) {
    this.#options = options;
  }

  /** Goes on patrol until {@linkcode end}. */
  begin(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    if (this.#timer === undefined) this.#timer = every(INTERVAL, this.#round);
    else this.#timer.restart();
    // Who was absent when last seen is looked for at once.
    const { liveness, publishes } = this.#options;
    this.#answers = publishes.answers;
    if (!liveness.suspectsSomebody) return;
    const watched = this.#watched();
    if (watched.some((id) => liveness.suspects(id))) {
      this.#lookForPeers(watched);
    }
  }

  /** Nobody waits any more. */
  end(): void {
    this.#timer?.cancel();
    this.#isOn = false;
    this.#options.liveness.rest();
  }

  readonly #round = (): void => {
    const watched = this.#watched();
    this.#skipped = this.#isPouring(watched.length) ? this.#skipped + 1 : 0;
    if (this.#skipped === 0) this.#lookForPeers(watched);
    if (++this.#rounds % SERVER_EVERY === 0) this.#lookForServer();
  };

  /** Whether answers come in by the hundred: most of those that are missing are just not done yet. */
  #isPouring(watched: number): boolean {
    const { answers } = this.#options.publishes;
    const came = answers - this.#answers;
    this.#answers = answers;
    return watched >= MANY && came >= MANY && this.#skipped < MAX_SKIPPED;
  }

  async #lookForPeers(watched: readonly string[]): Promise<void> {
    const { liveness, publishes } = this.#options;
    for (const id of await liveness.check(watched)) {
      publishes.giveUp(id, "lost");
    }
  }

  async #lookForServer(): Promise<void> {
    const { contact, publishes } = this.#options;
    if (!await contact.verify()) publishes.end("disconnected");
  }

  /** Those who owe an answer and hold a channel of their own. */
  #watched(): string[] {
    const { publishes, roster } = this.#options;
    const watched = new Set<string>();
    for (const { owed } of publishes.unanswered) {
      for (const id of owed) {
        if (roster.peer(id)?.alive) watched.add(id);
      }
    }
    return [...watched];
  }
}
