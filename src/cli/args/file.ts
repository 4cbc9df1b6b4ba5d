/**
 * A FILE of the command line, for which `-` may stand: a standard stream.
 *
 * @module
 */
import { UsageError } from "./usage_error.ts";

/** Whether a FILE is a standard stream: input where it is read, output where it is written. */
export function isStandardStream(file: string): boolean {
  return file === "-";
}

/**
 * Reads a whole FILE.
 *
 * @param file The file, or `-` for standard input.
 * @param option What it is for, such as `--password-file`.
 * @throws {UsageError} If there is none, or it is a directory.
 * @throws {Deno.errors.NotCapable} If it may not be read.
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

/** Why a path is of no use, where the user has named the wrong one. */
function unusable(error: unknown): string | undefined {
  if (error instanceof Deno.errors.NotFound) return "does not exist";
  if (error instanceof Deno.errors.IsADirectory) return "is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "does not exist";
  return undefined;
}
