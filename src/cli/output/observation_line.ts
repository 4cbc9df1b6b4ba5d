/**
 * Writes an observation as a line for people, or as a record for machines.
 *
 * @module
 */
import { toJsonLine } from "./json_line.ts";
import { join, type Line, line, paint } from "./line.ts";
import { peerName } from "../../protocol/peer_name.ts";
import type { Observation } from "../channel_monitor.ts";
import { formatClock, formatTime } from "./time.ts";
import { responseRecord, signalRecord } from "./wire_record.ts";
import { EXTENSION_KEY } from "../../protocol/extension/extension.ts";
import {
  DEFAULT_SAMPLE,
  DEFAULT_TAG,
  INITIALIZATION,
  type Signal,
} from "../../protocol/signal/signal.ts";
import type { Response } from "../../protocol/response/response.ts";

/** Most characters of one field. */
const MAX_FIELD = 200;

/**
 * An observation for people.
 *
 * @param began When listening began, in milliseconds since the epoch;
 * `undefined`: the line tells the time of day in place of the time since then.
 */
export function observationLine(
  observation: Observation,
  began: number | undefined,
): Line {
  const { time } = observation;
  const shown = began === undefined
    ? formatClock(time)
    // The user may have set the clock back meanwhile.
    : `+${formatTime(Math.max(0, time - began))}`.padStart(11);
  return line`${paint("dim", shown)}  ${textOf(observation)}`;
}

/** An observation for machines. */
export function observationRecord(
  observation: Observation,
): Record<string, unknown> {
  const { kind } = observation;
  const time = new Date(observation.time).toISOString();
  switch (observation.kind) {
    case "signal":
      return { type: kind, time, ...signalRecord(observation.signal) };
    case "response":
      return { type: kind, time, ...responseRecord(observation.response) };
    case "malformed": {
      const { channel, reason, payload } = observation;
      return { type: kind, time, channel, reason, payload };
    }
    case "down":
      return { type: kind, time, reason: observation.reason };
    case "up":
      return { type: kind, time, missing_ms: observation.missing };
    case "dropped":
      return { type: kind, time, count: observation.count };
  }
}

function textOf(observation: Observation): Line {
  switch (observation.kind) {
    case "signal":
      return signalText(observation.signal);
    case "response":
      return responseText(observation.response);
    case "malformed":
      return paint(
        "yellow",
        `passed over a message: ${clip(observation.reason)}`,
      );
    case "down":
      return paint("red", `the link is down: ${clip(observation.reason)}`);
    case "up":
      return paint(
        "yellow",
        `the link is back; ${formatTime(observation.missing)} may be missing`,
      );
    case "dropped":
      return paint(
        "yellow",
        `too much at a time: ${observation.count} dropped`,
      );
  }
}

function signalText(signal: Signal): Line {
  const { processName, event, runnerHost, sampleNo, tag, metadata } = signal;
  const details = [
    ...(runnerHost === "unknown" ? [] : [line`on ${clip(runnerHost)}`]),
    ...(sampleNo == DEFAULT_SAMPLE ? [] : [line`sample ${sampleNo}`]),
    ...(tag === DEFAULT_TAG ? [] : [line`tag ${clip(tag)}`]),
    ...(metadata === undefined ? [] : [line`${clip(toJsonLine(metadata))}`]),
  ];
  return join([
    paint("cyan", clip(processName)),
    line`${clip(event)}`,
    paint("dim", join(details, " ")),
  ], " ");
}

function responseText(response: Response): Line {
  const { responderId, publisherId, event, message } = response;
  const to = line`  ${paint("blue", clip(peerName(responderId)))} to ${
    clip(peerName(publisherId))
  }`;
  const verdict = verdictOf(response);
  return event === EXTENSION_KEY
    ? line`${to}: ${verdict}`
    : line`${to} ${clip(event)}: ${verdict} ${clip(message ?? "")}`;
}

function verdictOf({ event, ras, extension }: Response): Line {
  if (ras === 1) return paint("green", "ok");
  if (ras !== undefined) return paint("red", `failed (${ras})`);
  // Messages of this module's peers that are no answers.
  if (event === EXTENSION_KEY) {
    return paint(
      "dim",
      extension?.leave ? "leaves" : extension?.back ? "is back" : "is there",
    );
  }
  return paint("dim", event === INITIALIZATION ? "joins" : "is at work");
}

/** A field, cut if it is too long for a line. */
export function clip(text: string): string {
  return text.length <= MAX_FIELD ? text : `${text.slice(0, MAX_FIELD)}…`;
}
