/**
 * The recorded behaviour of the Python package, as typed data.
 *
 * @module
 */

import { parseJson } from "../../src/protocol/json/json.ts";

/** A payload that Python encoded, and the fields it was encoded from. */
export interface EncodedVector<Fields> {
  readonly fields: Fields;
  readonly payload: string;
}

/** A payload that Python received, and what it made of it. */
export interface AcceptedVector {
  readonly case: string;
  readonly payload: string;
  readonly python: {
    readonly yields?: readonly Record<string, unknown>[] | string;
    readonly returns?: Record<string, unknown> | string | null;
    readonly raises?: string;
  };
}

interface Vectors {
  readonly signals_encoded: readonly EncodedVector<
    Record<string, unknown> | "see payload"
  >[];
  readonly responses_encoded: readonly EncodedVector<Record<string, unknown>>[];
  readonly responder_accepts: readonly AcceptedVector[];
  readonly exporter_accepts: readonly AcceptedVector[];
}

/** All vectors; read by our own parser, as they hold integers beyond 2^53. */
export const vectors = parseJson(
  Deno.readTextFileSync(new URL("./vectors.json", import.meta.url)),
) as Vectors;
