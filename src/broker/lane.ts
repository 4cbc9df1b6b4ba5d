/**
 * The order of what clients do to the subscriptions and with them, where it
 * takes several slices.
 *
 * @module
 */

/**
 * Held by the client whose messages or subscriptions are being gone through.
 * The others wait with theirs meanwhile, so that all see one order: that of
 * Redis, where a command is done when the next one begins.
 */
export class OrderLane {
  #holder: object | undefined;
  #due = Infinity;

  /** Whether a client may go on. */
  isFreeFor(client: object): boolean {
    return this.#holder === undefined || this.#holder === client;
  }

  /**
   * Takes the lane, which must be free for the client.
   *
   * @param atMost Milliseconds until it may be released amid what the client does.
   * @returns Whether the client did not hold it before, so is to release it.
   */
  take(client: object, atMost = Infinity): boolean {
    if (this.#holder === client) return false;
    this.#holder = client;
    this.#due = performance.now() + atMost;
    return true;
  }

  /** Lets the others go on if the client has held the lane for its time. */
  releaseIfDue(client: object): void {
    if (performance.now() >= this.#due) this.release(client);
  }

  /** Lets the others go on. Idempotent. */
  release(client: object): void {
    if (this.#holder === client) this.#holder = undefined;
  }
}
