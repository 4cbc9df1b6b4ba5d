/**
 * Who was called lost, or was taken off a roster, although a process of it was
 * there. What was really down, stopped or dead is no violation.
 *
 * @module
 */

import type { History } from "./actor.ts";
import { type Evidence, isInOrder } from "./evidence.ts";
import type { ExporterSaid, Moment, ResponderSaid } from "./lines.ts";
import type { Violation } from "./oracle.ts";

/** Milliseconds from a question to the loss that it proves. */
const QUESTION = 700;

/** Milliseconds in which a confirmed answer has arrived, where all is in order. */
const DELIVERY = 300;

/** Losses that exporters and responders tell of, of peers that were there. */
export function falseLosses(evidence: Evidence): Violation[] {
  return [...lostSubscribers(evidence), ...lostPublishers(evidence)];
}

function lostSubscribers(evidence: Evidence): Violation[] {
  return evidence.publishes.flatMap(({ called, end, exporter }) => {
    if (end?.said !== "settled") return [];
    const [from, to] = [called.at - QUESTION, end.at];
    return Object.entries(end.result.missing).flatMap(
      ([id, why]): Violation[] => {
        // Of several processes of one id only the current one may be lost.
        const processes = evidence.processesOf(id).filter(({ lines }) =>
          lines.some(({ said, at }) => said === "ready" && at < to)
        );
        const isFalse = why === "lost" && processes.length > 0 &&
          processes.every((each) => isInOrder(each, from, to)) &&
          isInOrder(exporter, from, to);
        if (!isFalse) return [];
        const { n } = called;
        return [{ kind: "false loss", n, text: `publish ${n} has lost ${id}` }];
      },
    );
  });
}

function lostPublishers({ record }: Evidence): Violation[] {
  return record.responders.flatMap((responder) =>
    responder.lines.flatMap((line): Violation[] => {
      if (line.said !== "publisher-lost") return [];
      const publisher = record.exporters.find(({ id }) =>
        id === line.publisher
      );
      const [from, to] = [line.at - QUESTION, line.at];
      const isFalse = publisher !== undefined &&
        isInOrder(publisher, from, to) && isInOrder(responder, from, to);
      if (!isFalse) return [];
      const text = `${responder.name} has lost ${publisher.name} at ${line.at}`;
      return [{ kind: "false loss", text }];
    })
  );
}

/** Ids that were taken off a roster as lost or as having left, although a process of them was there. */
export function wrongGoodbyes(evidence: Evidence): Violation[] {
  return evidence.record.exporters.flatMap((exporter) =>
    exporter.lines.flatMap((line): Violation[] => {
      if (line.said !== "unsubscribe") return [];
      const { id, why, at } = line;
      if (why !== "lost" && why !== "left") return [];
      const there = evidence.processesOf(id).find((process) =>
        hasJoined(process, exporter, at) &&
        isInOrder(process, at - QUESTION, at) &&
        isInOrder(exporter, at - QUESTION, at)
      );
      if (there === undefined) return [];
      const text =
        `${exporter.name} took ${id} off as ${why} at ${at}, and ${there.name} was there`;
      return [{ kind: "wrong goodbye", text }];
    })
  );
}

/** Whether a process had answered the `initialization` of the session that was open then. */
function hasJoined(
  { lines, id }: History<ResponderSaid>,
  exporter: History<ExporterSaid>,
  by: Moment,
): boolean {
  const begun =
    exporter.lines.findLast((line) =>
      line.said === "did" && line.at < by &&
      (line.what === "shutdown" || line.what === `remove ${id}`)
    )?.at ?? -Infinity;
  return lines.some((line) =>
    line.said === "joined" && line.publisher === exporter.id &&
    line.at > begun && line.at < by - DELIVERY &&
    isInOrder(exporter, line.at, line.at)
  );
}
