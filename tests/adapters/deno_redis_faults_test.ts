import { DENO_REDIS_CLIENTS, needsDenoRedis } from "../support/deno_redis.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { DISTURBED_LINKS } from "./disturbed_links.ts";
import { LOST_LINKS } from "./lost_links.ts";
import { REFUSALS } from "./refusals.ts";
const SCENARIOS = [...LOST_LINKS, ...DISTURBED_LINKS, ...REFUSALS].toSorted((
  a,
  b,
) => a.number - b.number);
for (const client of DENO_REDIS_CLIENTS) {
  for (const { number, title, run } of SCENARIOS) {
    Deno.test(`${client.name}[fault ${number}] ${title}`, async () => {
      console.log(
        `${client.name}  ${String(number).padStart(2)} ${await run(client)}`,
      );
    });
  }
}
