/** What exporters and responders show of themselves. */
import { assertEquals } from "@std/assert";
import { SignalExporter, SignalResponder } from "../../mod.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";

const PLAIN = { colors: false, breakLength: Infinity };

Deno.test("console.log of an exporter shows its id, its state and its roster", async () => {
  const redis = new MemoryTransport();
  const exporter = await SignalExporter.connect("fio", { redis });
  const { publisherId } = exporter;
  const shown = () => Deno.inspect(exporter, PLAIN);
  const view = (state: string, subscribers: string) =>
    `SignalExporter { publisherId: "${publisherId}", state: ${state}, subscribers: ${subscribers} }`;
  assertEquals(shown(), view('"not initialized"', "Set(0) {}"));
  await exporter.initialize(["start"], { expected: ["vm-1"] });
  assertEquals(shown(), view('"initialization"', 'Set(1) { "vm-1" }'));
  await exporter.publishSignal("start", { timeout: 0 });
  assertEquals(shown(), view('"start"', 'Set(1) { "vm-1" }'));
  await exporter.close();
  assertEquals(shown(), view('"closed"', "Set(0) {}"));
});

Deno.test("console.log of a responder shows its id, its state and its locks", async () => {
  const redis = new MemoryTransport();
  const responder = await SignalResponder.connect({ redis, id: "vm-1" });
  responder.lockTag("blue");
  const shown = () => Deno.inspect(responder, PLAIN);
  const view = (state: string) =>
    `SignalResponder { responderId: "vm-1", state: "${state}", lockedId: undefined, lockedTag: "blue" }`;
  assertEquals(shown(), view("listening"));
  await responder.close();
  assertEquals(shown(), view("closed"));
});

Deno.test("an acknowledgement and a new subscriber carry the responder's name", async () => {
  const redis = new MemoryTransport();
  await using responder = await SignalResponder.connect({ redis, name: "vm" });
  const served = responder.serve({ start: () => {} });
  await using exporter = await SignalExporter.connect("fio", { redis });
  const joined: string[] = [];
  exporter.addEventListener(
    "subscribe",
    ({ detail }) => joined.push(detail.name),
  );
  await exporter.initializeAndWait(1, ["start"]);
  const { acks } = await exporter.publishSignal("start");
  assertEquals([...acks.values()].map(({ name }) => name), ["vm"]);
  assertEquals(joined, ["vm"]);
  await responder.close();
  await served;
});
