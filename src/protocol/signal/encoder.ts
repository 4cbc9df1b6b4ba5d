/**
 * Writes signals.
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

  /**
   * @param identity The publisher and its host.
   * @throws {TypeError} If a field is not a string; names the field.
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
   * Writes a signal without its metadata and its closing brace, so that
   * {@linkcode closeSignal} can add metadata.
   *
   * @param signal The signal without the publisher.
   * @returns The JSON text, its keys in the order of the Python package.
   * @throws {TypeError} If a peer could not read a field; names the field.
   */
  encodeOpen(
    { event, sampleNo, tag }: Pick<Signal, "event" | "sampleNo" | "tag">,
  ): string {
    return this.#identity + encodeString("signal", "event", event) +
      this.#host + encodeSampleNo(sampleNo) +
      `,"tag":${encodeString("signal", "tag", tag)}`;
  }
}

/**
 * Adds metadata and the closing brace to a signal.
 *
 * @param open The signal, by {@linkcode SignalEncoder.encodeOpen}.
 * @param fields The metadata, by {@linkcode encodeFields}.
 */
export function closeSignal(open: string, fields: string | undefined): string {
  return fields === undefined ? `${open}}` : `${open},"metadata":{${fields}}}`;
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
 * Writes metadata without their braces, so that a ticket can be added.
 *
 * @returns The JSON text; `undefined` if there are no metadata.
 * @throws {TypeError} If a part of the metadata cannot be sent; names it by its path.
 */
export function encodeFields(metadata: unknown): string | undefined {
  if (metadata === undefined) return undefined;
  // The signal itself is one level of the limit.
  const text = stringifyJson(metadata, "metadata", {
    maxDepth: MAX_JSON_DEPTH - 1,
  });
  // The text is checked, because toJSON may have turned an object into any value.
  if (!text.startsWith("{")) {
    throw fieldError("signal", "metadata", "a plain object", metadata);
  }
  return text.slice(1, -1);
}
