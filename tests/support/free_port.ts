/**
 * TCP ports for servers that are stopped and started again on the same port.
 *
 * @module
 */

/**
 * Below the ephemeral range of Linux and other systems: in that range the kernel
 * could lend the port of a stopped server to a client, or connect a client to
 * itself.
 */
const FIRST = 10_000;
const LAST = 29_999;

const ATTEMPTS = 50;

/** A loopback port without a listener; the port may be taken a moment later. */
export function freePort(): number {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`Cannot find a free port: ${ATTEMPTS} of them were taken`);
}

/** Starts a server on a free port, and on another one if the port was taken meanwhile. */
export async function onFreePort<T>(
  start: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await start(freePort());
    } catch (error) {
      const taken = error instanceof Deno.errors.AddrInUse;
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}
