/**
 * A check that a promise has not settled yet.
 *
 * @module
 */

/** Whether a promise stays unsettled for some milliseconds. */
export async function stillPending(
  promise: Promise<unknown>,
  ms = 20,
): Promise<boolean> {
  const settled = promise.then(() => false, () => false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, true);
  });
  try {
    return await Promise.race([settled, patience]);
  } finally {
    clearTimeout(timer);
  }
}
