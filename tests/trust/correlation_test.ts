import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Signal, SignalResponder } from "../../mod.ts";
import { joinOnly } from "../support/stage.ts";
import { until } from "../support/wait.ts";
import { isTicketed } from "./forbidden.ts";
import { Reader } from "./reader.ts";
import { onEveryServer } from "./trust_stage.ts";

const ROUNDS = 200;

onEveryServer(
  "a late response of a responder of this module never counts for another signal",
  async (stage) => {
    const responder = await stage.responder();
    const reader = new Reader(responder);
    const exporter = await stage.exporterOf(1, ["start"]);
    let misattributed = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const missed = await exporter.publishSignal("start", { timeout: 2 });
      assertEquals([...missed.missing.values()], ["timeout"]);
      const late = await reader.next("start");
      const publishing = exporter.publishSignal("start");
      const current = await reader.next("start");
      await responder.srespond(late, 1, "for the one before");
      await responder.srespond(current, 0, `round ${round}`);
      const { code, messages } = await publishing;
      const right = code === 1 &&
        messages[responder.responderId] === `round ${round}`;
      if (!right) misattributed++;
    }
    stage.figure(
      `misattributed answers of our peers ${misattributed}/${ROUNDS}`,
    );
    assertEquals(misattributed, 0);
    assertEquals(exporter.counts.stale, ROUNDS);
    assertEquals(exporter.counts.late, 0);
  },
);

onEveryServer(
  "concurrent publishes of one event each get their own responses",
  async (stage) => {
    const count = 50;
    const responders = [await stage.responder(), await stage.responder()];
    const readers = responders.map((responder) => new Reader(responder));
    const exporter = await stage.exporterOf(2, ["start"]);
    const publishing = Array.from(
      { length: count },
      (_, sample) => exporter.publishSignal("start", { sample }),
    );
    // All signals arrive before the first response, so no publish waits for another one.
    for (const [index, reader] of readers.entries()) {
      const signals: Signal[] = [];
      while (signals.length < count) signals.push(await reader.next("start"));
      for (const signal of signals.reverse()) {
        const ras = Number(signal.sampleNo) % 2;
        await responders[index]!.srespond(signal, ras, `${signal.sampleNo}`);
      }
    }
    for (
      const [sample, { code, messages }] of (await Promise.all(publishing))
        .entries()
    ) {
      assertEquals(code, sample % 2 === 1 ? 0 : 1);
      assertEquals(Object.values(messages), [`${sample}`, `${sample}`]);
    }
  },
);

onEveryServer(
  "a response by publisher and event is for their only unanswered signal, or refused as ambiguous",
  async (stage) => {
    const responder = await stage.responder();
    const reader = new Reader(responder);
    const exporter = await stage.exporterOf(1, ["start", "stop"]);
    const { publisherId } = exporter;
    await exporter.publishSignal("start", { timeout: 2 });
    const publishing = exporter.publishSignal("start");
    const first = await reader.next("start");
    await reader.next("start");
    const answer = () =>
      responder.respond({ publisherId, event: "start" }, { ras: 1 });
    await assertRejects(answer, Error, "ambiguous");
    await responder.respond({ ...first }, { ras: 0 });
    await answer();
    assert((await publishing).ok);
  },
);

onEveryServer(
  'a stale response dispatches "stray" and is counted as stale',
  async (stage) => {
    const responder = await stage.responder();
    const reader = new Reader(responder);
    const exporter = await stage.exporterOf(1, ["start"]);
    const strays: string[] = [];
    exporter.addEventListener("stray", ({ detail }) => {
      strays.push(`${detail.event} ${detail.ras}: ${detail.reason}`);
    });
    await exporter.publishSignal("start", { timeout: 2 });
    await responder.srespond(await reader.next("start"), 7);
    await until(() => strays.length, { what: "a stray answer" });
    assertEquals(strays, ["start 7: stale"]);
    assertEquals(exporter.counts.stale, 1);
  },
);

/** Metadata that a user may give and that the responder has to show unchanged. */
const METADATA: readonly (Record<string, unknown> | undefined)[] = [
  undefined,
  {},
  { "": 0 },
  { nested: { list: [1, { _ss: "not mine" }], empty: {}, none: null } },
  { text: '"}}', _s: 1, __ss: {} },
];

onEveryServer(
  "metadata arrives as it was given, without the ticket",
  async (stage) => {
    const responder = await stage.responder();
    const reader = new Reader(responder);
    const exporter = await stage.exporterOf(1, ["start"]);
    await stage.traffic();
    for (const metadata of METADATA) {
      const publishing = exporter.publishSignal("start", {
        ...(metadata === undefined ? {} : { metadata }),
      });
      const signal = await reader.next("start");
      assertEquals(Object.hasOwn(signal, "metadata"), metadata !== undefined);
      assertEquals(signal.metadata, metadata);
      await responder.srespond(signal, 1);
      assert((await publishing).ok);
    }
    const ticketed = (await stage.traffic()).filter(isTicketed);
    assertEquals(ticketed.length, METADATA.length);
  },
);

onEveryServer("the reserved key is refused in metadata", async (stage) => {
  await stage.answering();
  const exporter = await stage.exporterOf(1, ["start"]);
  await stage.traffic();
  await assertRejects(
    () => exporter.publishSignal("start", { metadata: { _ss: 1 } }),
    TypeError,
    '"_ss"',
  );
  assertEquals(await stage.traffic(), []);
});

onEveryServer(
  'with correlation "off" no signal has a ticket, and a late response does not count for the next signal',
  async (stage) => {
    const rounds = 5;
    const responder = await stage.responder();
    const held: (() => void)[] = [];
    const answering = answerInOrder(responder, held);
    const exporter = await stage.exporterOf(1, ["start"], {
      correlation: "off",
    });
    let misattributed = 0;
    for (let round = 1; round <= rounds; round++) {
      const slow = { slow: true };
      const missed = await exporter.publishSignal("start", {
        timeout: 2,
        metadata: slow,
      });
      assertEquals(missed.code, 2);
      const publishing = exporter.publishSignal("start", {
        metadata: { slow: false },
      });
      const release = await until(() => held.shift(), { what: "the slow one" });
      release();
      const { acks } = await publishing;
      if (acks.get(responder.responderId)?.ras !== 0) misattributed++;
    }
    assertEquals(misattributed, 0);
    assertEquals((await stage.traffic()).filter(isTicketed), []);
    await responder.close();
    await answering;
  },
);

/** Success, but not before it is released, if that is asked for; failure at once otherwise. */
async function answerInOrder(
  responder: SignalResponder,
  held: (() => void)[],
): Promise<void> {
  for await (const signal of responder) {
    const slow = signal.metadata?.slow;
    if (slow) await new Promise<void>((resolve) => held.push(resolve));
    await responder.srespond(signal, slow ? 1 : 0);
  }
}

onEveryServer(
  "no signal has a ticket before a subscriber that names signals has joined",
  async (stage) => {
    const exporter = await stage.exporter();
    await exporter.initialize(["start"], { expected: ["unknown"] });
    await exporter.publishSignal("start", { timeout: 2 });
    assertEquals((await stage.traffic()).filter(isTicketed), []);
    const joined = exporter.initializeAndWait(1, ["start"], { periodic: 50 });
    await stage.answering(joinOnly);
    assert(await joined);
    await exporter.publishSignal("start", { timeout: 2 });
    assertEquals((await stage.traffic()).filter(isTicketed).length, 1);
  },
);
