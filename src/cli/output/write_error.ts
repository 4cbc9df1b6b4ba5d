/**
 * The error of output that could not be written.
 *
 * @module
 */

/** Names a file that could not be written, and the reason; ends a command with exit code 70. */
export class WriteError extends Error {
  /** Always `"WriteError"`. */
  override readonly name = "WriteError";

  /**
   * @param file The name of the file, or of a standard stream.
   * @param cause The error of the system.
   */
  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot write to ${file}: ${reason}`, { cause });
  }
}

/**
 * Writes to a file.
 *
 * @param file The file's name.
 * @param write Writes to the file.
 * @throws {WriteError} If that fails for any reason but a missing permission of Deno.
 */
export async function writing<T>(
  file: string,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new WriteError(file, error);
  }
}
