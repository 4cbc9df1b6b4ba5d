/**
 * Builds a timeline of a recording's entries.
 *
 * @module
 */
import { takeTicket } from "../../protocol/signal/ticketed_signal.ts";
import { stringifyJson } from "../../protocol/json/writer.ts";
import type { PayloadError } from "../../protocol/payload_error.ts";
import { parseResponse } from "../../protocol/response/response.ts";
import {
  DEFAULT_SAMPLE,
  DEFAULT_TAG,
  SHUTDOWN,
  type Signal,
} from "../../protocol/signal/signal.ts";
import { parseSignal } from "../../protocol/signal/parser.ts";
import { peerName } from "../../protocol/peer_name.ts";
import type { Entry } from "../recording/recording.ts";
import { Answers } from "./answers.ts";
import type { Gap, Lane, Oddity, SignalMark, Span, Timeline } from "./model.ts";
import { phasesOf } from "./phases.ts";

/** Characters of a message that is neither signal nor answer that are kept. */
const MAX_ODDITY = 500;

/** Takes entries in their order, and makes a timeline of them. */
export class TimelineBuilder {
  readonly #lanes = new Map<string, LaneBuilder>();
  readonly #gaps: Gap[] = [];
  readonly #oddities: Oddity[] = [];
  #end = 0;

  /** Takes the next entry. */
  add(entry: Entry): void {
    const { t } = entry;
    switch (entry.type) {
      case "recording":
        if (this.#end > 0) this.#addGap(this.#end, t, "nobody recorded");
        break;
      case "signal":
      case "response":
        this.#addMessage(entry.type, t, entry.payload);
        break;
      case "unreadable":
        this.#oddities.push({
          at: t,
          channel: entry.channel,
          reason: entry.reason,
        });
        break;
      case "gap":
        this.#addGap(t - entry.duration, t, entry.reason);
    }
    this.#end = Math.max(this.#end, t);
  }

  /**
   * Ends the timeline.
   *
   * @param started Milliseconds since 1970 at which its moment 0 was.
   */
  build(started: number): Timeline {
    return {
      started,
      end: this.#end,
      lanes: this.#lanes.values()
        .map((lane) => lane.build(this.#end, this.#gaps)).toArray(),
      gaps: this.#gaps,
      oddities: this.#oddities,
    };
  }

  #addGap(from: number, to: number, reason: string): void {
    this.#gaps.push({ from: Math.max(0, from), to, reason });
  }

  #addMessage(channel: "signal" | "response", at: number, payload: string) {
    try {
      if (channel === "signal") {
        const { signal, ticket } = takeTicket(parseSignal(payload));
        const lane = this.#lane(signal.publisherId);
        lane.introduce(signal);
        lane.mark(signal, at);
        lane.answers.publish(signal.event, at, ticket);
      } else {
        const response = parseResponse(payload);
        this.#lane(response.publisherId).answers.respond(response, at);
      }
    } catch (error) {
      const { reason } = error as PayloadError;
      payload = payload.slice(0, MAX_ODDITY);
      this.#oddities.push({ at, channel, reason, payload });
    }
  }

  #lane(publisherId: string): LaneBuilder {
    const known = this.#lanes.get(publisherId);
    if (known !== undefined) return known;
    const lane = new LaneBuilder(publisherId);
    this.#lanes.set(publisherId, lane);
    return lane;
  }
}

class LaneBuilder {
  readonly answers = new Answers();
  readonly #publisherId: string;
  readonly #signals: SignalMark[] = [];
  readonly #lives: Span[] = [];
  #born: number | undefined;
  #processName: string | undefined;
  #runnerHost = "";

  constructor(publisherId: string) {
    this.#publisherId = publisherId;
  }

  introduce({ processName, runnerHost }: Signal): void {
    this.#processName = processName;
    this.#runnerHost = runnerHost;
  }

  mark({ event, sampleNo, tag, metadata }: Signal, at: number): void {
    this.#signals.push({
      at,
      event,
      ...(sampleNo !== DEFAULT_SAMPLE && { sample: String(sampleNo) }),
      ...(tag !== DEFAULT_TAG && { tag }),
      ...(metadata !== undefined && {
        metadata: stringifyJson(metadata, "metadata", { anyNumber: true }),
      }),
    });
    this.#born ??= at;
    if (event === SHUTDOWN) this.#die(at);
  }

  build(end: number, gaps: readonly Gap[]): Lane {
    this.#die(end);
    return {
      publisherId: this.#publisherId,
      processName: this.#processName ?? peerName(this.#publisherId),
      runnerHost: this.#runnerHost,
      lives: this.#lives,
      signals: this.#signals,
      phases: phasesOf(this.#signals, end),
      ...this.answers.build(end, gaps),
    };
  }

  #die(at: number): void {
    if (this.#born === undefined) return;
    this.#lives.push({ from: this.#born, to: at });
    this.#born = undefined;
  }
}
