/** From nothing to the first confirmed publish: a socket. @module */

import { CHANNEL, PORT, published, SIGNAL } from "./first_signal.ts";

const conn = await Deno.connect({ hostname: "127.0.0.1", port: PORT });
await conn.write(
  new TextEncoder().encode(
    `*3\r\n$7\r\nPUBLISH\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n` +
      `$${SIGNAL.length}\r\n${SIGNAL}\r\n`,
  ),
);
await conn.read(new Uint8Array(64));
await published();
