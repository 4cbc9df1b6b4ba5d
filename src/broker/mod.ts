/**
 * An embedded broker for scripts, tests and small fleets that have no Redis
 * server: pub/sub over the Redis wire format, within this process.
 *
 * @example Listen on a free port
 * ```ts
 * import { Broker } from "@dsa/state-signals/broker";
 *
 * await using broker = Broker.listen({ port: 0 });
 * console.log(`listening on ${broker.url}`);
 * ```
 *
 * @module
 */
export { Broker } from "./broker.ts";
export type { ClientFilter, ClientType } from "./client_view.ts";
export type { BrokerLimits, BrokerOptions } from "./options.ts";
export type { BrokerStats } from "./server.ts";
