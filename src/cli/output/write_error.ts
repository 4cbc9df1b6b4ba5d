/**
 * The error of what could not be written.
 *
 * @module
 */

/** Says where something could not be written, and why; ends a command with code 70. */
export class WriteError extends Error {
  /** Always `"WriteError"`. */
  override readonly name = "WriteError";

  /**
   * @param file The file's name, or that of a standard stream.
   * @param cause What the system said.
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
 * @param write Does it.
 * @throws {WriteError} If that fails, but for a missing permission of Deno.
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
