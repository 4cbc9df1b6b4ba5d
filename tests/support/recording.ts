/**
 * The bytes that passed through a fault proxy on one connection.
 *
 * @module
 */

import type { Direction } from "./faults.ts";

/** The bytes that passed on one connection, by direction. */
export class Recording {
  readonly #chunks: Record<Direction, Uint8Array[]> = {
    toServer: [],
    toClient: [],
  };

  add(direction: Direction, bytes: Uint8Array): void {
    this.#chunks[direction].push(Uint8Array.from(bytes));
  }

  /** All bytes of a direction, in order. */
  bytes(direction: Direction): Uint8Array {
    const chunks = this.#chunks[direction];
    const all = new Uint8Array(
      chunks.reduce((length, chunk) => length + chunk.length, 0),
    );
    let end = 0;
    for (const chunk of chunks) {
      all.set(chunk, end);
      end += chunk.length;
    }
    return all;
  }

  /** All bytes of a direction as text. */
  text(direction: Direction): string {
    return new TextDecoder().decode(this.bytes(direction));
  }
}
