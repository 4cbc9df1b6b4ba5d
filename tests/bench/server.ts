/**
 * The Redis server of a measure.
 *
 * @module
 */

import { RedisServer } from "../support/redis_server.ts";

/** Starts a server that lets in as many as a measure connects, and drops no slow one. */
export function startServer(): Promise<RedisServer> {
  return RedisServer.start({
    args: [
      ...["--maxclients", "15000", "--tcp-backlog", "4096"],
      ...["--client-output-buffer-limit", "pubsub", "0", "0", "0"],
    ],
  });
}

/**
 * Publishes as fast as the server takes it; nothing is measured of this.
 *
 * @param port The server's port.
 * @param channel The channel; ASCII, as the payloads are.
 * @param payloads What to publish.
 */
export async function flood(
  port: number,
  channel: string,
  payloads: Iterable<string>,
): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const encoder = new TextEncoder();
  let count = 0;
  const commands: string[] = [];
  for (const payload of payloads) {
    count++;
    commands.push(
      `*3\r\n$7\r\nPUBLISH\r\n$${channel.length}\r\n${channel}\r\n` +
        `$${payload.length}\r\n${payload}\r\n`,
    );
  }
  const replies = countReplies(conn, count);
  const BATCH = 256;
  for (let n = 0; n < commands.length; n += BATCH) {
    let bytes = encoder.encode(commands.slice(n, n + BATCH).join(""));
    while (bytes.length > 0) bytes = bytes.subarray(await conn.write(bytes));
  }
  await replies;
}

async function countReplies(conn: Deno.Conn, count: number): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  while (count > 0) {
    const read = await conn.read(buffer);
    if (read === null) throw new Error("The server closed the connection");
    for (let n = 0; n < read; n++) if (buffer[n] === 10) count--;
  }
}
