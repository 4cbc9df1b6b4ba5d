/**
 * A wire without a socket: a test sees each write and supplies the bytes to read.
 *
 * @module
 */

import type { Wire } from "../../src/redis/connection/wire.ts";

/** Records its writes, and reads the bytes that the test supplies. */
export class FakeWire implements Wire {
  /** The text of each write. */
  readonly writes: string[] = [];
  /** The most bytes that one write takes; the rest has to be written again. */
  writeLimit = Infinity;
  closed = false;
  readonly #incoming: Uint8Array[] = [];
  #reading: PromiseWithResolvers<void> = Promise.withResolvers();
  #ended = false;
  #failure: Error | undefined;
  #held: PromiseWithResolvers<void> | undefined;

  /** Lets bytes arrive. */
  receive(data: string | Uint8Array): void {
    this.#incoming.push(
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
    this.#wake();
  }

  /** Lets the stream end. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Lets reads fail. */
  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  /** Holds back writes until the release, which lets them pass or fail with an error. */
  hold(): { release(error?: Error): void } {
    const held = this.#held = Promise.withResolvers<void>();
    return {
      release: (error) => {
        this.#held = undefined;
        if (error) held.reject(error);
        else held.resolve();
      },
    };
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.closed) throw new Deno.errors.BadResource("Bad resource ID");
      if (this.#failure) throw this.#failure;
      const chunk = this.#incoming.shift();
      if (chunk) {
        const part = chunk.subarray(0, into.length);
        into.set(part);
        if (part.length < chunk.length) {
          this.#incoming.unshift(chunk.subarray(part.length));
        }
        return part.length;
      }
      if (this.#ended) return null;
      await this.#reading.promise;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    const taken = bytes.slice(0, Math.min(bytes.length, this.writeLimit));
    this.writes.push(new TextDecoder().decode(taken));
    await this.#held?.promise;
    if (this.closed) throw new Deno.errors.BadResource("Bad resource ID");
    return taken.length;
  }

  close(): void {
    this.closed = true;
    this.#wake();
  }

  #wake(): void {
    this.#reading.resolve();
    this.#reading = Promise.withResolvers();
  }
}
