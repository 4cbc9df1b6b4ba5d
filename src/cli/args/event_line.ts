/**
 * An event as it stands on a line of standard input.
 *
 * @module
 */
import { readMetadata } from "./metadata.ts";
import { checkOwnEvent, sampleFrom } from "./signal_fields.ts";
import { UsageError } from "./usage_error.ts";

/** An event, and what the line says beside it. */
export interface EventLine {
  readonly event: string;
  readonly sample: bigint | undefined;
  readonly metadata: Record<string, unknown> | undefined;
}

/**
 * Reads `EVENT [SAMPLE] [JSON METADATA]`.
 *
 * @param text The line.
 * @param metadata What its metadata are put on top of.
 * @returns The event; `undefined` for a blank line.
 * @throws {UsageError} If the line is anything else.
 */
export function parseEventLine(
  text: string,
  metadata?: Record<string, unknown>,
): EventLine | undefined {
  const line = text.trim();
  if (line === "") return undefined;
  const [event, afterEvent] = splitWord(line);
  if (event.startsWith("{")) {
    throw new UsageError("EVENT is missing before the JSON metadata");
  }
  checkOwnEvent(event);
  const [word, afterSample] = splitWord(afterEvent);
  const hasSample = word !== "" && !word.startsWith("{");
  const json = hasSample ? afterSample : afterEvent;
  return {
    event,
    sample: hasSample ? sampleFrom(word, "SAMPLE") : undefined,
    metadata: json === ""
      ? metadata
      : readMetadata(json, "the metadata", metadata),
  };
}

/** The first word of a text, and what stands behind it. */
function splitWord(text: string): [string, string] {
  const end = text.search(/\s/);
  return end === -1
    ? [text, ""]
    : [text.slice(0, end), text.slice(end).trimStart()];
}
