/**
 * x/redis, where it can be had: it comes from JSR, which not every machine
 * reaches. `STATE_SIGNALS_DENO_REDIS` names a module to import in its place.
 *
 * @module
 */

/** What is used of it; its types can't be imported where it is not. */
export interface DenoRedis {
  publish(channel: string, payload: string): Promise<number>;
  subscribe(channel: string): Promise<{
    receive(): AsyncIterable<{ message: string }>;
  }>;
}

const specifier = Deno.env.get("STATE_SIGNALS_DENO_REDIS") ?? "@db/redis";

export const { connect }: {
  connect(options: {
    hostname: string;
    port: number;
    noDelay: boolean;
  }): Promise<DenoRedis>;
} = await import(specifier);
