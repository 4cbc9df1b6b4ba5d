/**
 * The options and arguments of a call, each checked when the command reads it.
 *
 * @module
 */
import { parseTime } from "./time.ts";
import { UsageError } from "./usage_error.ts";

/** Options as `parseArgs` returns them. */
export type OptionValues = Readonly<
  Record<string, string | boolean | (string | boolean)[] | undefined>
>;

/** Options, arguments, and the command after `--`. */
export class Arguments {
  readonly #options: OptionValues;
  readonly #positionals: readonly string[];
  /** The command after `--`. */
  readonly command: readonly string[];

  /**
   * @param options The parsed options.
   * @param positionals The arguments, as many as the command takes.
   * @param command The command after `--`.
   */
  constructor(
    options: OptionValues,
    positionals: readonly string[] = [],
    command: readonly string[] = [],
  ) {
    this.#options = options;
    this.#positionals = positionals;
    this.command = command;
  }

  /** A required argument; the number of arguments was checked. */
  positional(index: number): string {
    return this.#positionals[index]!;
  }

  /** An optional argument. */
  optionalPositional(index: number): string | undefined {
    return this.#positionals[index];
  }

  /** Whether a flag is set. */
  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** The text of an option, if given. */
  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The texts of an option that may be given several times. */
  texts(name: string): string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /**
   * The whole number of an option, if given.
   *
   * @throws {UsageError} If the text is not a whole number within the bounds.
   */
  whole(
    name: string,
    min: number,
    max: number = Number.MAX_SAFE_INTEGER,
  ): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^-?\d+$/.test(value) ? Number(value) : NaN;
    if (Number.isSafeInteger(number) && number >= min && number <= max) {
      return number;
    }
    throw new UsageError(
      `Cannot use --${name} as it must be a whole number from ${min} to ${max}: current value is ${
        JSON.stringify(value)
      }`,
    );
  }

  /**
   * The word of an option, if given.
   *
   * @throws {UsageError} If it is not one of these words.
   */
  oneOf<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.text(name);
    const word = words.find((each) => each === value);
    if (value === undefined || word !== undefined) return word;
    throw new UsageError(
      `Cannot use --${name} as it must be ${
        words.join(" or ")
      }: current value is ${JSON.stringify(value)}`,
    );
  }

  /**
   * The span of time of an option, if given.
   *
   * @returns Milliseconds; `Infinity` for `never`.
   * @throws {UsageError} If the text is not a span of time.
   */
  time(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : parseTime(value, `--${name}`);
  }
}
