/**
 * TLS with a client certificate, over `node:tls`, because `Deno.connectTls`
 * leaves Nagle's algorithm on, and `Deno.startTls` takes no client certificate.
 * Loaded only if a client certificate is given.
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
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would switch the default off.
    rejectUnauthorized: true,
    servername: /^[\d.]+$|:/.test(hostname) ? "" : hostname,
    // Replaces the system's own authorities: adding to them would need --allow-sys=ca.
    ...(tls.caCerts === undefined ? {} : { ca: tls.caCerts }),
  });
  socket.setNoDelay(true);
  socket.on("error", () => {}); // the pending call rejects with the error, too
  try {
    await once(socket, "secureConnect", { signal });
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : clearer(error as Error);
  }
  return new NodeTlsWire(socket);
}

/** The error in plain words: Deno's `node:tls` has one error for all certificates that it can't verify. */
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
      // A copy, because the socket keeps the bytes until they are sent, and the caller's buffer is used again.
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
