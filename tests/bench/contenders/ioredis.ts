/**
 * npm:ioredis, with the pipelining that it calls automatic. It has Nagle's
 * algorithm off.
 *
 * @module
 */

import { Redis } from "ioredis";
import { handWritten } from "./hand_written.ts";

export const { exporter, responder, publisher, receive } = handWritten(
  async (port) => {
    const options = {
      host: "127.0.0.1",
      port,
      lazyConnect: true,
      enableAutoPipelining: true,
    };
    const commands = new Redis(options);
    const subscriber = new Redis(options);
    await commands.connect();
    await subscriber.connect();
    return {
      publish: (channel, payload) => commands.publish(channel, payload),
      subscribe(channel, onMessage) {
        subscriber.on("message", (_channel, payload) => onMessage(payload));
        return subscriber.subscribe(channel);
      },
    };
  },
);
