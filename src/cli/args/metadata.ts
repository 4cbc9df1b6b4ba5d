/**
 * Reads metadata from the command line.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
import { stringifyJson } from "../../protocol/json/writer.ts";
import { isRecord } from "../../protocol/payload.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads `--metadata KEY=VALUE`, each value a text, and `--metadata-json`, an
 * object. A KEY overrides the same key of the object.
 *
 * @returns The metadata; `undefined` if neither option is given.
 * @throws {UsageError} If one of them can't be read.
 */
export function metadataOf(
  args: Arguments,
): Record<string, unknown> | undefined {
  const json = args.text("metadata-json");
  const pairs = args.texts("metadata").map(pairOf);
  if (json === undefined && pairs.length === 0) return undefined;
  return checkMetadata({
    ...(json === undefined ? {} : objectOf(json, "--metadata-json")),
    ...Object.fromEntries(pairs),
  });
}

/**
 * Reads metadata as a JSON object.
 *
 * @param json The object.
 * @param name What it is for.
 * @param below What its keys are put on top of.
 * @throws {UsageError} If the object can't be read, or can't be sent.
 */
export function readMetadata(
  json: string,
  name: string,
  below: Record<string, unknown> = {},
): Record<string, unknown> {
  return checkMetadata({ ...below, ...objectOf(json, name) });
}

function checkMetadata(
  metadata: Record<string, unknown>,
): Record<string, unknown> {
  try {
    stringifyJson(metadata, "metadata");
    return metadata;
  } catch (error) {
    // JSON that can be read, such as NaN, can't always be sent.
    throw new UsageError((error as Error).message);
  }
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(
    `Cannot use --metadata as it must be KEY=VALUE: current value is ${
      JSON.stringify(text)
    }`,
  );
}

function objectOf(text: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(
      `Cannot use ${name} as it must be JSON: ${error.message}`,
    );
  }
  if (isRecord(value)) return value;
  throw new UsageError(
    `Cannot use ${name} as it must be a JSON object`,
  );
}
