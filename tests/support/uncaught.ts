/**
 * Errors that the code under test reports instead of throwing.
 *
 * @module
 */

/** Records uncaught errors, and keeps them from ending the process, until its disposal. */
export function uncaught(): { readonly errors: unknown[] } & Disposable {
  const errors: unknown[] = [];
  const note = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  addEventListener("error", note);
  return {
    errors,
    [Symbol.dispose]: () => removeEventListener("error", note),
  };
}
