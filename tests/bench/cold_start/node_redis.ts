/** From nothing to the first confirmed publish: npm:redis. @module */

import { createClient } from "redis";
import { CHANNEL, PORT, published, SIGNAL } from "./first_signal.ts";

const client = createClient({ url: `redis://127.0.0.1:${PORT}` });
await client.connect();
await client.publish(CHANNEL, SIGNAL);
await published();
