/**
 * Writing signals.
 *
 * @module
 */

import { encodeString, fieldError } from "../field.ts";
import { MAX_JSON_DEPTH } from "../json/limits.ts";
import { stringifyJson } from "../json/writer.ts";
import type { Signal } from "./signal.ts";

/** Writes the signals of one publisher. */
export class SignalEncoder {
  readonly #identity: string;
  readonly #host: string;
  /** The event that was written last, which the next signal is likely to have, and what its signals begin with. */
  #last: { readonly event: string; readonly text: string } | undefined;

  /**
   * @param identity Who publishes, and where.
   * @throws {TypeError} If a field is not a string; names it.
   */
  constructor(
    { publisherId, processName, runnerHost }: Pick<
      Signal,
      "publisherId" | "processName" | "runnerHost"
    >,
  ) {
    const id = encodeString("signal", "publisherId", publisherId);
    const name = encodeString("signal", "processName", processName);
    const host = encodeString("signal", "runnerHost", runnerHost);
    this.#identity = `{"publisher_id":${id},"process_name":${name},"event":`;
    this.#host = `,"runner_host":${host},"sample_no":`;
  }

  /**
   * Writes a signal but for its metadata and the brace that ends it, so that
   * more can be added.
   *
   * @param signal What differs from one to the next.
   * @returns The JSON text, its keys in the order of the reference.
   * @throws {TypeError} If a field is not what every peer can read; names it.
   */
  encodeOpen(
    { event, sampleNo, tag }: Pick<Signal, "event" | "sampleNo" | "tag">,
  ): string {
    return this.#begin(event) + encodeSampleNo(sampleNo) +
      `,"tag":${encodeString("signal", "tag", tag)}`;
  }

  #begin(event: string): string {
    const last = this.#last;
    if (last !== undefined && last.event === event) return last.text;
    const text = this.#identity + encodeString("signal", "event", event) +
      this.#host;
    this.#last = { event, text };
    return text;
  }
}

/**
 * The text of a signal that was left open.
 *
 * @param fields Its metadata, as {@linkcode encodeFields} writes them.
 */
export function closeSignal(open: string, fields: string | undefined): string {
  return fields === undefined ? `${open}}` : `${open},"metadata":{${fields}}}`;
}

/**
 * Writes a signal as the payload of the signal channel.
 *
 * @param signal The signal.
 * @returns The JSON text, its keys in the order of the reference.
 * @throws {TypeError} If a field is not what every peer can read; names the
 * field.
 */
export function encodeSignal(signal: Signal): string {
  return closeSignal(
    new SignalEncoder(signal).encodeOpen(signal),
    encodeFields(signal.metadata),
  );
}

function encodeSampleNo(sampleNo: unknown): string {
  if (typeof sampleNo !== "bigint" && !Number.isSafeInteger(sampleNo)) {
    throw fieldError(
      "signal",
      "sampleNo",
      "a safe integer or a bigint",
      sampleNo,
    );
  }
  return typeof sampleNo === "number"
    ? String(sampleNo)
    : stringifyJson(sampleNo, "sampleNo");
}

/**
 * Writes metadata but for their braces, so that more can be added.
 *
 * @returns Nothing where there are none.
 * @throws {TypeError} If something in them cannot be sent; names it by its path.
 */
export function encodeFields(metadata: unknown): string | undefined {
  if (metadata === undefined) return undefined;
  // One level of the limit is the signal itself.
  const text = stringifyJson(metadata, "metadata", {
    maxDepth: MAX_JSON_DEPTH - 1,
  });
  // Asked of the text, as toJSON may have turned an object into anything.
  if (!text.startsWith("{")) {
    throw fieldError("signal", "metadata", "a plain object", metadata);
  }
  return text.slice(1, -1);
}
