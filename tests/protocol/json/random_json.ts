/**
 * Seeded random values and JSON texts.
 *
 * @module
 */

import type { Random } from "../../support/random.ts";

const STRINGS = [
  "",
  "plain",
  'quote " back\\slash /',
  "\u0000\b\f\n\r\t\u001f\u007f\u2028",
  "日本語 🚀",
  "\ud800 lone",
  "lone \udc00",
  "\\",
  '\\"',
  "{[,:]}",
  "12345678901234567890",
  "__proto__",
  "constructor",
  "toString",
  "1",
];

/** A random JSON value; bigints beyond the safe range are among the leaves. */
export function randomValue(random: Random, depth = 4): unknown {
  switch (random.int(0, depth > 0 ? 9 : 7)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return Math.floor((random.next() - 0.5) * 2 ** 53);
    case 3:
      return (random.next() - 0.5) * 10 ** random.int(-15, 14);
    case 4:
      return randomBigInt(random);
    case 5:
      return random.int(0, 9);
    case 6:
    case 7:
      return randomString(random);
    case 8:
      return Array.from(
        { length: random.int(0, 4) },
        () => randomValue(random, depth - 1),
      );
    default:
      return Object.fromEntries(Array.from(
        { length: random.int(0, 4) },
        () => [randomString(random), randomValue(random, depth - 1)],
      ));
  }
}

/** JSON text of the value, with random white space between the tokens. */
export function randomLayout(random: Random, value: unknown): string {
  const space = () =>
    Array.from({ length: random.int(0, 2) }, () => random.pick([..." \t\n\r"]))
      .join("");
  const write = (value: unknown): string => {
    if (Array.isArray(value)) {
      const items = value.map((item) => write(item) + space());
      return `[${space()}${items.join(`,${space()}`)}]`;
    }
    if (typeof value === "object" && value !== null) {
      const members = Object.entries(value).map(([key, item]) =>
        `${JSON.stringify(key)}${space()}:${space()}${write(item)}${space()}`
      );
      return `{${space()}${members.join(`,${space()}`)}}`;
    }
    return typeof value === "bigint" ? `${value}` : JSON.stringify(value);
  };
  return space() + write(value) + space();
}

function randomString(random: Random): string {
  const string = random.pick(STRINGS);
  return random.chance(0.5) ? string : string + random.pick(STRINGS);
}

function randomBigInt(random: Random): bigint {
  const magnitude = 2n ** 53n +
    BigInt(random.int(0, 2 ** 53 - 1)) ** BigInt(random.int(1, 4));
  return random.chance(0.5) ? magnitude : -magnitude;
}
