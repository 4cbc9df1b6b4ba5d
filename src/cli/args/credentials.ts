/**
 * Reads the password and certificates from files, because all users of a machine
 * can read the words of a command line.
 *
 * @module
 */
import type { Arguments } from "./arguments.ts";
import { isStandardStream, readFileOf } from "./file.ts";
import { UsageError } from "./usage_error.ts";

/** The user, the password and TLS, as the library takes them. */
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

/** Most bytes of a password; a longer file is the wrong file. */
const MAX_PASSWORD = 64 * 1024;

/**
 * Reads `--username`, and the files of `--password-file`, `--ca-cert`, `--cert`
 * and `--key`.
 *
 * @param args What the command was called with.
 * @param input What the command itself reads from standard input, if anything.
 * @throws {UsageError} If a file can't be used.
 * @throws {Deno.errors.NotCapable} If the permission to read a file is missing.
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
      `Cannot read ${names} from standard input as it holds one file only`,
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
 * Reads a password: the bytes of a file without one line break at its end.
 *
 * @param file The file, or `-` for standard input.
 * @param option The option that names the file.
 * @throws {UsageError} If the file does not hold a password. The error quotes
 * nothing of it.
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

/** Whether bytes begin with the byte order mark of UTF-8 or of UTF-16. */
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

/** Reads the PEM file of an option; text around the blocks of PEM is allowed. */
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
