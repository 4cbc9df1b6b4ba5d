import { assert, assertEquals, assertRejects } from "@std/assert";
import type { PublishOptions, PublishResult } from "../../mod.ts";
import { type Answer, joinOnly, succeed } from "../support/stage.ts";
import { Reader } from "./reader.ts";
import { onEveryServer, type TrustStage } from "./trust_stage.ts";

/** Milliseconds that a wait takes which does not end early. */
const WAIT = 3_000;

const fail: Answer = ({ event }) =>
  event === "initialization" ? {} : { ras: 0, message: "failed" };

/** The result of a publish for each roster; a `joinOnly` responder does not answer. */
const ENDINGS: readonly {
  readonly name: string;
  readonly roster: readonly Answer[];
  readonly options: PublishOptions;
  readonly code: number;
  readonly acks: number;
  /** Whether the publish settles before the timeout. */
  readonly early: boolean;
}[] = [
  {
    name: "'all' waits for the last response",
    roster: [succeed, succeed, joinOnly],
    options: { until: "all" },
    code: 2,
    acks: 2,
    early: false,
  },
  {
    name: "a count that is reached is enough",
    roster: [succeed, succeed, joinOnly],
    options: { until: { count: 2 } },
    code: 0,
    acks: 2,
    early: true,
  },
  {
    name: "a failure is not counted as success",
    roster: [succeed, fail, joinOnly],
    options: { until: { count: 2 } },
    code: 2,
    acks: 2,
    early: false,
  },
  {
    name: "a count is reached in spite of a failure",
    roster: [succeed, fail, succeed],
    options: { until: { count: 2 } },
    code: 0,
    acks: NaN,
    early: true,
  },
  {
    name: "a quorum that is reached is enough",
    roster: [succeed, succeed, joinOnly],
    options: { until: { quorum: 0.6 } },
    code: 0,
    acks: 2,
    early: true,
  },
  {
    name: "a quorum is rounded up",
    roster: [succeed, joinOnly, joinOnly],
    options: { until: { quorum: 0.5 } },
    code: 2,
    acks: 1,
    early: false,
  },
  {
    name: "a count above the number of subscribers is never reached",
    roster: [succeed, succeed],
    options: { until: { count: 3 } },
    code: 2,
    acks: 2,
    early: true,
  },
  {
    name: "with failFast the first failure ends the publish",
    roster: [fail, joinOnly],
    options: { failFast: true },
    code: 1,
    acks: 1,
    early: true,
  },
  {
    name: "without failFast a failure does not end the publish",
    roster: [fail, joinOnly],
    options: {},
    code: 2,
    acks: 1,
    early: false,
  },
];

onEveryServer(
  "a publish settles when `until` is reached, or with failFast at the first failure",
  async (stage) => {
    // Every responder is locked first: without a lock it would join every exporter.
    await Promise.all(
      ENDINGS.map(({ roster }, index) =>
        lock(stage, `ending ${index}`, roster)
      ),
    );
    await Promise.all(ENDINGS.map(async (ending, index) => {
      const { name, code, acks, early } = ending;
      const result = await end(stage, `ending ${index}`, ending);
      const { elapsed, ok, missing } = result;
      assertEquals(result.code, code, name);
      assertEquals(ok, code === 0, name);
      if (!Number.isNaN(acks)) assertEquals(result.acks.size, acks, name);
      assertEquals(
        elapsed < WAIT - 500,
        early,
        `${name}: over after ${elapsed} ms`,
      );
      const reasons = new Set(missing.values());
      assertEquals(
        reasons.delete(early ? "unneeded" : "timeout"),
        missing.size > 0,
        name,
      );
      assertEquals(reasons.size, 0, name);
    }));
  },
);

async function lock(
  stage: TrustStage,
  tag: string,
  roster: typeof ENDINGS[number]["roster"],
): Promise<void> {
  for (const answer of roster) {
    await stage.answering(answer, { tag });
  }
}

async function end(
  stage: TrustStage,
  tag: string,
  { roster, options }: typeof ENDINGS[number],
): Promise<PublishResult> {
  const exporter = await stage.exporter();
  await exporter.initializeAndWait(roster.length, ["start"], { tag });
  return await exporter.publishSignal("start", {
    ...options,
    tag,
    timeout: WAIT,
  });
}

onEveryServer(
  "a response to a settled publish does not count for the next publish",
  async (stage) => {
    const python = await stage.python({
      "*": { ras: 1 },
      start: { ras: 1, message: "late", held: true },
    });
    const slow = await stage.responder();
    const reader = new Reader(slow);
    await stage.answering();
    const exporter = await stage.exporterOf(3, ["start"]);
    const { ok, missing } = await exporter.publishSignal("start", {
      until: { count: 1 },
    });
    assert(ok);
    assertEquals([...missing.values()], ["unneeded", "unneeded"]);
    while ((await python.nextSignal()).event !== "start");
    await python.listen({ "*": { ras: 1, message: "current" } });
    const publishing = exporter.publishSignal("start");
    await python.release();
    await slow.srespond(await reader.next("start"), 1, "late");
    await slow.srespond(await reader.next("start"), 1, "current");
    assertEquals(Object.values((await publishing).messages), [
      "current",
      "current",
    ]);
  },
  { python: true },
);

onEveryServer(
  'each acknowledgement dispatches "ack" when it arrives',
  async (stage) => {
    const responders = [await stage.responder(), await stage.responder()];
    const readers = responders.map((each) => new Reader(each));
    const exporter = await stage.exporterOf(2, ["start"]);
    const acks = new EventTarget();
    const told: unknown[] = [];
    exporter.addEventListener("ack", ({ detail }) => {
      told.push([detail.responderId, detail.event, detail.ras, detail.message]);
      acks.dispatchEvent(new Event("ack"));
    });
    const publishing = exporter.publishSignal("start");
    for (const [index, responder] of responders.entries()) {
      const signal = await readers[index]!.next("start");
      const came = new Promise((resolve) =>
        acks.addEventListener("ack", resolve, { once: true })
      );
      await responder.srespond(signal, index, `${index}`);
      await came;
      assertEquals(told.length, index + 1);
    }
    assertEquals((await publishing).code, 1);
    assertEquals(
      told,
      responders.map(({ responderId }, n) => [responderId, "start", n, `${n}`]),
    );
  },
);

onEveryServer(
  "publish options that can't be used are refused, and no message is sent",
  async (stage) => {
    await stage.answering();
    const exporter = await stage.exporterOf(1, ["start"]);
    const refused: PublishOptions[] = [
      { until: { count: 0 } },
      { until: { count: 1.5 } },
      { until: { quorum: 0 } },
      { until: { quorum: 1.1 } },
      { until: { quorum: NaN } },
      { idleTimeout: -1 },
    ];
    await stage.traffic();
    for (const options of refused) {
      await assertRejects(
        () => exporter.publishSignal("start", options),
        RangeError,
      );
    }
    assertEquals(await stage.traffic(), []);
  },
);
