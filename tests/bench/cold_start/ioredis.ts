/** From nothing to the first confirmed publish: npm:ioredis. @module */

import { Redis } from "ioredis";
import { CHANNEL, PORT, published, SIGNAL } from "./first_signal.ts";

const client = new Redis({ host: "127.0.0.1", port: PORT });
await client.publish(CHANNEL, SIGNAL);
await published();
