/**
 * Reading what our own peers tell each other beside the wire of 1.0.1.
 *
 * @module
 */

import { type AnswerExtension, EXTENSION_KEY } from "./extension.ts";
import { parseJson } from "../json/json.ts";
import { isRecord, ownValue } from "../payload.ts";

/** Who asks; nothing where the message is no ping. */
export function readPing(text: string): string | undefined {
  if (!text.startsWith(`{"${EXTENSION_KEY}":`)) return undefined;
  const extension = (parseJson(text) as Record<string, unknown>)[EXTENSION_KEY];
  if (!isRecord(extension) || typeof extension.ping !== "string") {
    return undefined;
  }
  return extension.ping;
}

/** What a response says that names the signal that it answers, and nothing else. */
export function answerTo(id: string): AnswerExtension {
  return { id, alive: false, back: false, leave: false };
}

/** Reads what a response says beside its own keys; nothing where a peer of 1.0.1 sent it. */
export function readAnswerExtension(
  record: Record<string, unknown>,
): AnswerExtension | undefined {
  const extension = ownValue(record, EXTENSION_KEY);
  if (!isRecord(extension) || extension.v !== 1) return undefined;
  const { id, alive, back, leave } = extension;
  return {
    id: typeof id === "string" ? id : undefined,
    alive: alive === true,
    back: back === true,
    leave: leave === true,
  };
}
