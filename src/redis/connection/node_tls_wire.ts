/**
 * TLS with a client certificate, over `node:tls`: `Deno.connectTls` takes one
 * too but leaves Nagle's algorithm on, and `Deno.startTls` takes none. Loaded
 * only where a client certificate is given.
 *
 * @module
 */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { RedisTlsOptions } from "../options.ts";
import type { Wire } from "./wire.ts";

/** Opens a verified TLS stream with a client certificate. */
export async function openNodeTlsWire(
  hostname: string,
  port: number,
  tls: RedisTlsOptions,
  signal: AbortSignal,
): Promise<Wire> {
  signal.throwIfAborted();
  const socket = connect({
    host: hostname,
    port,
    cert: tls.cert,
    key: tls.key,
    // Or NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would switch it off.
    rejectUnauthorized: true,
    servername: /^[\d.]+$|:/.test(hostname) ? "" : hostname,
    // In place of the system's own: to add to those takes --allow-sys=ca.
    ...(tls.caCerts === undefined ? {} : { ca: tls.caCerts }),
  });
  socket.setNoDelay(true);
  socket.on("error", () => {}); // who waits, reads or writes is told of it
  try {
    await once(socket, "secureConnect", { signal });
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : clearer(error as Error);
  }
  return new NodeTlsWire(socket);
}

/** Deno's `node:tls` says the same of each certificate that it can't verify. */
function clearer(error: Error & { code?: string }): Error {
  return error.code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
    ? new Error(
      "the server's certificate has expired, or no trusted authority has signed it",
      { cause: error },
    )
    : error;
}

class NodeTlsWire implements Wire {
  readonly #socket: TLSSocket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array();

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#rest = new Uint8Array(value);
    }
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      // The socket keeps what it is given until it is sent: the scratch buffer is not ours to lend.
      this.#socket.write(
        bytes.slice(),
        (error) => error ? reject(error) : resolve(bytes.length),
      );
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
