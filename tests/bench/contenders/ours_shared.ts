/**
 * This module, all responders of a process over one client.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";
import { RedisClient } from "../../../src/redis/mod.ts";

export { exporter, publisher, receive } from "./ours.ts";

let client: Promise<RedisClient> | undefined;

export async function responder(port: number): Promise<void> {
  client ??= RedisClient.connect(`redis://127.0.0.1:${port}`);
  const responder = await SignalResponder.connect({ redis: await client });
  (async () => {
    for await (const signal of responder) await responder.srespond(signal, 1);
  })();
}
