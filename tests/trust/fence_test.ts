import { assert, assertEquals } from "@std/assert";
import type { PythonResponder } from "../support/python_peer.ts";
import { onEveryServer, type TrustStage } from "./trust_stage.ts";

const PYTHON = { python: true };

const RESPONDERS = 5;
const ROUNDS = 10;
/** Milliseconds that Python works on a signal so that the exporter misses its response. */
const WORK = 400;

/** A response that arrives after the timeout of the exporter. */
const LATE = { ras: 1, message: "late", delay: WORK };
const CURRENT = { ras: 1, message: "current" };

onEveryServer(
  "a late response of a Python responder never counts for the next signal",
  async (stage) => {
    const rounds = RESPONDERS * ROUNDS;
    let misattributed = 0;
    const pythons: PythonResponder[] = [];
    await Promise.all(Array.from({ length: RESPONDERS }, async (_, index) => {
      // Each exporter has a responder of its own, which locks the exporter's tag.
      const tag = `pair ${index}`;
      const python = await stage.python({});
      pythons.push(python);
      await python.lockTag(tag);
      await python.listen({ "*": CURRENT });
      const exporter = await stage.exporter();
      assert(
        await exporter.initializeAndWait(1, ["start"], {
          tag,
          periodic: 200,
        }),
      );
      for (let round = 1; round <= ROUNDS; round++) {
        await python.listen({ start: LATE, "*": CURRENT });
        const missed = await exporter.publishSignal("start", {
          tag,
          timeout: 5,
        });
        assertEquals([...missed.missing.values()], ["timeout"]);
        await sees(python, "start");
        await python.listen({ "*": CURRENT });
        const { ok, messages } = await exporter.publishSignal("start", { tag });
        assert(ok);
        if (messages[python.responderId] !== "current") misattributed++;
        await sees(python, "start");
      }
      const { late, stale } = exporter.counts;
      assertEquals(late + stale, ROUNDS);
    }));
    const byReference = await misattributedByReference(stage, pythons);
    stage.figure(
      `misattributed answers of Python's responders ${misattributed}/${rounds} (the reference: ${byReference}/${RESPONDERS})`,
    );
    assertEquals(misattributed, 0);
    // If the reference made no mistake, this test would prove nothing.
    assert(byReference > 0);
  },
  PYTHON,
);

/**
 * The number of late responses, one per responder, that Python's exporter takes
 * for current ones.
 */
async function misattributedByReference(
  stage: TrustStage,
  pythons: readonly PythonResponder[],
): Promise<number> {
  const exporter = await stage.pythonExporter();
  const all = (act: (python: PythonResponder) => Promise<void>) =>
    Promise.all(pythons.map(act));
  await all((python) => python.unlock());
  await exporter.initializeAndWait(RESPONDERS, ["start"]);
  await all((python) =>
    python.listen({ start: { ...LATE, delay: 1_600 }, "*": CURRENT })
  );
  const missed = await exporter.publishSignal("start", { timeout: 1_000 });
  assertEquals(missed.code, 2);
  // Python's exporter looks every 100 ms and sees only the newest message.
  await all((python) => python.listen({ "*": { ...CURRENT, delay: 500 } }));
  const { messages } = await exporter.publishSignal("start");
  return Object.values(messages).filter((each) => each === "late").length;
}

onEveryServer(
  "a Python responder that does not catch up in time is uncertain, and its late response does not count",
  async (stage) => {
    const python = await stage.python({ "*": CURRENT });
    const exporter = await stage.exporterOf(1, ["start"]);
    await python.listen({ start: { ...LATE, delay: 700 }, "*": CURRENT });
    await exporter.publishSignal("start", { timeout: 5 });
    const { code, missing, acks, elapsed } = await exporter.publishSignal(
      "start",
      // The late response arrives within the timeout.
      { timeout: 1_000 },
    );
    assertEquals([code, acks.size], [2, 0]);
    assertEquals([...missing], [[python.responderId, "uncertain"]]);
    assert(elapsed >= 400, `waited ${elapsed} ms beyond the fence`);
    assertEquals(exporter.counts.stale + exporter.counts.late, 1);
  },
  PYTHON,
);

onEveryServer(
  "a Python responder that missed three signals in a row counts again when it has caught up",
  async (stage) => {
    const python = await stage.python({ "*": CURRENT });
    const exporter = await stage.exporterOf(1, ["start"]);
    await python.listen({ start: { ...LATE, delay: 250 }, "*": CURRENT });
    for (let sample = 1; sample <= 3; sample++) {
      const { code } = await exporter.publishSignal("start", {
        sample,
        timeout: 20,
      });
      assertEquals(code, 2);
    }
    const takenUp = takeUp(python, "start", 4);
    const { ok } = await exporter.publishSignal("start", { sample: 4 });
    const now = performance.now();
    assert(ok);
    const worked = now - await takenUp;
    assert(worked > 150, `counted ${worked} ms after sample 4 was taken up`);
  },
  PYTHON,
);

onEveryServer(
  "a response to an initialization from before the missed signal does not pass the fence",
  async (stage) => {
    const python = await stage.python({ "*": CURRENT });
    await python.listen({ "*": { ...CURRENT, delay: 150 } });
    const exporter = await stage.exporter();
    await exporter.initialize(["start"], { expected: [python.responderId] });
    const { code } = await exporter.publishSignal("start", {
      sample: 1,
      timeout: 20,
    });
    assertEquals(code, 2);
    const takenUp = takeUp(python, "start", 2);
    const { ok } = await exporter.publishSignal("start", { sample: 2 });
    const now = performance.now();
    assert(ok);
    const worked = now - await takenUp;
    assert(worked > 100, `counted ${worked} ms after sample 2 was taken up`);
  },
  PYTHON,
);

onEveryServer(
  "a fence is sent only for a Python responder that has missed the same event",
  async (stage) => {
    const python = await stage.python({ "*": CURRENT });
    await stage.answering();
    const exporter = await stage.exporterOf(2, ["start", "stop"]);
    const asked = async () =>
      (await stage.traffic()).filter(({ payload }) =>
        JSON.parse(payload).event === "initialization" &&
        "tag" in JSON.parse(payload)
      ).length;
    await asked();
    for (let sample = 1; sample <= 3; sample++) {
      assert((await exporter.publishSignal("start", { sample })).ok);
    }
    assertEquals(await asked(), 0);
    await python.listen({ start: LATE, "*": CURRENT });
    await exporter.publishSignal("start", { timeout: 5 });
    // Its response to "start" precedes its response to "stop".
    assert((await exporter.publishSignal("stop")).ok);
    assert((await exporter.publishSignal("start")).ok);
    assertEquals(await asked(), 0);
    await exporter.publishSignal("start", { timeout: 5 });
    assert((await exporter.publishSignal("start")).ok);
    assertEquals(await asked(), 1);
  },
  PYTHON,
);

/** Reads on up to an event. */
async function sees(python: PythonResponder, event: string): Promise<void> {
  while ((await python.nextSignal()).event !== event);
}

/** The time when Python took up a sample, by `performance.now()`. */
async function takeUp(
  python: PythonResponder,
  event: string,
  sample: number,
): Promise<number> {
  for (;;) {
    const signal = await python.nextSignal();
    if (signal.event === event && signal.sample_no === sample) {
      return performance.now();
    }
  }
}
