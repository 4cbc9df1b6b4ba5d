/**
 * One order for all changes of subscriptions and all messages, also where a
 * command takes several slices.
 *
 * @module
 */

/**
 * Held by the client that publishes or changes subscriptions in slices. Other
 * clients wait meanwhile, so that all see one order: as in Redis, a command is
 * done when the next one begins.
 */
export class OrderLane {
  #holder: object | undefined;
  #due = Infinity;

  /** Whether no other client holds the lane. */
  isFreeFor(client: object): boolean {
    return this.#holder === undefined || this.#holder === client;
  }

  /**
   * Takes the lane, which must be free for the client.
   *
   * @param atMost Milliseconds after which {@linkcode releaseIfDue} releases the lane.
   * @returns Whether the client did not hold the lane before, so must release it.
   */
  take(client: object, atMost = Infinity): boolean {
    if (this.#holder === client) return false;
    this.#holder = client;
    this.#due = performance.now() + atMost;
    return true;
  }

  /** Releases the lane if the client has held it for its time. */
  releaseIfDue(client: object): void {
    if (performance.now() >= this.#due) this.release(client);
  }

  /** Lets other clients go on. Idempotent. */
  release(client: object): void {
    if (this.#holder === client) this.#holder = undefined;
  }
}
