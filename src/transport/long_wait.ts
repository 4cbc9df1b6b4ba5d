/**
 * Says why a caller waits.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import { after } from "../internal/timer.ts";
import type { Transport } from "./transport.ts";

/** Milliseconds after which a wait is explained. */
const SILENT_FOR = 2_000;

/**
 * Waits for a server, and says so if that takes long.
 *
 * @param waiting Settles when the server has done what is waited for.
 * @param transport What leads to the server.
 * @param logger Takes one warning, with the reason.
 */
export async function explained<T>(
  waiting: Promise<T>,
  transport: Pick<Transport, "name" | "trouble">,
  logger: Logger,
): Promise<T> {
  const timer = after(SILENT_FOR, () => {
    const { name, trouble } = transport;
    const cause = trouble?.cause instanceof Error ? trouble.cause : trouble;
    const reason = cause?.message ?? "the server does not answer";
    logger.warn(`Waiting for ${name}: ${reason}`);
  });
  try {
    return await waiting;
  } finally {
    timer.cancel();
  }
}
