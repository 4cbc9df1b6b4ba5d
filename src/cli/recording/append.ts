/**
 * Goes on with a recording that exists.
 *
 * @module
 */
import { UsageError } from "../args/usage_error.ts";
import { MAX_LINE, readLastLine } from "./lines.ts";
import { type RecordingFile, writeTo } from "./recording_writer.ts";

/**
 * Opens a recording so that what is added begins with a line of its own, even
 * where the last line was cut short.
 *
 * @throws {UsageError} If the last line is longer than one that can be read.
 */
export async function appendTo(path: string): Promise<RecordingFile> {
  const target = await Deno.open(path, { append: true, create: true });
  try {
    const isWhole = await endsWithWholeLine(path, target);
    const file = writeTo(target, path);
    if (!isWhole) file.add("\n");
    return file;
  } catch (error) {
    target.close();
    throw error;
  }
}

async function endsWithWholeLine(
  path: string,
  target: Deno.FsFile,
): Promise<boolean> {
  if (await sizeOf(target) === 0) return true;
  const { state } = await Deno.permissions.query({ name: "read", path });
  // An empty line is no part of a recording, and does no harm.
  if (state !== "granted") return false;
  using file = await Deno.open(path);
  const { isTorn, isTooLong } = await readLastLine(file);
  if (isTooLong) {
    throw new UsageError(
      `Cannot append to ${path} as its last line is longer than ${MAX_LINE} bytes, and no line of a recording is`,
    );
  }
  return !isTorn;
}

/** The bytes of a file, for which Deno asks for no permission; 0 for what is no file. */
function sizeOf(file: Deno.FsFile): Promise<number> {
  return file.seek(0, Deno.SeekMode.End).catch(() => 0);
}
