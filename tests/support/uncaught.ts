/**
 * Errors that the code under test reports instead of throwing.
 *
 * @module
 */

/** Notes errors that nobody has caught, and keeps them from ending the process, while it lasts. */
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
