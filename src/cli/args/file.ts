/**
 * A FILE of the command line; `-` stands for a standard stream.
 *
 * @module
 */
import { UsageError } from "./usage_error.ts";

/** Whether a FILE is a standard stream: standard input to read, standard output to write. */
export function isStandardStream(file: string): boolean {
  return file === "-";
}

/**
 * Reads a whole FILE.
 *
 * @param file The file, or `-` for standard input.
 * @param option The option that names the file, such as `--password-file`.
 * @throws {UsageError} If the file does not exist, or is a directory.
 * @throws {Deno.errors.NotCapable} If the permission to read the file is missing.
 */
export async function readFileOf(
  file: string,
  option: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (!isStandardStream(file)) return await Deno.readFile(file);
    return await new Response(Deno.stdin.readable).bytes();
  } catch (error) {
    const reason = unusable(error);
    if (reason === undefined) throw error;
    throw new UsageError(`Cannot use ${option} as ${file} ${reason}`);
  }
}

/** Why a path can't be read, if the user has named a wrong one. */
function unusable(error: unknown): string | undefined {
  if (error instanceof Deno.errors.NotFound) return "does not exist";
  if (error instanceof Deno.errors.IsADirectory) return "is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "does not exist";
  return undefined;
}
