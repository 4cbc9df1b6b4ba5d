/**
 * Recordings as tests write them.
 *
 * @module
 */
import {
  encodeEntry,
  type Entry,
  type EntryBody,
} from "../../../src/cli/recording/recording.ts";
import { RecordingReader } from "../../../src/cli/recording/recording_reader.ts";
import { TimelineBuilder } from "../../../src/cli/timeline/builder.ts";
import type { Timeline } from "../../../src/cli/timeline/model.ts";

/** When the recordings of tests begin. */
export const NOON: number = Date.parse("2025-06-01T12:00:00Z");

const UUID = "0b8f7c1e-1111-4222-8333-0123456789ab";

/** A recording in the making; moments are in milliseconds. */
export class RecordingScript {
  readonly #lines: string[] = [];
  #start = 0;

  constructor() {
    this.add(0, { type: "recording", version: 1, server: "redis://host:6379" });
  }

  /** The file's text. */
  get text(): string {
    return this.#lines.join("");
  }

  /** Lets moment 0 of the lines that follow be so long after noon. */
  startAt(ms: number): this {
    this.#start = ms;
    return this;
  }

  /** Adds a line. */
  add(t: number, body: EntryBody): this {
    const at = new Date(NOON + this.#start + t).toISOString();
    this.#lines.push(encodeEntry({ at, t, ...body } as Entry));
    return this;
  }

  /** A signal, and fields to replace those that it has. */
  signal(t: number, process: string, event: string, fields: object = {}): this {
    const payload = JSON.stringify({
      publisher_id: `${process}-${UUID}`,
      process_name: process,
      event,
      runner_host: "host-1",
      sample_no: -1,
      tag: "No tag specified",
      ...fields,
    });
    return this.add(t, { type: "signal", payload });
  }

  /** An answer; without `ras` and message it is a sign of progress. */
  answer(
    t: number,
    process: string,
    event: string,
    responder: string,
    fields: object = {},
  ): this {
    const payload = JSON.stringify({
      responder_id: `${responder}-${UUID}-resp`,
      publisher_id: `${process}-${UUID}`,
      event,
      ...fields,
    });
    return this.add(t, { type: "response", payload });
  }

  /** What is drawn of it. */
  build(): Timeline {
    const reader = new RecordingReader();
    const builder = new TimelineBuilder();
    for (const line of this.#lines) builder.add(reader.take(line)!);
    return builder.build(reader.started);
  }
}
