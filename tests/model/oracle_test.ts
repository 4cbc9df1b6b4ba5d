/**
 * The oracle of the random model test finds what it looks for: each violation in
 * a record that was made for it, and none where nothing is wrong.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { History } from "./actor.ts";
import type { EpisodeRecord } from "./episode.ts";
import type { ExporterSaid, Line, ResponderSaid, SaidResult } from "./lines.ts";
import { judge } from "./oracle.ts";
import { planOf } from "./plan.ts";

const ID = "id of r1";
const BEGUN = 100_000;

const SUCCESS: SaidResult = {
  code: 0,
  ok: true,
  waited: true,
  acks: { [ID]: { ras: 1, message: "7 r1", latency: 5 } },
  missing: {},
  messages: { [ID]: "7 r1" },
};

const MISSED: SaidResult = {
  ...SUCCESS,
  code: 2,
  ok: false,
  acks: {},
  missing: { [ID]: "timeout" },
  messages: {},
};

/** What is different from one publish, number 7, that one responder acts on. */
interface Difference {
  readonly result?: SaidResult;
  readonly took?: number;
  /** What the responder says instead. */
  readonly responder?: readonly Line<ResponderSaid>[];
  /** What the exporter says besides. */
  readonly exporter?: readonly Line<ExporterSaid>[];
  readonly troubles?: History["troubles"];
  readonly errorOutput?: string;
  readonly isCalm?: boolean;
}

const ACTED: readonly Line<ResponderSaid>[] = [
  { said: "ready", id: ID, at: BEGUN - 6_000 },
  { said: "joined", publisher: "x", at: BEGUN - 5_000 },
  { said: "got", n: 7, listener: 0, at: BEGUN + 2 },
  { said: "acted", n: 7, ras: 1, at: BEGUN + 3 },
];

function recordOf(
  {
    result = SUCCESS,
    took = 8,
    responder = ACTED,
    exporter = [],
    troubles = [],
    errorOutput = "",
    isCalm = false,
  }: Difference,
): EpisodeRecord {
  const history = { endedAt: Infinity, troubles, errorOutput };
  const publish: Line<ExporterSaid>[] = [
    { said: "ready", id: "x", at: BEGUN - 6_000 },
    {
      said: "called",
      n: 7,
      event: "E",
      timeout: 300,
      terms: {},
      roster: [ID],
      at: BEGUN,
    },
    { said: "ack", id: ID, event: "E", latency: 5, at: BEGUN + 6 },
    { said: "settled", n: 7, took, result, at: BEGUN + took },
  ];
  return {
    plan: { ...planOf(1), weather: isCalm ? "calm" : "storm" },
    exporters: [{
      ...history,
      name: "x1",
      role: "exporter",
      id: "x",
      lines: [...publish, ...exporter].sort((one, other) => one.at - other.at),
    }],
    responders: [{
      ...history,
      name: "r1",
      role: "ours",
      id: ID,
      lines: responder,
    }],
    finale: [],
    happened: [],
    wire: [],
  };
}

const CASES: Readonly<Record<string, readonly [Difference, string[]]>> = {
  "a publish that its subscriber has acted on": [{ isCalm: true }, []],
  "a credit to a responder that has not acted": [
    { responder: [] },
    ["false success"],
  ],
  "a credit before the responder has acted": [
    { responder: [{ said: "acted", n: 7, ras: 1, at: BEGUN + 50 }] },
    ["false success"],
  ],
  "a credit as quick as that of an earlier publish": [
    {
      exporter: [
        { said: "ack", id: ID, event: "E", latency: 5, at: BEGUN - 50 },
      ],
    },
    [],
  ],
  "a success credited that was a failure": [
    { responder: [{ said: "acted", n: 7, ras: 0, at: BEGUN + 3 }] },
    ["false success"],
  ],
  "the message of another publish": [
    { result: { ...SUCCESS, messages: { [ID]: "6 r1" } } },
    ["misattributed"],
  ],
  "a loss of a process that was there": [
    { result: { ...MISSED, missing: { [ID]: "lost" } } },
    ["false loss"],
  ],
  "a loss of a process that was stopped": [
    {
      result: { ...MISSED, missing: { [ID]: "lost" } },
      troubles: [{ what: "SIGSTOP", from: BEGUN - 900, to: BEGUN + 9 }],
    },
    [],
  ],
  "a loss of a publisher that was there": [
    {
      responder: [
        ...ACTED,
        { said: "publisher-lost", publisher: "x", at: BEGUN + 100 },
      ],
    },
    ["false loss"],
  ],
  "a goodbye of a process that was there": [
    {
      exporter: [{ said: "unsubscribe", id: ID, why: "left", at: BEGUN + 50 }],
    },
    ["wrong goodbye"],
  ],
  "a signal that is acted on twice": [
    {
      responder: [
        ...ACTED,
        { said: "acted", n: 7, ras: 1, at: BEGUN + 4 },
      ],
    },
    ["acted twice"],
  ],
  "a signal that was not sent and was acted on": [
    { result: { ...MISSED, missing: { [ID]: "unsent" } } },
    ["acted on unsent"],
  ],
  "a publish past its deadline": [
    { result: MISSED, took: 450 },
    ["past deadline"],
  ],
  "a publish past its deadline on an event loop that stood still": [
    {
      result: MISSED,
      took: 450,
      exporter: [{ said: "stall", ms: 140, at: BEGUN + 445 }],
    },
    [],
  ],
  "a subscriber that is not accounted for": [
    {
      result: { ...SUCCESS, acks: {}, messages: {}, waited: false, ok: false },
    },
    ["wrong accounting"],
  ],
  "a responder that nobody expected": [
    {
      result: {
        ...MISSED,
        missing: { [ID]: "timeout", stranger: "timeout" },
      },
    },
    ["wrong accounting"],
  ],
  "a code that does not follow": [
    { result: { ...MISSED, code: 1 } },
    ["wrong accounting"],
  ],
  "an error that nothing has caught": [
    { exporter: [{ said: "uncaught", error: "oh", at: BEGUN }] },
    ["uncaught"],
  ],
  "what a process writes on stderr": [
    { errorOutput: "oh" },
    ["uncaught", "uncaught"],
  ],
  "a publish that fails in calm weather": [
    { result: MISSED, isCalm: true },
    ["calm failure"],
  ],
};

for (const [name, [difference, expected]] of Object.entries(CASES)) {
  const what = expected.length === 0 ? "no violation" : expected[0];
  Deno.test(`to the oracle ${name} is ${what}`, () => {
    const kinds = judge(recordOf(difference)).map(({ kind }) => kind);
    assertEquals(kinds, expected as typeof kinds);
  });
}

Deno.test("to the oracle the loss of an id is false only where all its processes were there", () => {
  const record = recordOf({
    result: { ...MISSED, missing: { [ID]: "lost" } },
  });
  const [one] = record.responders;
  const kindsWith = (other: Partial<History<ResponderSaid>>) =>
    judge({
      ...record,
      responders: [one!, { ...one!, name: "r2", ...other }],
    }).map(({ kind }) => kind);
  assertEquals(kindsWith({}), ["false loss"]);
  assertEquals(kindsWith({ endedAt: BEGUN - 900 }), []);
});

Deno.test("to the oracle a publish that never settles is a violation", () => {
  const record = recordOf({});
  const [exporter] = record.exporters;
  const lines = exporter!.lines.filter(({ said }) => said !== "settled");
  const kinds = judge({
    ...record,
    exporters: [{ ...exporter!, lines }],
  }).map(({ kind }) => kind);
  assertEquals(kinds, ["never settles"]);
});
