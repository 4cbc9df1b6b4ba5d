/**
 * Shows subscribers and answers of a publish as they come, and its result.
 *
 * @module
 */
import type { AckDetail, ProgressDetail } from "../../signals/events.ts";
import type { SignalExporter } from "../../signals/exporter/exporter.ts";
import type {
  MissingReason,
  PublishResult,
} from "../../signals/exporter/publish_result.ts";
import { Column } from "./column.ts";
import { counted } from "./counted.ts";
import { clip } from "./observation_line.ts";
import { join, type Line, line, paint } from "./line.ts";
import { lastLineOf, withMessage } from "./message_lines.ts";
import type { Report } from "./output.ts";
import { peerNames, shortPeerNames } from "./peer_name.ts";
import { alignTime, formatTime } from "./time.ts";

/** Most names in the live line. */
const MAX_NAMES = 5;

/** Shows the events of an exporter. */
export class AnswerView {
  readonly #exporter: SignalExporter;
  readonly #output: Report;
  readonly #names = new Column();
  #expected = 0;
  #event: string | undefined;
  readonly #answered = new Set<string>();
  /** The latest progress message of each subscriber. */
  readonly #said = new Map<string, string>();

  constructor(exporter: SignalExporter, output: Report) {
    this.#exporter = exporter;
    this.#output = output;
    exporter.addEventListener("subscribe", ({ detail }) => {
      output.result(undefined, {
        type: "subscriber",
        responder_id: detail.responderId,
      });
      this.#show();
    });
    exporter.addEventListener("stop-requested", ({ detail }) => {
      const { responderId, name, reason } = detail;
      output.result(
        line`${paint("red", "stop   ")}  ${clip(name)} asks for it: ${reason}`,
        { type: "stop-requested", responder_id: responderId, reason },
      );
    });
    exporter.addEventListener("ack", ({ detail }) => this.#ack(detail));
    exporter.addEventListener(
      "progress",
      ({ detail }) => this.#progress(detail),
    );
  }

  /** Shows that the command waits for so many subscribers. */
  expect(count: number): void {
    this.#expected = count;
    this.#show();
  }

  /** Shows that the command waits for the answers to an event. */
  begin(event: string): void {
    this.#event = event;
    this.#answered.clear();
    this.#said.clear();
    const { subscribers } = this.#exporter;
    const name = peerNames(subscribers);
    for (const id of subscribers) this.#names.expect(clip(name(id)));
    this.#show();
  }

  /**
   * Writes the missing answers and the result of a publish.
   *
   * @param input The line of standard input that the event stands on.
   */
  async end(
    event: string,
    result: PublishResult,
    input?: number,
  ): Promise<void> {
    this.#event = undefined;
    this.#output.status(undefined);
    const name = peerNames([...result.acks.keys(), ...result.missing.keys()]);
    for (const [responderId, reason] of result.missing) {
      this.#output.result(
        line`${paint("yellow", "missing")}  ${
          this.#names.pad(clip(name(responderId)))
        }  ${MISSING[reason]}`,
        { type: "missing", responder_id: responderId, event, reason },
      );
    }
    await this.#output.result(
      line`${event}: ${verdict(result)} in ${formatTime(result.elapsed)}`,
      {
        type: "result",
        ...(input === undefined ? {} : { line: input }),
        event,
        code: result.code,
        ok: result.ok,
        waited: result.waited,
        receivers: result.receivers,
        elapsed_ms: result.elapsed,
      },
    );
  }

  #ack({ responderId, event, ras, message, latency }: AckDetail): void {
    this.#answered.add(responderId);
    const how = ras === 1 ? paint("green", "ok     ") : paint("red", "failed ");
    const name = peerNames(this.#exporter.subscribers)(responderId);
    const said = ras === 1 ? message ?? "" : lastLineOf(message ?? "");
    const row = line`${how}  ${this.#names.pad(clip(name))}  ${
      alignTime(latency)
    }  ${clip(said)}`;
    this.#output.result(
      ras === 1 ? row : withMessage(row, message ?? ""),
      {
        type: "answer",
        responder_id: responderId,
        event,
        ras,
        ...(message === undefined ? {} : { message }),
        latency_ms: latency,
      },
    );
    this.#show();
  }

  #progress({ responderId, event, message }: ProgressDetail): void {
    this.#output.result(undefined, {
      type: "progress",
      responder_id: responderId,
      event,
      ...(message === undefined ? {} : { message }),
    });
    if (message !== undefined) this.#said.set(responderId, message);
    this.#show();
  }

  #show(): void {
    if (!this.#output.live) return;
    const { subscribers } = this.#exporter;
    if (this.#event === undefined) {
      this.#output.status(
        line`${subscribers.size} of ${this.#expected} subscribers …`,
      );
      return;
    }
    const name = shortPeerNames(subscribers);
    const owing = [...subscribers].filter((id) => !this.#answered.has(id));
    if (owing.length === 0) return this.#output.status(undefined);
    const named = owing.slice(0, MAX_NAMES).map((id) => {
      const said = this.#said.get(id);
      return said === undefined
        ? line`${clip(name(id))}`
        : line`${clip(name(id))} (${clip(said)})`;
    });
    const more = owing.length - named.length;
    this.#output.status(
      line`${
        subscribers.size - owing.length
      } of ${subscribers.size}, waiting for ${join(named, ", ")}${
        more > 0 ? ` and ${more} more` : ""
      } …`,
    );
  }
}

/** Why an answer is missing: the words that follow the subscriber's name. */
export const MISSING: Readonly<Record<MissingReason, string>> = {
  timeout: "did not answer in time",
  lost: "is gone without a word",
  left: "has left",
  removed: "was taken off the roster",
  uncertain: "may have answered an earlier signal only",
  unsent: "never got the signal: its turn did not come in time",
  disconnected: "the link to the server was down",
  shutdown: "the publisher shut down",
  closed: "the publisher was closed",
  unneeded: "was not needed any more",
};

function verdict(
  { acks, code, missing, receivers, waited }: PublishResult,
): Line {
  if (!waited) {
    const others = receivers === undefined
      ? ""
      : `; ${counted(receivers, "connection")} got it`;
    return paint(
      "yellow",
      `published, with no subscriber to wait for${others}`,
    );
  }
  const all = acks.size + missing.size;
  const failed = [...acks.values()].filter(({ ras }) => ras !== 1).length;
  const failures = failed > 0 ? [`${failed} failed`] : [];
  const successes = `${acks.size - failed} of ${all} succeeded`;
  if (code === 0) return paint("green", [successes, ...failures].join(", "));
  if (missing.size > 0) failures.push(`${missing.size} missing`);
  return paint(
    "red",
    failures.length > 0
      ? `${failures.join(", ")} of ${all}`
      : `${successes}, which is too few`,
  );
}
