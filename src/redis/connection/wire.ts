/**
 * What a connection needs of a socket.
 *
 * @module
 */

/** A byte stream. One read and one write at a time. */
export interface Wire {
  /** Reads some bytes; `null` at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some bytes and returns how many; it may be fewer than all. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes the stream; a read or write under way fails. */
  close(): void;
}
