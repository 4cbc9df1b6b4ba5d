/**
 * A responder in a process of its own, and its records of its acts.
 *
 * @module
 */

import type { RedisOptions } from "../../src/redis/mod.ts";
import { startRole } from "./child.ts";
import type { JsonProcess } from "./json_process.ts";

/** The address of the server. */
export type RemoteRedis = RedisOptions & { hostname: string; port: number };

type Line = { readonly acted: number; readonly ras: number };

/** A running responder; disposing of it kills it. */
export class RemoteResponder implements AsyncDisposable {
  readonly responderId: string;
  readonly #process: JsonProcess;
  readonly #acted = new Map<number, number>();
  readonly #reading: Promise<void>;

  /** Starts a responder with only the permission to reach its server. */
  static async start(
    redis: RemoteRedis,
    { timeout = 30_000 }: { timeout?: number } = {},
  ): Promise<RemoteResponder> {
    const options = { redis, name: "remote", logLevel: "CRITICAL" };
    const process = startRole("soak_responder.ts", {
      args: [JSON.stringify(options)],
      permissions: [`--allow-net=${redis.hostname}:${redis.port}`],
    });
    try {
      const { ready } = await process.next<{ ready: string }>({
        what: "the responder to be ready",
        timeout,
      });
      return new RemoteResponder(process, ready);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(process: JsonProcess, responderId: string) {
    this.#process = process;
    this.responderId = responderId;
    this.#reading = this.#read();
  }

  /** The `ras` of the response to a signal, by number; undefined if the responder did not act. */
  acted(number: number): number | undefined {
    return this.#acted.get(number);
  }

  /** Forgets the records from before a signal; returns whether any record remains. */
  forget(before: number): boolean {
    for (const number of this.#acted.keys()) {
      if (number < before) this.#acted.delete(number);
    }
    return this.#acted.size > 0;
  }

  suspend(): void {
    this.#process.suspend();
  }

  resume(): void {
    this.#process.resume();
  }

  /** SIGKILLs the responder, and reads its records up to the end. */
  async kill(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { acted, ras } = await this.#process.next<Line>({
          what: "the next act",
          timeout: Infinity,
        });
        this.#acted.set(acted, ras);
      }
    } catch (error) {
      if (this.#process.status?.signal !== "SIGKILL") throw error;
    }
  }
}
