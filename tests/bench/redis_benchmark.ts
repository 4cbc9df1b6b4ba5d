/**
 * The tool that Redis brings along to measure a server with.
 *
 * @module
 */

/** What is to be published. */
export interface RedisBenchmarkOptions {
  port: number;
  channel: string;
  payload: string;
  /** How many in all. */
  count: number;
  /** How many at a time, on one connection. */
  depth: number;
}

/** Publishes; answers how many a second. */
export async function redisBenchmark(
  { port, channel, payload, count, depth }: RedisBenchmarkOptions,
): Promise<number> {
  const { stdout, stderr } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", String(port), "-c", "1", "-P", String(depth)],
      ...["-n", String(count), "PUBLISH", channel, payload],
    ],
  }).output();
  const text = new TextDecoder();
  const said = text.decode(stdout);
  const rate = said.match(/throughput summary: ([\d.]+) requests per second/);
  if (rate === null) {
    throw new Error(
      `redis-benchmark told no rate: ${said}${text.decode(stderr)}`,
    );
  }
  return Number(rate[1]);
}
