/** From nothing to the first confirmed publish: x/redis. @module */

import { connect } from "../deno_redis_module.ts";
import { CHANNEL, PORT, published, SIGNAL } from "./first_signal.ts";

const client = await connect({
  hostname: "127.0.0.1",
  port: PORT,
  noDelay: true,
});
await client.publish(CHANNEL, SIGNAL);
await published();
