/**
 * How an object of the module shows itself in `console.log` and `Deno.inspect`.
 *
 * @module
 */

/**
 * Lets the objects of a class show some of what they know, and nothing else.
 *
 * @param type The class.
 * @param fieldsOf What an object shows.
 */
export function showAs<T extends object>(
  type: { readonly name: string; readonly prototype: T },
  fieldsOf: (object: T) => Record<string, unknown>,
): void {
  const value = function (
    this: T,
    inspect: typeof Deno.inspect,
    options: Deno.InspectOptions,
  ): string {
    return `${type.name} ${inspect(fieldsOf(this), options)}`;
  };
  Object.defineProperty(type.prototype, Symbol.for("Deno.customInspect"), {
    value,
  });
}
