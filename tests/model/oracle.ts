/**
 * Holds what an exporter claims against what the responders really did.
 *
 * @module
 */

import type { EpisodeRecord } from "./episode.ts";
import { type Deed, Evidence, type Publish, stalled } from "./evidence.ts";
import type { SaidResult } from "./lines.ts";
import { falseLosses, wrongGoodbyes } from "./losses.ts";

/** Every kind of violation; each must be found 0 times. */
export const VIOLATIONS = [
  /** An acknowledgement is credited of a responder that has not acted on that publish. */
  "false success",
  /** A message of another publish. */
  "misattributed",
  /** A process is called lost that runs, and whose link was up. */
  "false loss",
  /** A subscriber is taken off the roster although a process of it is there. */
  "wrong goodbye",
  /** A process acts on a signal twice. */
  "acted twice",
  /** A process acts on what the exporter says was not sent. */
  "acted on unsent",
  /** A publish settles more than 100 ms after its deadline, or after an abort. */
  "past deadline",
  /** A publish never settles. */
  "never settles",
  /** Acknowledgements and missing ones are not the roster, or the code does not follow from them. */
  "wrong accounting",
  /** An error that nothing has caught. */
  "uncaught",
  /** In calm weather a publish does not succeed. */
  "calm failure",
  /** After the end of all faults a responder is not on the roster. */
  "absent",
  /** After the end of all faults the second publish does not succeed. */
  "never counts",
] as const;

/** A violation. */
export interface Violation {
  readonly kind: typeof VIOLATIONS[number];
  /** What was claimed, and what is true. */
  readonly text: string;
  /** The publish that it is about. */
  readonly n?: number;
}

/** Milliseconds after its deadline in which a publish settles. */
const GRACE = 100;
/** Milliseconds by which clocks of processes may differ. */
const CLOCKS = 3;

/** Judges an episode. */
export function judge(record: EpisodeRecord): Violation[] {
  const evidence = new Evidence(record);
  return [
    ...evidence.publishes.flatMap((publish) => [
      ...falseSuccesses(publish, evidence),
      ...unsentDeeds(publish, evidence),
      ...latePublishes(publish),
      ...wrongAccounts(publish),
      ...calmFailures(publish, evidence),
    ]),
    ...falseLosses(evidence),
    ...wrongGoodbyes(evidence),
    ...repeatedDeeds(evidence),
    ...uncaughtErrors(evidence),
    ...record.finale.flatMap(({ kind, text }): Violation[] =>
      kind === "beyond the bound" ? [] : [{ kind, text }]
    ),
  ];
}

function falseSuccesses(
  { called: { n, event }, end, exporter }: Publish,
  evidence: Evidence,
): Violation[] {
  if (end?.said !== "settled") return [];
  const { acks, messages } = end.result;
  const found: Violation[] = [];
  for (const [id, { ras, latency, message }] of Object.entries(acks)) {
    const deeds = evidence.deeds(n).filter((deed) =>
      deed.id === id && deed.ras === ras
    );
    // An earlier publish may have had the same latency to the last digit.
    const counted = exporter.lines.filter((line) =>
      line.said === "ack" && line.id === id && line.latency === latency &&
      line.event === event && line.at <= end.at
    ).map(({ at }) => at);
    const by = (counted.length > 0 ? Math.max(...counted) : end.at) + CLOCKS;
    if (!deeds.some(({ at }) => at <= by)) {
      found.push({
        kind: "false success",
        n,
        text:
          `publish ${n} (${event}) credits ${id} with ras ${ras} at ${by}: ${
            said(deeds)
          }`,
      });
    }
    found.push(...misattributed(n, id, message));
  }
  for (const [id, message] of Object.entries(messages)) {
    found.push(...misattributed(n, id, message));
  }
  return found;
}

function misattributed(
  n: number,
  id: string,
  message: string | undefined,
): Violation[] {
  if (message === undefined || message.startsWith(`${n} `)) return [];
  return [{
    kind: "misattributed",
    n,
    text: `publish ${n} has the message "${message}" of ${id}`,
  }];
}

function said(deeds: readonly Deed[]): string {
  if (deeds.length === 0) return "it has not acted";
  return deeds.map(({ process, at }) => `${process} acted at ${at}`).join(", ");
}

function unsentDeeds(
  { called: { n }, end }: Publish,
  evidence: Evidence,
): Violation[] {
  if (end === undefined) return [];
  const isUnsent = end.said === "rejected"
    ? end.outcome === "not-sent"
    : Object.values(end.result.missing).includes("unsent");
  const got = evidence.got(n);
  if (!isUnsent || got.length === 0) return [];
  return [{
    kind: "acted on unsent",
    n,
    text: `publish ${n} was not sent, and ${got.join(", ")} got it`,
  }];
}

function latePublishes(
  { called, end, aborted, exporter }: Publish,
): Violation[] {
  const { n, at } = called;
  const deadline = Math.min(
    at + (called.timeout ?? Infinity),
    aborted?.at ?? Infinity,
  );
  if (end === undefined) {
    const judgedAt = exporter.endedAt;
    if (judgedAt < deadline + 5_000) return []; // it was killed before
    return [{ kind: "never settles", n, text: `publish ${n} has not settled` }];
  }
  const settledAt = at + end.took;
  const late = settledAt - deadline - stalled(exporter, deadline, settledAt);
  if (late <= GRACE) return [];
  return [{
    kind: "past deadline",
    n,
    text: `publish ${n} settled ${Math.round(late)} ms late: ${end.said}`,
  }];
}

function wrongAccounts(publish: Publish): Violation[] {
  const { called, end, exporter } = publish;
  if (end?.said !== "settled") return [];
  const { n, roster, at } = called;
  const { result } = end;
  const owed = [...Object.keys(result.acks), ...Object.keys(result.missing)];
  const during = exporter.lines.filter((line) =>
    line.at >= at && line.at <= end.at + 1
  );
  const came = during.flatMap((line) =>
    line.said === "subscribe" ? [line.id] : []
  );
  const isCleared = during.some((line) =>
    line.said === "did" && line.what === "shutdown"
  );
  const went = during.flatMap((line) =>
    line.said === "unsubscribe" ? [line.id] : []
  );
  const complaints = [
    ...(new Set(owed).size < owed.length ? ["counts a responder twice"] : []),
    ...owed.filter((id) => !roster.includes(id) && !came.includes(id))
      .map((id) => `counts ${id}, which was not on the roster`),
    ...roster.filter((id) =>
      !owed.includes(id) && !isCleared && !went.includes(id)
    ).map((id) => `does not count ${id}, which was on the roster`),
    ...wrongCode(publish, result),
  ];
  return complaints.map((complaint) => ({
    kind: "wrong accounting",
    n,
    text: `publish ${n} ${complaint}: ${JSON.stringify(result)}`,
  }));
}

function wrongCode(
  { called: { terms: { until = "all" } } }: Publish,
  { code, ok, waited, acks, missing }: SaidResult,
): string[] {
  const all = Object.values(acks);
  const successes = all.filter(({ ras }) => ras === 1).length;
  const size = all.length + Object.keys(missing).length;
  const enough = until === "all"
    ? undefined
    : "count" in until
    ? until.count
    : Math.ceil(size * until.quorum);
  const isMissing = Object.values(missing).some((why) => why !== "unneeded");
  const expected = enough !== undefined && successes >= enough
    ? 0
    : isMissing
    ? 2
    : successes < all.length
    ? 1
    : enough !== undefined
    ? 2
    : 0;
  const complaints: string[] = [];
  if (code !== expected) complaints.push(`has not the code ${expected}`);
  if (waited !== size > 0) complaints.push("does not know whether it waited");
  if (ok !== (size > 0 && code === 0)) complaints.push("has not the right ok");
  return complaints;
}

function calmFailures(
  { called: { n, event }, end }: Publish,
  { record: { plan } }: Evidence,
): Violation[] {
  if (plan.weather !== "calm") return [];
  if (end?.said === "settled" && end.result.ok) return [];
  const text = `publish ${n} (${event}) did not succeed: ${
    JSON.stringify(end)
  }`;
  return [{ kind: "calm failure", n, text }];
}

function repeatedDeeds({ record }: Evidence): Violation[] {
  return record.responders.flatMap(({ name, lines }) => {
    const seen = new Set<string>();
    return lines.flatMap((line): Violation[] => {
      if (line.said !== "acted" && line.said !== "got") return [];
      const listener = line.said === "got" ? line.listener : 0;
      const key = `${line.said} ${line.n} ${listener}`;
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      const text = `${name} ${line.said} publish ${line.n} twice`;
      return [{ kind: "acted twice", n: line.n, text }];
    });
  });
}

function uncaughtErrors({ record }: Evidence): Violation[] {
  return [...record.exporters, ...record.responders].flatMap(
    ({ name, lines, errorOutput }): Violation[] => {
      const texts = lines.flatMap((line) =>
        line.said === "uncaught" ? [line.error] : []
      );
      if (errorOutput !== "") texts.push(errorOutput);
      return texts.map((text) => ({
        kind: "uncaught",
        text: `${name}: ${text}`,
      }));
    },
  );
}
