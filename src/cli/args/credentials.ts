/**
 * User name, password and certificates, from files: what stands on a command
 * line can be read by all users of the machine.
 *
 * @module
 */
import type { Arguments } from "./arguments.ts";
import { isStandardStream, readFileOf } from "./file.ts";
import { UsageError } from "./usage_error.ts";

/** What the options for the connection say beside its URL, as the library takes it. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: {
    readonly caCerts?: string[];
    readonly cert?: string;
    readonly key?: string;
  };
}

const FILE_OPTIONS = ["password-file", "ca-cert", "cert", "key"];

/** Most bytes of a password: a file that is longer is another one. */
const MAX_PASSWORD = 64 * 1024;

/**
 * Reads what `--username`, `--password-file`, `--ca-cert`, `--cert` and `--key`
 * name.
 *
 * @param args What the command was called with.
 * @param input What the command itself reads from standard input, if anything.
 * @throws {UsageError} If a file can't be used.
 * @throws {Deno.errors.NotCapable} If one may not be read.
 */
export async function readCredentials(
  args: Arguments,
  input?: string,
): Promise<Credentials> {
  const options = FILE_OPTIONS.filter((name) =>
    isStandardStream(args.text(name) ?? "")
  ).map((name) => `--${name}`);
  const fromInput = input === undefined ? options : [input, ...options];
  if (fromInput.length > 1) {
    const names = fromInput.join(" and ");
    throw new UsageError(
      `Cannot read ${names} from standard input as there is one of it only`,
    );
  }
  if ((args.text("cert") === undefined) !== (args.text("key") === undefined)) {
    throw new UsageError(
      "Cannot use --cert without --key, nor --key without --cert",
    );
  }
  const username = args.text("username");
  const password = args.text("password-file");
  const [caCert, cert, key] = await Promise.all(
    ["ca-cert", "cert", "key"].map((name) => readPem(args, name)),
  );
  const tls = {
    ...(caCert === undefined ? {} : { caCerts: [caCert] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined
      ? {}
      : { password: await readPassword(password, "--password-file") }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/**
 * Reads a password: the bytes of a file but for one newline at their end.
 *
 * @param file The file, or `-` for standard input.
 * @param option What it is for.
 * @throws {UsageError} If it can't be one: no message quotes any of it.
 */
export async function readPassword(
  file: string,
  option: string,
): Promise<string> {
  const refuse: (reason: string) => never = (reason) => {
    throw new UsageError(`Cannot use ${option} as ${file} ${reason}`);
  };
  const bytes = await readFileOf(file, option);
  if (bytes.length > MAX_PASSWORD) refuse("is too long for a password");
  if (startsWithMark(bytes)) {
    refuse("begins with a byte order mark: save it as UTF-8 without BOM");
  }
  const text = decode(bytes) ?? refuse("is not UTF-8");
  const password = text.replace(/\r?\n$/, "");
  return password === "" ? refuse("is empty") : password;
}

/** Of UTF-8, or of UTF-16 either way round. */
function startsWithMark([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbb && third === 0xbf ||
    first === 0xff && second === 0xfe || first === 0xfe && second === 0xff;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A file of PEM, of which the text before its first block and after its last is no part. */
async function readPem(
  args: Arguments,
  name: string,
): Promise<string | undefined> {
  const file = args.text(name);
  if (file === undefined) return undefined;
  const text = decode(await readFileOf(file, `--${name}`));
  if (text?.includes("-----BEGIN ")) return text;
  throw new UsageError(`Cannot use --${name} as ${file} is not PEM`);
}
