/**
 * x/redis, without Nagle's algorithm.
 *
 * @module
 */

import { connect } from "../deno_redis_module.ts";
import { handWritten } from "./hand_written.ts";

export const { exporter, responder, publisher, receive } = handWritten(
  async (port) => {
    const options = { hostname: "127.0.0.1", port, noDelay: true };
    const commands = await connect(options);
    const subscriber = await connect(options);
    return {
      publish: (channel, payload) => commands.publish(channel, payload),
      async subscribe(channel, onMessage) {
        const subscription = await subscriber.subscribe(channel);
        (async () => {
          for await (const { message } of subscription.receive()) {
            onMessage(message);
          }
        })();
      },
    };
  },
);
