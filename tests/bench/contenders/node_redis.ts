/**
 * npm:redis. It pipelines by itself, and has Nagle's algorithm off.
 *
 * @module
 */

import { createClient } from "redis";
import { handWritten } from "./hand_written.ts";

export const { exporter, responder, publisher, receive } = handWritten(
  async (port) => {
    const commands = createClient({ url: `redis://127.0.0.1:${port}` });
    const subscriber = commands.duplicate();
    for (const client of [commands, subscriber]) {
      client.on("error", console.error);
      await client.connect();
    }
    return {
      publish: (channel, payload) => commands.publish(channel, payload),
      subscribe: (channel, onMessage) =>
        subscriber.subscribe(channel, onMessage),
    };
  },
);
