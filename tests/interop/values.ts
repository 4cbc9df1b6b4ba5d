/**
 * Values that are easily lost between two languages: in TypeScript, as JSON that
 * Python can read, and in the ASCII notation of Python.
 *
 * @module
 */

/** A text. */
export interface TextCase {
  readonly text: string;
  /** The output of Python's `ascii()`. */
  readonly python: string;
}

/** Metadata. */
export interface MetadataCase {
  readonly metadata: Record<string, unknown>;
  readonly json: string;
  /** The output of Python's `ascii()`. */
  readonly python: string;
}

/** Texts; the first one can be used as a name. */
export const TEXTS: readonly [TextCase, ...TextCase[]] = [
  {
    text: "Prüfung ✓ 日本語 🚀",
    python: "'Pr\\xfcfung \\u2713 \\u65e5\\u672c\\u8a9e \\U0001f680'",
  },
  {
    text: "\" ' \\ / \b\f\n\r\t \0 \x1f \x7f \u2028 \u2029 \ufeff",
    python: `'" \\' \\\\ / \\x08\\x0c\\n\\r\\t \\x00 \\x1f \\x7f ` +
      `\\u2028 \\u2029 \\ufeff'`,
  },
  {
    text: "lone \ud800 and \udc00 and \udc00\ud800",
    python: "'lone \\ud800 and \\udc00 and \\udc00\\ud800'",
  },
  { text: "\\u0041 is no A", python: "'\\\\u0041 is no A'" },
  { text: "x".repeat(100_000), python: `'${"x".repeat(100_000)}'` },
];

const DEEP = 200;
const deepJson = '{"a":'.repeat(DEEP) + "[]" + "}".repeat(DEEP);
// `__proto__` in an object literal would set the prototype.
const withProto = '{"__proto__":{"polluted":true},"constructor":1}';

/** Metadata, also with values that JSON.parse can't distinguish. */
export const METADATA: readonly MetadataCase[] = [
  {
    metadata: { yes: true, no: false, nothing: null, list: [1, ["a", {}]] },
    json: '{"yes":true,"no":false,"nothing":null,"list":[1,["a",{}]]}',
    python:
      "{'yes': True, 'no': False, 'nothing': None, 'list': [1, ['a', {}]]}",
  },
  {
    metadata: {
      safe: 9007199254740991,
      big: 9007199254740993n,
      huge: 2n ** 100n,
      negative: -(2n ** 63n),
    },
    json: '{"safe":9007199254740991,"big":9007199254740993,' +
      '"huge":1267650600228229401496703205376,"negative":-9223372036854775808}',
    python: "{'safe': 9007199254740991, 'big': 9007199254740993, " +
      "'huge': 1267650600228229401496703205376, " +
      "'negative': -9223372036854775808}",
  },
  {
    metadata: { half: 1.5, small: 1e-7, tiny: 5e-324, third: 1 / 3 },
    json: '{"half":1.5,"small":1e-7,"tiny":5e-324,' +
      '"third":0.3333333333333333}',
    python: "{'half': 1.5, 'small': 1e-07, 'tiny': 5e-324, " +
      "'third': 0.3333333333333333}",
  },
  {
    metadata: { "1": "one", "": "empty", "日本\ud800": "\udfff" },
    json: '{"1":"one","":"empty","日本\\ud800":"\\udfff"}',
    python: "{'1': 'one', '': 'empty', '\\u65e5\\u672c\\ud800': '\\udfff'}",
  },
  {
    metadata: JSON.parse(withProto),
    json: withProto,
    python: "{'__proto__': {'polluted': True}, 'constructor': 1}",
  },
  {
    metadata: JSON.parse(deepJson),
    json: deepJson,
    python: deepJson.replaceAll('"a":', "'a': "),
  },
];

/** Sample numbers and their notation in Python. */
export const SAMPLES: readonly {
  readonly sample: number | bigint;
  readonly python: string;
}[] = [
  { sample: 0, python: "0" },
  { sample: 7, python: "7" },
  { sample: -5, python: "-5" },
  { sample: 2 ** 40, python: "1099511627776" },
  { sample: 2n ** 63n, python: "9223372036854775808" },
];
