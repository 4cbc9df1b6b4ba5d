/**
 * How the function of `once()` ended, as text that goes to all parties.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
import { isRecord, ownValue } from "../../protocol/payload.ts";
import { name, refuse, text } from "../meeting/message.ts";
import { MAX_NAME } from "../meeting/terms.ts";
import { encodeValue, MAX_VALUE } from "../meeting/value.ts";

/** Most characters of an error's message; what is longer is cut. */
const MAX_TEXT = 8 * 1024;

/** A value as JSON, where there is one; or the name and message of an error. */
export type OnceOutcome =
  | { readonly json?: string; readonly error?: undefined }
  | { readonly error: string; readonly message: string };

/** The outcome of a function that returned; a value that can't be sent makes it an error. */
export function outcomeOfValue(value: unknown): OnceOutcome {
  const json = encodeValue(value, "the value of run");
  return json === undefined ? {} : { json };
}

/** The value of a function that returned. */
export function valueOf({ json }: { readonly json?: string }): unknown {
  return json === undefined ? undefined : parseJson(json);
}

/** The outcome of a function that threw, whatever it threw. */
export function outcomeOfError(thrown: unknown): OnceOutcome {
  try {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return {
      error: `${error.name}`.slice(0, MAX_NAME) || "Error",
      message: `${error.message}`.slice(0, MAX_TEXT),
    };
  } catch {
    const message = "The function failed with an error that can't be shown";
    return { error: "Error", message };
  }
}

/** Reads an outcome. */
export function readOutcome(value: unknown): OnceOutcome {
  if (!isRecord(value)) return refuse();
  const error = ownValue(value, "error");
  if (error !== undefined) {
    const message = text(ownValue(value, "message"), MAX_TEXT);
    return { error: name(error), message };
  }
  const json = ownValue(value, "json");
  if (json === undefined) return {};
  const outcome = { json: text(json, MAX_VALUE) };
  valueOf(outcome); // a SyntaxError where it is none
  return outcome;
}
