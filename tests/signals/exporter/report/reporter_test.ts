import { assertEquals } from "@std/assert";
import { controlChannel } from "../../../../src/protocol/extension/own_channels.ts";
import {
  encodeRecorderNotice,
  type ExporterReport,
  parseExporterReport,
  RECORDER_PERIOD,
} from "../../../../src/protocol/extension/report.ts";
import { SignalExporter } from "../../../../src/signals/exporter/exporter.ts";
import { MemoryTransport } from "../../../../src/transport/memory.ts";
import { FakeTime } from "../../../support/fake_time.ts";

/** An exporter that is initialized, and what it reports. */
async function exporting() {
  const redis = new MemoryTransport();
  const reports: ExporterReport[] = [];
  await redis.subscribe([controlChannel()], {
    message: (text) => {
      const report = parseExporterReport(text);
      if (report !== undefined) reports.push(report);
    },
  });
  const exporter = await SignalExporter.connect<string>("fio", { redis });
  await exporter.initialize(["a"]);
  const announce = async (id: string, leave = false) => {
    await redis.publish(controlChannel(), encodeRecorderNotice({ id, leave }));
    await settled();
  };
  const publish = async () => {
    await exporter.publishSignal("a");
    await settled();
  };
  /** What was reported since the last call. */
  const told = () => reports.splice(0).map(({ what }) => what);
  return { exporter, announce, publish, told };
}

/** Lets messages in memory arrive. */
async function settled(): Promise<void> {
  for (let n = 0; n < 50; n++) await Promise.resolve();
}

Deno.test("a recorder that falls silent is forgotten, and one that goes on is not", async () => {
  using time = new FakeTime();
  const { exporter, announce, publish, told } = await exporting();
  await announce("one");
  await announce("two");
  assertEquals(told(), ["roster", "roster"]);
  for (let n = 0; n < 5; n++) {
    time.tick(RECORDER_PERIOD);
    await announce("two");
  }
  await publish();
  assertEquals(told(), ["result"]);
  time.tick(4 * RECORDER_PERIOD);
  assertEquals(time.pending, 0);
  await publish();
  assertEquals(told(), []);
  await announce("one");
  assertEquals(told(), ["roster"]);
  await exporter.close();
});

Deno.test("the last recorder that says goodbye ends the reports", async () => {
  using time = new FakeTime();
  const { exporter, announce, publish, told } = await exporting();
  await announce("one");
  await announce("two");
  await announce("one", true);
  await publish();
  assertEquals(told(), ["roster", "roster", "result"]);
  await announce("two", true);
  time.tick(2_000);
  await publish();
  assertEquals(told(), []);
  assertEquals(time.pending, 0);
  await exporter.close();
});

Deno.test("what an exporter did in its first second is kept for a recorder, and no longer", async () => {
  using time = new FakeTime();
  const { exporter, announce, publish, told } = await exporting();
  await publish();
  time.tick(900);
  await announce("one");
  assertEquals(told(), ["result", "roster"]);
  await exporter.close();

  const other = await exporting();
  await other.publish();
  time.tick(1_100);
  await other.publish();
  await other.announce("one");
  assertEquals(other.told(), ["roster"]);
  await other.exporter.close();
});

Deno.test("what is no notice of a recorder is passed over", async () => {
  using _time = new FakeTime();
  const { exporter, announce, told } = await exporting();
  for (const id of ["", "a b", "x".repeat(65)]) await announce(id);
  assertEquals(told(), []);
  for (let n = 0; n < 120; n++) await announce(`recorder-${n}`);
  assertEquals(told().length, 100);
  await exporter.close();
});
