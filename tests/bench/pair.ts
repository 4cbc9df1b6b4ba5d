/**
 * An exporter and its responders in processes of their own, on a server of
 * their own: they can stand still while others are measured.
 *
 * @module
 */

import type { ContenderName } from "./contenders.ts";
import { STATE } from "./contenders/contender.ts";
import { startServer } from "./server.ts";
import { Worker } from "./worker_process.ts";

/** A running exporter with one responder; disposing of it kills both. */
export class Pair implements AsyncDisposable {
  readonly #exporter: Worker;
  readonly #responder: Worker;
  readonly #stack: AsyncDisposableStack;

  /**
   * Starts both, and waits until the responder has subscribed.
   *
   * @param contender Who they are.
   * @param port The server; one of their own by default.
   */
  static async start(contender: ContenderName, port?: number): Promise<Pair> {
    await using stack = new AsyncDisposableStack();
    port ??= stack.use(await startServer()).port;
    const exporter = stack.use(new Worker(contender));
    const responder = stack.use(new Worker(contender));
    await responder.tell("responders", { port, count: 1 });
    await exporter.tell("exporter", { port, events: [STATE] });
    await exporter.tell("gather", { count: 1 });
    return new Pair(exporter, responder, stack.move());
  }

  private constructor(
    exporter: Worker,
    responder: Worker,
    stack: AsyncDisposableStack,
  ) {
    this.#exporter = exporter;
    this.#responder = responder;
    this.#stack = stack;
  }

  /**
   * Publishes signals one after the other.
   *
   * @returns The milliseconds that each took.
   * @throws {Error} If one was not acknowledged.
   */
  async roundTrips(
    how: { warmup: number; count: number; size?: number },
  ): Promise<number[]> {
    const { times, acknowledged } = await this.#exporter.tell(
      "roundTrips",
      how,
    );
    if (acknowledged !== how.count) {
      throw new Error(`${how.count - acknowledged} were not acknowledged`);
    }
    return times;
  }

  /** Lets both stand still. */
  suspend(): void {
    this.#exporter.process.suspend();
    this.#responder.process.suspend();
  }

  resume(): void {
    this.#responder.process.resume();
    this.#exporter.process.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
