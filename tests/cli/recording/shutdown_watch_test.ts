import { assertEquals } from "@std/assert";
import { ShutdownWatch } from "../../../src/cli/recording/shutdown_watch.ts";
import { until } from "../../support/wait.ts";
import { encodeSignal } from "../../support/payloads.ts";

function payload(processName: string, event = "shutdown"): string {
  return encodeSignal({
    publisherId: `${processName}-id`,
    processName,
    event,
    runnerHost: "host",
    sampleNo: -1,
    tag: "shutdown",
  });
}

async function isOver(watch: ShutdownWatch): Promise<void> {
  await until(() => watch.signal.aborted, { what: "the last shutdown" });
}

Deno.test("one shutdown is enough, by name or id, and leaves time for answers", async () => {
  for (const name of ["fio", "fio-id"]) {
    using watch = new ShutdownWatch([name]);
    watch.see(payload("uperf"));
    watch.see(payload("fio", "start"));
    watch.see('"shutdown" of nobody');
    watch.see(payload("fio"));
    assertEquals(watch.signal.aborted, false);
    await isOver(watch);
  }
});

Deno.test("of several names all are waited for", async () => {
  using watch = new ShutdownWatch(["fio", "uperf"]);
  watch.see(payload("fio"));
  watch.see(payload("fio"));
  await new Promise((resolve) => setTimeout(resolve, 700));
  assertEquals(watch.signal.aborted, false);
  watch.see(payload("uperf"));
  await isOver(watch);
});

Deno.test("without a name no publisher is waited for", async () => {
  using watch = new ShutdownWatch([]);
  watch.see(payload("fio"));
  await new Promise((resolve) => setTimeout(resolve, 700));
  assertEquals(watch.signal.aborted, false);
});
