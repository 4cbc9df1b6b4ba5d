/**
 * Opens a byte stream to a server: TCP, TLS or a unix socket.
 *
 * @module
 */
import { RedisConnectionError } from "../../link/errors.ts";
import type { RedisTlsOptions } from "../options.ts";
import { addressOf, type Endpoint, type ServerSettings } from "../settings.ts";
import type { Wire } from "./wire.ts";

/**
 * Dials.
 *
 * @param endpoint Where to dial.
 * @param signal Gives up, and leaves nothing open.
 * @returns The stream, its TLS handshake done and verified.
 * @throws The platform's error; `Deno.errors.NotCapable` if a permission is missing.
 */
export async function openWire(
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Wire> {
  if (endpoint.transport === "unix") {
    return await Deno.connect({ transport: "unix", path: endpoint.path });
  }
  const { hostname, port, tls } = endpoint;
  if (tls?.cert !== undefined) {
    const { openNodeTlsWire } = await import("./node_tls_wire.ts");
    return await openNodeTlsWire(hostname, port, tls, signal);
  }
  const tcp = await Deno.connect({ hostname, port, signal });
  // Before TLS starts, because a TLS connection has no such switch.
  tcp.setNoDelay(true);
  return tls === undefined ? tcp : await startTls(tcp, hostname, tls, signal);
}

async function startTls(
  tcp: Deno.TcpConn,
  hostname: string,
  tls: RedisTlsOptions,
  signal: AbortSignal,
): Promise<Wire> {
  let conn: Deno.TcpConn | Deno.TlsConn = tcp;
  // The handshake has no deadline of its own: it would wait for a mute server without end.
  const abort = () => conn.close();
  try {
    const tlsConn = conn = await Deno.startTls(tcp, {
      hostname,
      ...(tls.caCerts === undefined ? {} : { caCerts: tls.caCerts }),
    });
    signal.throwIfAborted();
    signal.addEventListener("abort", abort, { once: true });
    await tlsConn.handshake();
    return tlsConn;
  } catch (error) {
    try {
      conn.close();
    } catch {
      // The abort has closed it.
    }
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The error of a connection that could not be dialled; names the flag for a missing permission. */
export function dialError(settings: ServerSettings, cause: unknown): Error {
  const { endpoint, name } = settings;
  if (cause instanceof Deno.errors.NotCapable) {
    const address = addressOf(endpoint);
    const flag = endpoint.transport === "unix"
      ? `--allow-read=${address} --allow-write=${address} --allow-net=unix:${address}`
      : `--allow-net=${address}`;
    return new Deno.errors.NotCapable(
      `Cannot connect to ${name} as the permission is missing: run again with ${flag}`,
      { cause },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RedisConnectionError(`Cannot connect to ${name}: ${reason}`, {
    cause,
  });
}
