import { assert, assertEquals, assertRejects } from "@std/assert";
import { AbandonedError } from "../../src/signals/responder/abandoned_error.ts";
import { SHUTDOWN } from "../../src/protocol/signal/signal.ts";
import { eventOf, until, within } from "../support/wait.ts";
import { onEveryServer } from "./trust_stage.ts";

const FAST = { minBackoff: 5, maxBackoff: 50 };
const HANDLERS = { work: () => "done" };
const UNTIL = { until: SHUTDOWN };

onEveryServer(
  "a shutdown that a broken link has lost is delivered once the link is back",
  async (stage) => {
    const link = await stage.proxy();
    const url = link.url;
    const cut = await stage.responder({ redis: { url, ...FAST } });
    const steady = await stage.responder();
    const reasons: unknown[] = [];
    const serving = [cut, steady].map((responder) =>
      responder.serve({
        ...HANDLERS,
        shutdown: ({ metadata }) => void reasons.push(metadata?.reason),
      }, UNTIL)
    );
    const exporter = await stage.exporterOf(2, ["work"]);
    assert((await exporter.publishSignal("work")).ok);
    link.cut();
    await exporter.shutdown({ reason: "the disk is full" });
    await within(Promise.all(serving), { what: "both to end" });
    assertEquals(reasons, ["the disk is full", "the disk is full"]);
  },
);

onEveryServer(
  "a shutdown that was seen is not handled again when a link is back",
  async (stage) => {
    const link = await stage.proxy();
    const redis = { url: link.url, ...FAST };
    const responder = await stage.responder({ redis });
    let shutdowns = 0;
    const ending = new AbortController();
    const serving = responder.serve(
      { ...HANDLERS, shutdown: () => void shutdowns++ },
      { signal: ending.signal },
    );
    const exporter = await stage.exporterOf(1, ["work"]);
    await exporter.shutdown();
    await until(() => shutdowns === 1, { what: "the shutdown" });
    const reconnected = eventOf(responder, "reconnect");
    link.cut();
    await reconnected;
    // It is sent again all the same, because the exporter can't know.
    await until(
      async () => {
        const all = await stage.allTraffic();
        return all.filter(isShutdown).length === 2;
      },
      { what: "the shutdown to be sent again" },
    );
    assert(await exporter.initializeAndWait(1, ["work"]));
    assert((await exporter.publishSignal("work")).ok);
    assertEquals(shutdowns, 1);
    await exporter.shutdown();
    await until(() => shutdowns === 2, { what: "the second shutdown" });
    ending.abort();
    await serving;
  },
);

onEveryServer(
  "serving until shutdown ends with an error when the last publisher is lost without one",
  async (stage) => {
    const responder = await stage.responder();
    const serving = responder.serve(HANDLERS, UNTIL);
    const rejected = assertRejects(() => serving, AbandonedError);
    const first = await stage.exporterOf(1, ["work"]);
    const second = await stage.exporterOf(1, ["work"]);
    for (const exporter of [first, second]) {
      assert((await exporter.publishSignal("work")).ok);
    }
    const lost = eventOf(responder, "publisher-lost", { timeout: 20_000 });
    await first.close();
    await lost;
    assert((await second.publishSignal("work")).ok, "still served");
    await second.close();
    const { why, publisherId } = await within(rejected, {
      what: "serving to end",
      timeout: 20_000,
    }) as AbandonedError;
    assertEquals([why, publisherId], ["lost", second.publisherId]);
  },
);

onEveryServer(
  "serving without an end goes on when a publisher is lost",
  async (stage) => {
    const responder = await stage.responder();
    const ending = new AbortController();
    const serving = responder.serve(HANDLERS, {
      until: "work that never comes",
      signal: ending.signal,
    });
    const exporter = await stage.exporterOf(1, ["work"]);
    assert((await exporter.publishSignal("work")).ok);
    const lost = eventOf(responder, "publisher-lost", { timeout: 20_000 });
    await exporter.close();
    await lost;
    const next = await stage.exporterOf(1, ["work"]);
    assert((await next.publishSignal("work")).ok);
    ending.abort();
    await serving;
  },
);

function isShutdown({ payload }: { payload: string }): boolean {
  return payload.includes(`"${SHUTDOWN}"`);
}
