import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { until } from "../support/wait.ts";
import { Reader } from "./reader.ts";
import { onEveryServer } from "./trust_stage.ts";

/** Milliseconds that none of these tests should take: what ends early, ends long before. */
const LONG = 20_000;

onEveryServer(
  'a response without ras dispatches "progress" and extends the idle timeout',
  async (stage) => {
    const responder = await stage.responder();
    const reader = new Reader(responder);
    const exporter = await stage.exporterOf(1, ["start"]);
    const progress: unknown[] = [];
    exporter.addEventListener("progress", ({ detail }) => {
      progress.push(detail);
    });
    const publishing = exporter.publishSignal("start", {
      idleTimeout: 1_500,
      timeout: LONG,
    });
    const signal = await reader.next("start");
    for (const message of ["warming up", "running", undefined, "almost"]) {
      await delay(450);
      await responder.respond(signal, message === undefined ? {} : { message });
    }
    await responder.srespond(signal, 1, "done");
    const { ok, elapsed, messages } = await publishing;
    assert(ok);
    assert(elapsed > 1_500, `over after ${elapsed} ms`);
    assertEquals(messages, { [responder.responderId]: "done" });
    const { responderId } = responder;
    assertEquals(
      progress,
      ["warming up", "running", undefined, "almost"].map((message) => ({
        responderId,
        event: "start",
        message,
      })),
    );
  },
);

onEveryServer(
  "a publish without further progress ends at its idle timeout",
  async (stage) => {
    const responder = await stage.responder();
    const reader = new Reader(responder);
    const exporter = await stage.exporterOf(1, ["start"]);
    const publishing = exporter.publishSignal("start", {
      idleTimeout: 150,
      timeout: LONG,
    });
    await responder.respond(await reader.next("start"), { message: "once" });
    const { missing, elapsed } = await publishing;
    assertEquals([...missing.values()], ["timeout"]);
    assert(elapsed > 145 && elapsed < LONG, `over after ${elapsed} ms`);
  },
);

onEveryServer(
  "progress of an earlier signal does not extend the idle timeout",
  async (stage) => {
    const responder = await stage.responder();
    const reader = new Reader(responder);
    const exporter = await stage.exporterOf(1, ["start"]);
    await exporter.publishSignal("start", { timeout: 5 });
    const old = await reader.next("start");
    const publishing = exporter.publishSignal("start", {
      idleTimeout: 500,
      timeout: LONG,
    });
    let told = 0;
    exporter.addEventListener("progress", () => told++);
    await reader.next("start");
    for (let n = 0; n < 12; n++) {
      await delay(250);
      await responder.respond(old, { message: "still at the old one" });
    }
    const { elapsed } = await publishing;
    // It would be 3,500 ms if the last sign of the old one counted.
    assert(elapsed < 2_500, `over after ${elapsed} ms`);
    assertEquals(told, 0);
  },
);

onEveryServer(
  'progress of a Python responder dispatches "progress"',
  async (stage) => {
    const python = await stage.python({
      initialization: {},
      start: { message: "still at it" },
    });
    const exporter = await stage.exporterOf(1, ["start"]);
    const progress: unknown[] = [];
    exporter.addEventListener("progress", ({ detail }) => {
      progress.push(detail.message);
    });
    const publishing = exporter.publishSignal("start", { timeout: LONG });
    await until(() => progress.length, { what: "a sign of progress" });
    const { publisherId } = exporter;
    await python.respond({ publisherId, event: "start" }, { ras: 1 });
    assert((await publishing).ok);
    assertEquals(progress, ["still at it"]);
  },
  { python: true },
);
