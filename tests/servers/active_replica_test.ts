/** Active replicas of KeyDB: each is a master, and passes messages on to the other. */
import { assertEquals } from "@std/assert";
import { SignalExporter, SignalResponder } from "../../mod.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";

const QUIET = { logLevel: "CRITICAL" } as const;
const args = ["--active-replica", "yes"];

// CI has no KeyDB, and only `deno task servers` puts it on the PATH as `redis-server`.
const isKeydb = Deno.env.get("STATE_SIGNALS_SERVER") === "KeyDB";
if (!isKeydb) {
  console.warn(
    "\nSKIPPED: active replicas are not tested, as only `deno task servers` with STATE_SIGNALS_KEYDB runs KeyDB\n",
  );
}

Deno.test({
  name: "an exporter at one active replica gets answers from the other",
  ignore: !isKeydb,
  async fn() {
    await using one = await RedisServer.start({ args });
    await using two = await RedisServer.start({ args, replicaOf: one });
    await one.cli("REPLICAOF", two.hostname, String(two.port));
    for (const server of [one, two]) {
      await until(
        async () =>
          (await server.cli("INFO", "replication"))
            .includes("master_link_status:up"),
        { what: "both replicas to follow each other" },
      );
    }
    await using responder = await SignalResponder.connect({
      ...QUIET,
      redis: two.url,
      name: "collector",
    });
    const serving = responder.serve({ start: () => {} });
    await using exporter = await SignalExporter.connect("fio", {
      ...QUIET,
      redis: one.url,
    });
    assertEquals(await exporter.initializeAndWait(1, ["start"]), true);
    for (let n = 0; n < 20; n++) {
      const { ok } = await exporter.publishSignal("start", { sample: n });
      assertEquals(ok, true);
    }
    await responder.close();
    await serving;
  },
});
