/**
 * A role that is an embedded broker, in a process of its own so that its memory
 * can be measured without its clients.
 *
 * Argument: the broker's options as JSON.
 *
 * @module
 */

import {
  Broker,
  type BrokerOptions,
  type BrokerStats,
} from "../../../src/broker/mod.ts";

/** The figures of the broker, printed on request. */
export interface BrokerFigures extends BrokerStats {
  /** The current and the largest resident size of the process in bytes. */
  readonly rss: number;
  readonly maxRss: number;
}

const MEMORY_INTERVAL = 10;

const options: BrokerOptions = JSON.parse(Deno.args[0] ?? "{}");
const broker = Broker.listen(options);
let maxRss = 0;
setInterval(() => {
  maxRss = Math.max(maxRss, Deno.memoryUsage().rss);
}, MEMORY_INTERVAL);
tell({ url: broker.url, port: broker.port });

for await (
  const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
) {
  for (const _request of text.split("\n").filter(Boolean)) {
    const { rss } = Deno.memoryUsage();
    tell({ ...broker.stats, rss, maxRss: Math.max(rss, maxRss) });
  }
}

function tell(message: unknown): void {
  console.log(JSON.stringify(message));
}
