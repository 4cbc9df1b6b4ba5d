/**
 * One connection through a fault proxy: two sockets and the bytes between them.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Direction, Faults } from "./faults.ts";
import type { Recording } from "./recording.ts";

/**
 * Built on `node:net`, because `Deno.Conn` can neither reset a connection nor
 * stop a read that has begun.
 */
export class FaultLink {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #faults: Faults;
  readonly #ended = new AbortController();
  readonly #recording: Recording | undefined;
  #severed = false;

  constructor(
    client: Socket,
    target: { hostname: string; port: number },
    faults: Faults,
    recording: Recording | undefined,
  ) {
    this.#client = client;
    this.#faults = faults;
    this.#recording = recording;
    this.#server = connect({
      host: target.hostname,
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    this.closed = Promise.all([closing(client), closing(this.#server)])
      .then(() => this.#ended.abort());
    // A side that fails ends the other side in the same way.
    client.on("error", () => this.reset());
    this.#server.on("error", () => this.reset());
    this.#server.once("connect", () => {
      this.#carry("toServer", client, this.#server);
      this.#carry("toClient", this.#server, client);
    });
  }

  cut(): void {
    this.#ended.abort();
    this.#client.destroy();
    this.#server.destroy();
  }

  reset(): void {
    this.#ended.abort();
    for (const socket of [this.#client, this.#server]) resetSocket(socket);
  }

  halfClose(direction: Direction): void {
    (direction === "toServer" ? this.#server : this.#client).end();
  }

  /** Passes on the bytes of a socket, in order and one chunk at a time. */
  #carry(direction: Direction, from: Socket, to: Socket): void {
    let passing: Promise<void> = Promise.resolve();
    const inTurn = (pass: () => unknown) => {
      const arrival = performance.now();
      passing = passing.then(async () => {
        if (await this.#mayPass(direction, arrival)) await pass();
      });
    };
    from.on("data", (bytes: Uint8Array) => {
      if (this.#severed) return;
      // No read-ahead, so that the sender experiences a full pipe.
      from.pause();
      inTurn(async () => {
        await this.#pass(direction, bytes, from, to);
        from.resume();
      });
    });
    from.on("end", () => inTurn(() => to.end()));
    from.resume();
  }

  /** Waits for as long as the faults demand; resolves with false if the link has ended. */
  async #mayPass(direction: Direction, arrival: number): Promise<boolean> {
    const wait = arrival + this.#faults.delay - performance.now();
    if (wait > 0) await this.#sleep(wait);
    await this.#faults.released(direction);
    return !this.#ended.signal.aborted;
  }

  /** Resolves early if the link ends. */
  async #sleep(milliseconds: number): Promise<void> {
    const { signal } = this.#ended;
    await sleep(milliseconds, undefined, { signal }).catch(() => {});
  }

  async #pass(
    direction: Direction,
    arrived: Uint8Array,
    from: Socket,
    to: Socket,
  ): Promise<void> {
    if (this.#severed || !to.writable) return;
    const { bytes, onCut } = this.#faults.pass(this, direction, arrived);
    this.#severed = onCut !== undefined;
    this.#recording?.add(direction, bytes);
    for (let sent = 0; sent < bytes.length && to.writable;) {
      const piece = bytes.subarray(sent, sent + this.#faults.chunk);
      await write(to, piece);
      sent += piece.length;
      // A turn of the event loop alone would let the kernel join the pieces.
      if (sent < bytes.length) await this.#sleep(0);
    }
    if (!onCut) return;
    this.#sever(from, to);
    onCut();
  }

  /** Ends the sender's side at once, and the receiver's side when the receiver has read all. */
  #sever(from: Socket, to: Socket): void {
    from.destroy();
    // Unread bytes would turn the end into a reset, which can overtake sent bytes.
    to.resume();
    to.once("end", () => to.destroy());
    to.end();
  }
}

function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting) {
    socket.once("connect", () => socket.resetAndDestroy());
  } else {
    socket.resetAndDestroy();
  }
}

/** Resolves even after a failure, which the socket reports as an event. */
function write(to: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => to.write(bytes, () => resolve()));
}
