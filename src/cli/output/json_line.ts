/**
 * Writes one line of NDJSON.
 *
 * @module
 */

/**
 * Writes a record as strict JSON without any character that a terminal would
 * obey. Big integers become numbers; `NaN` and the infinities become null.
 */
export function toJsonLine(record: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(
    record,
    (_, value) => typeof value === "bigint" ? rawNumber(value) : value,
  );
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escape) + "\n";
}

/** JSON.rawJSON, which TypeScript does not know. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

function rawNumber(value: bigint): unknown {
  return rawJson(String(value));
}

function escape(character: string): string {
  let escaped = "";
  for (let n = 0; n < character.length; n++) {
    escaped += `\\u${character.charCodeAt(n).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
